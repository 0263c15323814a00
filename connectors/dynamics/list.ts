import { DeliveryError, type ListAsked, type ListedRecord, type ListPage } from '../../src/core/index.ts'
import { heldText } from '../kit/held-values.ts'
import { type OwnFields, ownFields, ownTimes } from '../kit/own-times.ts'
import type { Api } from './api.ts'
import { protocolError, sentence } from './errors.ts'
import { EmailColumn } from './match/columns.ts'
import { type OrgReading, readCatalog } from './org/org.ts'
import { IdColumns, type Kind, SetNames, type Table } from './org/table.ts'
import { pathOfLink } from './paths.ts'
import { isGuid } from './requests/odata.ts'
import { contactIdColumnOf, type Settings } from './settings.ts'
import { Page, type WireRecord } from './wire.ts'

export type ListSettings = Pick<Settings, 'contactIdColumn' | 'key' | 'target' | 'placeholders'>

/** What a qualified Lead became comes after it. */
const Order = ['lead', 'contact'] as const
const Columns = [EmailColumn, 'telephone1', 'mobilephone', 'lastname', 'statecode']
const LogicalName = /^[a-z_][a-z0-9_]*$/
const Open = 0

type ListPeople = (asked: ListAsked, signal: AbortSignal) => Promise<ListPage>

/**
 * Reads the Leads and then the Contacts that hold a contact id, 5,000 to a page as Dataverse gives them unasked. The cursor is the path of the
 * next page, whose paging cookie holds the last row: guids of our own making are in no order, and which operators compare guids is nowhere said.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results
 */
export function createListing(api: Api, crm: string, settings: ListSettings): ListPeople {
  // Dataverse refuses a whole query for one column that it does not know.
  let known: OrgReading['tables'] | null = null

  async function described(signal: AbortSignal): Promise<OrgReading['tables']> {
    known ??= (await readCatalog(api, crm, settings, signal)).tables
    return known
  }

  return async function listPeople({ cursor, ...own }, signal) {
    const tables = await described(signal)
    const contactId = contactIdColumnOf(settings)
    if (contactId === null || !mayHave(tables[settings.target], contactId)) throw withoutContactId(crm, settings)
    const kind = cursor === null ? Order[0] : kindIn(cursor, crm)
    const following = Order[Order.indexOf(kind) + 1] ?? null
    // The other table may go without the column, and then none of its records is ours.
    if (!mayHave(tables[kind], contactId)) return { records: [], next: following }
    const isFirst = cursor === null || cursor === kind
    const path = isFirst ? firstPage(tables[kind], kind, contactId, own) : cursor
    const reply = await api.get(path, signal)
    if (reply.kind === 'refused') {
      if (reply.error.status !== 400) throw reply.error
      known = null
      throw notUnderstood(crm, kind)
    }
    const page = Page.safeParse(reply.body).data
    if (!page) throw protocolError(crm, 'a page of records could not be read. Please report it.', reply.status)
    const records = page.value.map((row) => recordIn(row, { kind, contactId, own, crm, settings }))
    const link = page['@odata.nextLink']
    return {
      records: records.filter((one) => one.contactId !== ''),
      next: link ? nextPage(link, kind, path, crm) : following,
    }
  }
}

/** Where the table's definition may not be read, it is asked all the same. */
function mayHave(table: Table, column: string): boolean {
  if (table.state === 'absent') return false
  return table.state !== 'read' || table.column(column) !== undefined
}

function kindIn(cursor: string, crm: string): Kind {
  const kind = Order.find((one) => cursor === one || cursor.startsWith(`${SetNames[one]}?`))
  if (kind === undefined) throw protocolError(crm, 'the place where reading the records back is to go on is none. Begin anew.')
  return kind
}

function firstPage(table: Table, kind: Kind, contactId: string, own: OwnFields): string {
  const named = ownFields(own).filter((name) => LogicalName.test(name))
  const asked = [...Columns, ...named].filter((name) => mayHave(table, name))
  const select = [...new Set([IdColumns[kind], contactId, ...asked])].join(',')
  // By a unique column in the end: where rows are alike in what they are ordered by, pages leave some of them out.
  return `${SetNames[kind]}?$select=${select}&$filter=${contactId}%20ne%20null&$orderby=createdon,${IdColumns[kind]}`
}

function nextPage(link: string, kind: Kind, path: string, crm: string): string {
  const next = pathOfLink(link)
  if (next?.startsWith(`${SetNames[kind]}?`) && next !== path) return next
  throw protocolError(crm, 'the link to the next page of records leads elsewhere. Please report it.')
}

interface Reading {
  readonly kind: Kind
  readonly contactId: string
  readonly own: OwnFields
  readonly crm: string
  readonly settings: ListSettings
}

function recordIn(row: WireRecord, { kind, contactId, own, crm, settings }: Reading): ListedRecord {
  const id = heldText(row[IdColumns[kind]])
  // A row that was left out would be somebody whom Leadsync no longer knows.
  if (id === null || !isGuid(id)) throw protocolError(crm, 'a record came without its id. Please report it.')
  const lastName = heldText(row.lastname)
  return {
    object: kind,
    id: id.toLowerCase(),
    contactId: heldText(row[contactId]) ?? '',
    email: heldText(row[EmailColumn]),
    phone: heldText(row.telephone1) ?? heldText(row.mobilephone),
    lastName: lastName === settings.placeholders.lastName ? null : lastName,
    ...ownTimes(own, (name) => row[name]),
    closed: typeof row.statecode === 'number' && row.statecode !== Open,
  }
}

function withoutContactId(crm: string, { contactIdColumn, target }: ListSettings): DeliveryError {
  const say = `records of the table ${target} can't be looked up by contactIdColumn "${contactIdColumn}", so which of them are Leadsync's can't be told. Check that it names the column that Leadsync wrote (leadsync check).`
  return new DeliveryError('misconfigured', sentence(crm, say), { fields: [contactIdColumn] })
}

function notUnderstood(crm: string, kind: Kind): DeliveryError {
  const say = `it did not understand how the records of the table ${kind} were asked for: a column that contactIdColumn, lastLeadField or doNotContact.markers names is missing there, or was deleted meanwhile. Correct that (leadsync check), then begin anew.`
  return new DeliveryError('misconfigured', sentence(crm, say), { status: 400 })
}
