import { companyOf, emailOf, firstNameOf, lastNameOf, wishOf } from './body.ts'
import { type CrmName, CrmNames, taskOwnerOf, wants } from './crms.ts'
import type { Promised } from './crowd.ts'
import type { Shown, ShownRecord } from './look.ts'
import type { Person } from './people.ts'
import { noState, stands } from './refusals.ts'
import type { Evidence } from './verdict.ts'

/** What everybody would find had one careful person entered each lead. */
export function perfectEnd(people: readonly Person[]): Evidence {
  const leads = people.flatMap((person) => person.leads)
  const promise = (n: number): Promised => ({ leadIds: new Set([`id-${n}`]), sentAt: n, answeredAt: n })
  const crms = CrmNames.map((crm) => [crm, perfectCrm(crm, people)] as const)
  return {
    people,
    promises: new Map(leads.map(({ n }) => [n, promise(n)])),
    crms: Object.fromEntries(crms) as Evidence['crms'],
    parked: new Set(),
    emptied: false,
  }
}

function perfectCrm(crm: CrmName, people: readonly Person[]): Shown {
  const owned = people.filter((person) => taskOwnerOf(person) === crm)
  return {
    records: people.filter((person) => wants(crm, person)).flatMap(recordOf),
    tasks: owned.flatMap((person) => {
      const wanted = happened(person).filter((lead, _, all) => lead.action !== 'DNC' && stands(lead, all) === 'wanted')
      return wanted.map(({ n }) => ({ lead: n, open: true }))
    }),
  }
}

function recordOf(person: Person): readonly ShownRecord[] {
  const all = happened(person)
  const entering = all.filter(({ action }) => action !== 'DNC')
  const newest = entering.at(-1)
  if (!newest) return []
  const no = noState(all)
  return [
    {
      lastName: lastNameOf(person.n),
      email: entering.some(({ form }) => form !== 'phone') ? emailOf(person.n) : '',
      firstName: firstNameOf(person.n),
      company: companyOf(person.n),
      action: newest.action,
      notes: wishOf(newest.n),
      touches: entering.map(({ n }) => n),
      dncAt: no === 'none' ? '' : '2026-11-23T12:00:00Z',
      dncLiftedAt: no === 'lifted' ? '2026-11-23T12:01:00Z' : '',
    },
  ]
}

function happened({ leads }: Person) {
  return leads.toSorted((a, b) => (b.minutesAgo ?? 0) - (a.minutesAgo ?? 0))
}
