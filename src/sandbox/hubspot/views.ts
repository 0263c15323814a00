import { instant } from './answers.ts'
import type { Portal } from './portal.ts'
import { kindOf, type StoredRecord } from './store.ts'
import type { Values } from './unique-index.ts'

export interface RecordView {
  readonly id: string
  readonly properties: Readonly<Record<string, string | null>>
  readonly createdAt: string
  readonly updatedAt: string
  readonly archived: boolean
  readonly archivedAt?: string
}

/** Every value of a record, with those that HubSpot keeps itself. */
export function allValues(portal: Portal, record: StoredRecord, values: Values = record.values): Values {
  const kind = kindOf(record)
  const isOptedOut = values.email !== undefined && portal.consent.isOptedOut(values.email)
  return {
    ...values,
    ...(isOptedOut ? { hs_email_optout: 'true' } : {}),
    [kind.createdProperty]: instant(record.createdAt),
    [kind.modifiedProperty]: instant(record.updatedAt),
    hs_object_id: record.id,
  }
}

/** A record as answers show it: the named properties, null where unset, names that don't exist left out. */
export function viewRecord(portal: Portal, record: StoredRecord, names: Iterable<string>, values?: Values): RecordView {
  const kind = kindOf(record)
  const all = allValues(portal, record, values)
  const properties: Record<string, string | null> = {}
  for (const name of [...names, kind.createdProperty, kind.modifiedProperty, 'hs_object_id']) {
    if (portal.schema.find(kind.name, name) !== undefined) properties[name] = all[name] ?? null
  }
  return {
    id: record.id,
    properties,
    createdAt: instant(record.createdAt),
    updatedAt: instant(record.updatedAt),
    archived: record.archivedAt !== null,
    ...(record.archivedAt === null ? {} : { archivedAt: instant(record.archivedAt) }),
  }
}
