import type { PersonRecord, PersonRef, Records } from './records.ts'

/** Where the way of one record ends today. `converted`: on the way lay a converted Lead. */
export type Trace<R extends PersonRecord> =
  | { readonly end: 'record'; readonly record: R; readonly merged: boolean }
  /** Must be read to know. */
  | { readonly end: 'unread'; readonly ref: PersonRef }
  /** In the recycle bin, or a converted Lead that leads to no Contact any more. */
  | { readonly end: 'deleted'; readonly converted: boolean }
  /** Not even in the recycle bin: gone for good, or not for this user to see. */
  | { readonly end: 'absent'; readonly converted: boolean }

/** Follows merges and conversions as far as the records that have been read tell. */
export function trace<R extends PersonRecord>(from: PersonRef, records: Records<R>): Trace<R> {
  const seen = new Set<string>()
  let ref = from
  let [merged, converted] = [false, false]
  while (!seen.has(ref.id)) {
    seen.add(ref.id)
    const record = records.byId(ref.id)
    if (record === undefined) return { end: 'unread', ref }
    if (record === 'absent') return { end: 'absent', converted }
    if (record.state === 'here') return { end: 'record', record, merged }
    merged ||= record.state === 'merged'
    converted ||= record.state === 'converted'
    if (record.next === null) break
    ref = record.next
  }
  return { end: 'deleted', converted }
}
