import type { ContactChannel } from '../../src/core/index.ts'

/** One mapped field per policy, and the time of the last lead. */
export const Policies = ['fill', 'over', 'ours', 'once'] as const
export type Policy = (typeof Policies)[number]
export type Values = Readonly<Record<Policy, string | null>>

/** A lead as far as the rules look at it. Times in ms. */
export interface ToldLead {
  readonly id: string
  readonly contact: number
  readonly action: 'INS' | 'PLT' | 'DNC'
  readonly offer: string | null
  readonly at: number
  readonly values: Values
}

export interface Marker {
  readonly at: number
  readonly liftedAt: number | null
}

/** What a CRM holds of one person. */
export interface Held {
  readonly values: Values
  readonly lastLeadAt: number | null
  readonly touches: readonly string[]
  readonly marker: Marker | null
  readonly optOuts: readonly ContactChannel[]
}

/** What Leadsync remembers of one person in one CRM. */
export interface Remembered {
  readonly newest: Pick<ToldLead, 'id' | 'at'> | null
  readonly hasRecord: boolean
  /** What it last wrote into the field under `ours`; undefined: nothing that it knows of. */
  readonly wrote: string | undefined
  readonly said: readonly ContactChannel[]
  readonly byUs: readonly ContactChannel[]
}

export interface Mode {
  readonly mode: 'flag' | 'opt-out' | 'skip'
  readonly createIfMissing: boolean
  /** The channels for which this CRM has an opt-out. */
  readonly channels: readonly ContactChannel[]
  /** Its opt-out is a request of its own that comes after the record's and only if that was answered. */
  readonly closesAfterwards: boolean
}

export interface Side {
  readonly held: Held | null
  /** Null: no delivery ever ended. */
  readonly remembered: Remembered | null
}

export const Nobody: Side = { held: null, remembered: null }
const Blank: Remembered = { newest: null, hasRecord: false, wrote: undefined, said: [], byUs: [] }
const Nothing: Values = { fill: null, over: null, ours: null, once: null }
const Empty: Held = { values: Nothing, lastLeadAt: null, touches: [], marker: null, optOuts: [] }

/** Sales changes a record, or enters somebody who has none. */
export function salesChanged(side: Side, values: Partial<Values>): Side {
  const held = side.held ?? Empty
  return { ...side, held: { ...held, values: { ...held.values, ...values } } }
}

/** Leads that are written at once, in the order in which they happened. */
export function delivered(side: Side, leads: readonly ToldLead[], marker: Marker | null, mode: Mode): Side {
  const before = side.remembered ?? Blank
  const said = side.held?.optOuts ?? []
  let now: Side = { ...side, remembered: { ...before, said, byUs: before.byUs.filter((one) => said.includes(one)) } }
  for (const lead of leads.toSorted(compare)) now = one(now, lead, marker, mode)
  return now
}

function one(side: Side, lead: ToldLead, marker: Marker | null, mode: Mode): Side {
  return lead.action === 'DNC' ? refused(side, lead, marker, mode) : told(side, lead, marker)
}

/** A do-not-contact: markers and, where it is told to, the CRM's own opt-outs. */
function refused({ held, remembered }: Side, { at }: ToldLead, marker: Marker | null, mode: Mode): Side {
  const known = remembered ?? Blank
  const nobody = held === null && !mode.createIfMissing
  if (mode.mode === 'skip' || nobody) return { held, remembered: { ...known, hasRecord: known.hasRecord || held !== null } }
  const record = held ?? Empty
  const closes = mode.mode === 'opt-out' ? mode.channels.filter((channel) => !record.optOuts.includes(channel)) : []
  return {
    held: { ...record, marker: marker ?? { at, liftedAt: null }, optOuts: [...record.optOuts, ...closes] },
    remembered: {
      ...known,
      hasRecord: true,
      wrote: held === null ? undefined : known.wrote,
      said: [...known.said, ...closes],
      byUs: [...known.byUs, ...closes],
    },
  }
}

function told({ held, remembered }: Side, lead: ToldLead, marker: Marker | null): Side {
  const known = remembered ?? Blank
  const late = held !== null && isLate(lead, known, held)
  const record = held ?? Empty
  const writes = held === null ? [...Policies] : Policies.filter((policy) => mayWrite(policy, record, known, late))
  const own = writes.filter((policy) => lead.values[policy] !== null)
  const values = { ...record.values, ...Object.fromEntries(own.map((policy) => [policy, lead.values[policy]])) }
  const before = held === null ? undefined : known.wrote
  return {
    held: {
      values,
      lastLeadAt: late && record.lastLeadAt !== null ? record.lastLeadAt : lead.at,
      touches: record.touches.includes(lead.id) ? record.touches : [...record.touches, lead.id],
      marker: marker ?? record.marker,
      optOuts: record.optOuts,
    },
    remembered: {
      ...known,
      newest: known.newest === null || compare(lead, known.newest) > 0 ? { id: lead.id, at: lead.at } : known.newest,
      hasRecord: true,
      wrote: own.includes('ours') ? (lead.values.ours ?? undefined) : before,
    },
  }
}

/** A lead never overwrites what a newer one wrote, nor one of the same instant that Leadsync does not remember. */
function isLate(lead: ToldLead, { newest }: Remembered, { lastLeadAt }: Held): boolean {
  if (newest !== null && compare(lead, newest) <= 0) return true
  return lastLeadAt !== null && (newest === null || lastLeadAt > newest.at) && lead.at <= lastLeadAt
}

function mayWrite(policy: Policy, { values }: Held, { wrote }: Remembered, late: boolean): boolean {
  const current = values[policy]
  if (policy === 'once') return false
  // A field that a person emptied is that person's.
  if (policy === 'ours') return wrote === undefined ? current === null : current === wrote && !late
  if (current === null) return true
  return policy === 'over' && !late
}

/** The markers of a record that Leadsync knows follow what was said, without any lead. */
export function marked(side: Side, marker: Marker | null, { mode }: Mode): Side {
  const { held, remembered } = side
  if (held === null || !remembered?.hasRecord || marker === null) return side
  if (mode === 'skip' && held.marker === null) return side
  return { ...side, held: { ...held, marker } }
}

export function compare(a: Pick<ToldLead, 'id' | 'at'>, b: Pick<ToldLead, 'id' | 'at'>): number {
  if (a.at !== b.at) return a.at - b.at
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}

/** What the CRM says by itself; an opt-out that Leadsync wrote is no evidence. */
export function ownWord({ remembered }: Side): readonly ContactChannel[] {
  return (remembered?.said ?? []).filter((channel) => !remembered?.byUs.includes(channel))
}
