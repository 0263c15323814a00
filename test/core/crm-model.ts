import type { Fields, Match, MatchedRecord, RecordWrite } from '../../src/core/record.ts'

/** The least that a CRM does with a write, as seen by the next `match`. */
export function afterWrite(match: Match, write: RecordWrite): Match {
  if (write.recordId === null) return { kind: 'one', record: created(write) }
  if (match.kind === 'one') return { kind: 'one', record: updated(match.record, write) }
  if (match.kind === 'none') throw new Error('an update of a record that does not exist')
  const records = match.records.map((record) => (isTarget(record, write) ? updated(record, write) : record))
  return { kind: 'many', records }
}

/** What any of the records holds; an empty field and no field are the same. */
export function contents(match: Match): Record<string, string>[] {
  const records = match.kind === 'one' ? [match.record] : match.kind === 'many' ? match.records : []
  return records.map(({ fields }) => filled(fields))
}

function filled(fields: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null && String(value).trim() !== '')
      .map(([name, value]) => [name, String(value)]),
  )
}

function isTarget(record: MatchedRecord, write: RecordWrite): boolean {
  return record.object === write.object && record.id === write.recordId
}

function created({ object, fields }: RecordWrite): MatchedRecord {
  return { object, id: 'new', fields, optOuts: [], owner: null, closed: false, mergedFrom: null, ours: true }
}

function updated(record: MatchedRecord, write: RecordWrite): MatchedRecord {
  return { ...record, fields: { ...record.fields, ...write.fields }, modifiedAt: '2026-12-01T00:00:00.000Z' }
}
