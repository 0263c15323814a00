import { cut } from './cut.ts'
import type { Lead } from './lead.ts'
import { leadKey } from './lead-id.ts'

/** One lead as it shows in the history of a CRM record. */
export interface Touch {
  /** Ours and deterministic: the same id is shown once, however often it is written. */
  readonly id: string
  /** ISO 8601 in UTC. */
  readonly at: string
  /** Plain text. */
  readonly text: string
}

/** Where touches show: nowhere, as entries of their own (a note each, one request more), or in a multi-line field (no request more). */
export type TouchHandling = { readonly as: 'none' } | { readonly as: 'notes' } | { readonly as: 'field'; readonly field: string }

/** HubSpot takes 65,536 characters in a field of several lines, Salesforce at most 131,072. */
const FieldLength = 65_000

/** What a salesperson wants to know of a lead at a glance: when, from where, about what, who, and what they said. */
export function touchOf(lead: Lead): Touch {
  const { person, offer } = lead
  const at =
    lead.occurredPrecision === 'day' ? lead.occurredAt.slice(0, 10) : `${lead.occurredAt.slice(0, 16).replace('T', ' ')} UTC`
  const action = joined([lead.action, lead.stage && `(${lead.stage})`], ' ')
  const signal = joined([at, lead.source, action, offer.title ?? offer.offerId], ' · ')
  const name = joined([person.firstName, person.lastName], ' ')
  const who = joined([name, person.jobTitle, person.company, person.country, person.email, person.phone ?? person.phoneRaw], ', ')
  return { id: lead.id, at: lead.occurredAt, text: joined([signal, who, lead.notes], '\n') }
}

/** The field with this touch on top; as it is when the touch stands there already. The oldest make room. */
export function withTouch(current: string | null, { id, text }: Touch): string {
  const before = current?.trim() ?? ''
  const mark = `[lead ${leadKey(id)}]`
  if (current?.includes(mark)) return current
  const own = `${cut(text, FieldLength / 4)}\n${mark}`.trim()
  return before === '' ? own : cut(`${own}\n\n${before}`, FieldLength)
}

function joined(parts: readonly (string | null)[], separator: string): string {
  return parts.filter((part) => part !== null && part.trim() !== '').join(separator)
}
