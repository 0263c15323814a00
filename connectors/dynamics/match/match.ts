import type { Judged, Match, MatchKeys, RecordRef } from '../../../src/core/index.ts'
import type { Holders } from '../../kit/holders.ts'
import { best, type Findings, numberCarried } from '../../kit/people/choice.ts'
import { findPeople, type MatchRules } from '../../kit/people/rounds.ts'
import { type Search, searchFor } from '../../kit/people/search.ts'
import type { Org } from '../org/org.ts'
import type { Kind } from '../org/table.ts'
import type { Settings } from '../settings.ts'
import type { Found } from './found.ts'
import { createReader, type LookupContext, type LookupSettings, linksLeads, type Reader } from './lookup.ts'
import { mergedTooOften, unseenContact } from './lookup-faults.ts'
import { matchedRecord } from './matched-record.ts'

export interface MatchContext extends LookupContext {
  readonly org: Pick<Org, 'table' | 'hasContactId' | 'keyActive' | 'doubt'>
  readonly settings: LookupSettings & Pick<Settings, 'placeholders'>
  /** The records that a duplicate rule named when it kept a new one from being made, by contact id. */
  readonly holders: Pick<Holders<RecordRef>, 'of'>
  /** Contact id → the Contact that a new Lead of this person belongs to (`onContact: linked-lead`): learned here for the write. */
  readonly contacts: Pick<Holders<RecordRef>, 'learn' | 'forget'>
  /** Record id → a record that refused a write for being closed: one that is seen open is so no more. */
  readonly closed: Pick<Holders<RecordRef>, 'forget'>
}

/**
 * Finds the Lead or Contact of each key, by one request for all of them where the environment takes batches. With `onContact: linked-lead` a
 * Contact counts as a closed record: its opt-outs and its flags hold, and a new lead of that person is entered as a Lead of its own.
 */
export async function matchPeople(all: readonly MatchKeys[], context: MatchContext): Promise<Judged<Match>[]> {
  const searches = all.map((keys) => searchFor(keys, context.holders, (id) => id.toLowerCase()))
  const reader = createReader(all, context)
  const judged = await findPeople(searches, reader, rulesOf(context, reader))
  for (const { findings } of judged) {
    for (const { record } of findings?.candidates ?? []) if (record.isActive) context.closed.forget(record.id)
  }
  if (linksLeads(context.settings)) {
    for (const { findings } of judged) if (findings) rememberContact(findings, context)
  }
  return judged.map(({ match }) => match)
}

function rulesOf({ crm, org, settings }: MatchContext, reader: Reader): MatchRules<Found> {
  const isClosed = (found: Found) => !found.isActive || (found.kind === 'contact' && linksLeads(settings))
  const rules: MatchRules<Found> = {
    numbered: settings.target,
    // Dataverse has no recycle bin that its API reads: what was deleted and what was erased look the same.
    knowsErased: false,
    isClosed,
    numberOf(found, search) {
      const carried = numberCarried(found, search)
      return carried >= 0 ? carried : numberOfId(found.kind, found.id, search, reader)
    },
    spentBy: ({ object, id }, search) => numberOfId(object, id, search, reader),
    modifiedAt,
    tell: (candidate, findings) => matchedRecord(candidate, findings, { org, settings, rules }),
    carriersOf: (contactId) => [...reader.records.byContactId(contactId), ...ownRecords(contactId, reader)],
    mayHaveNext: ({ candidates, gone, lostContact }) => candidates.length > 0 || gone !== null || lostContact !== null,
    unseenContact: () => unseenContact(crm),
    mergedTooOften: () => mergedTooOften(crm),
  }
  return rules
}

function ownRecords(contactId: string, { records, ownId }: Reader): Found[] {
  return (['contact', 'lead'] as const).flatMap((kind) => {
    const id = ownId(kind, contactId)
    const found = id === null ? undefined : records.byId(id)
    return found === undefined || found === 'absent' ? [] : [found]
  })
}

/** By the contact ids that were asked for, which are few: ids can't be turned back into numbers. */
function numberOfId(kind: Kind, id: string, { keys, contactIds }: Search, { ownId }: Reader): number {
  const name = contactIds.find((one) => ownId(kind, one) === id)
  if (name === undefined) return -1
  return keys.contactIds.includes(name) ? 0 : Number(name.slice(name.lastIndexOf('.') + 1))
}

function modifiedAt({ row }: Found): string | null {
  const value = row.modifiedon
  return typeof value === 'string' ? value : null
}

function rememberContact(findings: Findings<Found>, { contacts }: MatchContext): void {
  const [contactId] = findings.search.keys.contactIds
  if (contactId === undefined) return
  const id = contactOf(findings)
  if (id === null) contacts.forget(contactId)
  else contacts.learn(contactId, { object: 'contact', id })
}

/** The active Contact that is known best, of equals the last changed; else the one that a Lead of this person became. */
function contactOf({ candidates, carriers }: Findings<Found>): string | null {
  const known = best(candidates)
  const active = known.filter(({ record }) => record.kind === 'contact' && record.isActive)
  const [first] = active
  const equals = active.filter(({ way }) => way === first?.way).map(({ record }) => record)
  const [newest] = equals.toSorted((a, b) => ((modifiedAt(a) ?? '') < (modifiedAt(b) ?? '') ? 1 : -1))
  if (newest) return newest.id
  const leads = [...known.map(({ record }) => record), ...carriers]
  return leads.find(({ contact }) => contact !== null)?.contact ?? null
}
