import type { FieldValue, MatchedRecord } from '../../../src/core/index.ts'
import { type Candidate, type Findings, holdsContactId, numberCarried } from '../../kit/people/choice.ts'
import { longId } from '../org/ids.ts'
import { isNone } from '../org/org.ts'
import type { Settings } from '../settings.ts'
import type { Found } from './found.ts'

export type TellSettings = Pick<Settings, 'contactIdField' | 'placeholders' | 'closedStatuses'>

/** A Lead whose status says that sales is done with it. */
export function isClosed({ kind, row }: Pick<Found, 'kind' | 'row'>, closedStatuses: readonly string[]): boolean {
  const status = kind === 'lead' ? row.get('status') : null
  return typeof status === 'string' && closedStatuses.some((one) => one.toLowerCase() === status.toLowerCase())
}

export function modifiedAt({ row, columns }: Found): string | null {
  const value = columns.read(row, 'LastModifiedDate')
  return typeof value === 'string' ? value : null
}

/** A record in the words of `match`. */
export function matchedRecord(
  { record, way, merged }: Candidate<Found>,
  { search, carriers }: Findings<Found>,
  { contactIdField, placeholders, closedStatuses }: TellSettings,
): MatchedRecord {
  const { keys } = search
  const { kind, id, row, columns } = record
  const own = isNone(contactIdField) ? ['Email'] : ['Email', contactIdField]
  const placeholder = new Map([
    ['lastname', placeholders.lastName],
    ['company', placeholders.company],
  ])
  const asked = Object.hasOwn(keys.fields, kind) ? (keys.fields[kind] ?? []) : []
  const read = (name: string): FieldValue => {
    const value = columns.read(row, name)
    return typeof value === 'string' && value.trim() === placeholder.get(name.toLowerCase()) ? null : value
  }
  const owner = columns.read(row, 'OwnerId')
  const isTaken = record.contactId === null && carriers.some((other) => other.kind === kind && holdsContactId(other, search))
  return {
    object: kind,
    id,
    fields: Object.fromEntries([...new Set([...asked, ...own])].map((name) => [name, read(name)])),
    optOuts: [
      ...(columns.read(row, 'HasOptedOutOfEmail') === true ? (['email'] as const) : []),
      ...(columns.read(row, 'DoNotCall') === true ? (['phone'] as const) : []),
    ],
    owner: typeof owner === 'string' ? longId(owner) : null,
    closed: isClosed(record, closedStatuses),
    mergedFrom: way === 'ledger' && merged ? (keys.record?.id ?? null) : null,
    ours: numberCarried(record, search) >= 0,
    ...(isTaken ? { taken: [contactIdField] } : {}),
  }
}
