import { DeliveryError, type ListAsked, type ListedRecord, type ListPage } from '../../src/core/index.ts'
import { heldText } from '../kit/held-values.ts'
import { type OwnFields, ownFields, ownTimes } from '../kit/own-times.ts'
import type { Api } from './api.ts'
import { protocolError, type Refusal, sentence } from './errors.ts'
import { contactIdColumn } from './match/columns.ts'
import { rowOf } from './match/found.ts'
import { isClosed } from './match/matched-record.ts'
import { Prefixes } from './match/reading.ts'
import { isId, longId } from './org/ids.ts'
import { type Kind, ObjectNames, type Org, readCatalog } from './org/org.ts'
import { query } from './requests/query.ts'
import { literal } from './requests/soql.ts'
import type { Settings } from './settings.ts'
import type { WireRecord } from './wire.ts'

export type ListSettings = Pick<Settings, 'contactIdField' | 'target' | 'placeholders' | 'closedStatuses'>

/** Records on one page: what Salesforce answers at once. */
const PageSize = 2_000
/** What a converted Lead became comes after it. */
const Order = ['lead', 'contact'] as const
const FieldName = /^[A-Za-z]\w*$/

const People = ['Email', 'Phone', 'MobilePhone', 'LastName']
const Columns = { lead: [...People, 'Status', 'IsConverted'], contact: People } as const

/** Where a page begins, in a cursor `lead`, `lead:00Q…` or `contact:003…`. */
interface Place {
  readonly kind: Kind
  readonly after: string | null
}

type ListPeople = (asked: ListAsked, signal: AbortSignal) => Promise<ListPage>

/**
 * Reads the Leads and then the Contacts that hold a contact id, by keyset over record ids: Salesforce forgets its own cursors after two days, and
 * a rebuild may be taken up again later than that.
 * https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-apicursors.html
 */
export function createListing(api: Api, crm: string, settings: ListSettings): ListPeople {
  // Salesforce refuses a whole query for one field that it does not show.
  let known: Pick<Org, 'object'> | null = null

  async function described(signal: AbortSignal): Promise<Pick<Org, 'object'>> {
    if (known !== null) return known
    const { objects } = await readCatalog(api, crm, signal)
    known = { object: (kind) => objects[kind] }
    return known
  }

  return async function listPeople({ cursor, ...own }, signal) {
    const org = await described(signal)
    const { contactIdField, target } = settings
    const columns = { org, contactIdField }
    if (contactIdColumn(target, columns) === null) throw withoutContactId(crm, target, contactIdField)
    const place = cursor === null ? { kind: Order[0], after: null } : placeIn(cursor, crm)
    const idField = contactIdColumn(place.kind, columns)
    const next = nextKind(place.kind)
    // The other kind may go without the field, and then none of its records is ours.
    if (idField === null) return { records: [], next }
    const soql = soqlFor(place, idField, namesOf(place.kind, own, org))
    const onRefusal = (_: number, { statusCode }: Refusal) => {
      if (statusCode === 'INVALID_FIELD') known = null
    }
    const [rows] = await query([{ soql }], { api, crm, signal, onRefusal })
    if (rows === undefined) throw protocolError(crm, 'a query was left without an answer. Please report it.')
    if (rows instanceof DeliveryError) throw rows.code === 'invalid' ? changed(crm, rows) : rows
    const records = rows.map((row) => recordIn(row, place.kind, idField, own, { crm, settings }))
    const last = records.at(-1)?.id
    return {
      records: records.filter(({ contactId }) => contactId !== ''),
      next: last !== undefined && rows.length >= PageSize ? `${place.kind}:${last}` : next,
    }
  }
}

function placeIn(cursor: string, crm: string): Place {
  const [name, after = null] = cursor.split(':')
  const kind = Order.find((one) => one === name)
  if (kind === undefined || (after !== null && !isId(after, Prefixes[kind])))
    throw protocolError(crm, 'the place where reading the records back is to go on is none. Begin anew.')
  return { kind, after }
}

function nextKind(kind: Kind): Kind | null {
  return Order[Order.indexOf(kind) + 1] ?? null
}

function namesOf(kind: Kind, own: OwnFields, org: Pick<Org, 'object'>): string[] {
  const object = org.object(kind)
  const named = ownFields(own).filter((name) => FieldName.test(name))
  return [...Columns[kind], ...named].filter((name) => object === null || object.field(name) !== undefined)
}

function soqlFor({ kind, after }: Place, idField: string, names: readonly string[]): string {
  const columns = new Map(['Id', idField, ...names].map((name) => [name.toLowerCase(), name]))
  const beyond = after === null ? '' : ` AND Id > ${literal(after)}`
  return `SELECT ${[...columns.values()].join(', ')} FROM ${ObjectNames[kind]} WHERE ${idField} != null${beyond} ORDER BY Id LIMIT ${PageSize}`
}

function recordIn(
  record: WireRecord,
  kind: Kind,
  idField: string,
  own: OwnFields,
  { crm, settings }: { readonly crm: string; readonly settings: ListSettings },
): ListedRecord {
  const row = rowOf(record)
  const text = (name: string) => heldText(row.get(name.toLowerCase()))
  const id = text('Id')
  // A row that was left out would be somebody whom Leadsync no longer knows.
  if (id === null) throw protocolError(crm, 'a record came without its id. Please report it.')
  const lastName = text('LastName')
  return {
    object: kind,
    id: longId(id),
    contactId: text(idField) ?? '',
    email: text('Email'),
    phone: text('Phone') ?? text('MobilePhone'),
    lastName: lastName === settings.placeholders.lastName ? null : lastName,
    ...ownTimes(own, (name) => row.get(name.toLowerCase())),
    closed: row.get('isconverted') === true || isClosed({ kind, row }, settings.closedStatuses),
  }
}

function withoutContactId(crm: string, kind: Kind, field: string): DeliveryError {
  const say = `${ObjectNames[kind]}s can't be looked up by contactIdField "${field}", so which of them are Leadsync's can't be told. Let the user read that field, and check that it names the one that Leadsync wrote (leadsync check).`
  return new DeliveryError('misconfigured', sentence(crm, say), { fields: [field] })
}

/** It was asked for described fields only. */
function changed(crm: string, { fields, status }: DeliveryError): DeliveryError {
  const say = 'a field was deleted or hidden while the records were read back. Begin anew.'
  return new DeliveryError('misconfigured', sentence(crm, say), { fields, ...(status === undefined ? {} : { status }) })
}
