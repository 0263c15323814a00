import { type Circumstances, type ContactModel, deliveredTogether, type LeadModel, type RecordModel } from './contact-model.ts'

/**
 * All that a contact may be in a CRM now: what a crash left undone, or which of two processes was first, nobody knows before looking. Each
 * look at the CRM leaves only those that it agrees with.
 */
export type Possible = readonly ContactModel[]

type Grouping = readonly (readonly LeadModel[])[]

/** Leads of one contact that are delivered, and those of which the ledger knows that the CRM has them: these are only to be settled. */
export interface Delivered {
  readonly leads: readonly LeadModel[]
  readonly written: ReadonlySet<string>
}

/** One process, undisturbed: the first takes the contact's lock, and those that found it locked are the next write. */
export function afterDelivery(possible: Possible, delivered: Delivered, now: Circumstances): Possible {
  return distinct(possible.map((one) => inGroups(one, firstAndRest(delivered), now)))
}

/** Two processes at once: one write after the other, in any order and grouping, but never leads of both in one. */
export function afterRace(possible: Possible, processes: Grouping, written: ReadonlySet<string>, now: Circumstances): Possible {
  const leads = openOf(processes.flat(), { leads: [], written })
  const groupings = orderedGroupings(leads).filter((groups) => groups.every((group) => isOfOne(group, processes)))
  return distinct(possible.flatMap((one) => groupings.map((groups) => inGroups(one, groups, now))))
}

export interface Interruption {
  /** Keys of the leads of which the ledger knows that the CRM has them. */
  readonly done: ReadonlySet<string>
  /** A lock that a crash left may have changed who waited for whom. */
  readonly anyOrder: boolean
}

/** A write that the ledger does not know of was made, or was not. */
export function afterInterruption(
  possible: Possible,
  delivered: Delivered,
  { done, anyOrder }: Interruption,
  now: Circumstances,
): Possible {
  const groupings = anyOrder ? orderedGroupings(openOf(delivered.leads, delivered)) : [firstAndRest(delivered)]
  return distinct(possible.flatMap((one) => groupings.flatMap((groups) => interrupted(one, groups, done, now))))
}

function interrupted(one: ContactModel, groups: Grouping, done: ReadonlySet<string>, now: Circumstances): Possible {
  return groups.reduce<Possible>(
    (before, group) =>
      before.flatMap((contact) => {
        const after = deliveredTogether(contact, group, now)
        if (group.some(({ key }) => done.has(key))) return [after]
        return [contact, { ...contact, record: after.record }]
      }),
    [one],
  )
}

export function agreeing(possible: Possible, shown: RecordModel | null): Possible {
  const seen = JSON.stringify(shown)
  return possible.filter(({ record }) => JSON.stringify(record) === seen)
}

function inGroups(contact: ContactModel, groups: Grouping, now: Circumstances): ContactModel {
  return groups.reduce((before, group) => deliveredTogether(before, group, now), contact)
}

function firstAndRest(delivered: Delivered): Grouping {
  const { leads } = delivered
  return [leads.slice(0, 1), leads.slice(1)].map((group) => openOf(group, delivered)).filter((group) => group.length > 0)
}

function openOf(leads: readonly LeadModel[], { written }: Delivered): readonly LeadModel[] {
  return leads.filter(({ key }) => !written.has(key))
}

function isOfOne(group: readonly LeadModel[], processes: Grouping): boolean {
  return processes.some((own) => group.every((lead) => own.includes(lead)))
}

function orderedGroupings(leads: readonly LeadModel[]): Grouping[] {
  if (leads.length === 0) return [[]]
  return subsets(leads)
    .filter((group) => group.length > 0)
    .flatMap((group) => orderedGroupings(leads.filter((lead) => !group.includes(lead))).map((rest) => [group, ...rest]))
}

function subsets<T>([first, ...rest]: readonly T[]): T[][] {
  if (first === undefined) return [[]]
  const without = subsets(rest)
  return [...without, ...without.map((other) => [first, ...other])]
}

function distinct(possible: Possible): Possible {
  return [...new Map(possible.map((one) => [JSON.stringify(one), one])).values()]
}

/**
 * A mark brings the markers in line where there is a record, and does nothing else. Under `skip` it begins no markers, but keeps those that
 * other leads wrote. Of a record that the ledger does not know yet the delivery that made it takes care, when it comes again.
 */
export function afterMark(possible: Possible, { mode, markers }: Circumstances): Possible {
  return distinct(possible.flatMap((one) => (one.newest === null ? [one, marked(one)] : [marked(one)])))

  function marked(contact: ContactModel): ContactModel {
    const { record } = contact
    if (record === null || (mode === 'skip' && record.markers === null)) return contact
    return { ...contact, record: { ...record, markers: markers ?? record.markers } }
  }
}
