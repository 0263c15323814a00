import { DeliveryError, type ListAsked, type ListedRecord, type ListPage } from '../../src/core/index.ts'
import { heldText } from '../kit/held-values.ts'
import { type OwnFields, ownFields, ownTimes } from '../kit/own-times.ts'
import type { Api } from './api.ts'
import { protocolError, sentence } from './errors.ts'
import { decode, SearchAnswer } from './wire.ts'

/** Most results on one page. https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm */
const PageSize = 200
const BeforeAll = '0'
const RecordId = /^\d{1,19}$/

export interface ListContext {
  readonly api: Pick<Api, 'post' | 'paths'>
  readonly crm: string
  readonly contactIdProperty: string
  readonly signal: AbortSignal
}

/**
 * One page of the contacts that hold a contact id, by search: reading all contacts instead would take a request per 100 of a portal's
 * hundreds of thousands. The cursor is the last record id and not search's own `after`, which is refused beyond 10,000 results.
 */
export async function listContacts({ cursor, ...own }: ListAsked, context: ListContext): Promise<ListPage> {
  const { api, crm, contactIdProperty, signal } = context
  const after = cursor ?? BeforeAll
  if (!RecordId.test(after))
    throw protocolError(crm, 'the place where reading the contacts back is to go on is none. Begin anew.')
  const reply = await api.post(api.paths.search, searchFor(after, own, contactIdProperty), signal)
  if (reply.kind === 'refused') throw reply.error.status === 400 ? unsearchable(crm, contactIdProperty) : reply.error
  const answer = SearchAnswer.safeParse(reply.body).data
  if (!answer) throw protocolError(crm, 'its answer to a search could not be read. Please report it.', reply.status)
  let last = after
  for (const { id } of answer.results) {
    // Out of order the next page would leave some out, and whoever is left out is entered twice later.
    if (!RecordId.test(id) || BigInt(id) <= BigInt(last))
      throw protocolError(crm, 'it does not answer a search in the order of record ids. Please report it.', reply.status)
    last = id
  }
  const records = answer.results.flatMap(({ id, properties }) => {
    const record = listed(id, properties, contactIdProperty, own)
    return record === null ? [] : [record]
  })
  const isLast = answer.results.length === 0 || (answer.results.length < PageSize && !answer.paging)
  return { records, next: isLast ? null : last }
}

function searchFor(after: string, own: OwnFields, contactIdProperty: string): object {
  const filters = [
    { propertyName: contactIdProperty, operator: 'HAS_PROPERTY' },
    { propertyName: 'hs_object_id', operator: 'GT', value: after },
  ]
  const people = ['email', 'phone', 'mobilephone', 'lastname', contactIdProperty]
  return {
    filterGroups: [{ filters }],
    sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
    properties: [...new Set([...people, ...ownFields(own)])],
    limit: PageSize,
  }
}

/** Null where the search's index still knows of a contact id that is there no more. */
function listed(
  id: string,
  properties: Readonly<Record<string, unknown>>,
  contactIdProperty: string,
  own: OwnFields,
): ListedRecord | null {
  const text = (name: string) => heldText(decode(properties[name]))
  const contactId = text(contactIdProperty)
  if (contactId === null) return null
  return {
    object: 'contact',
    id,
    contactId,
    email: text('email'),
    phone: text('phone') ?? text('mobilephone'),
    lastName: text('lastname'),
    ...ownTimes(own, (name) => decode(properties[name])),
    closed: false,
  }
}

/** Unknown names among the fields asked for are left out; only the one that is searched by is refused. */
function unsearchable(crm: string, contactIdProperty: string): DeliveryError {
  const say = `contacts can't be searched by the property "${contactIdProperty}", so which of them are Leadsync's can't be told. Check that contactIdProperty names the property that Leadsync wrote (leadsync check).`
  return new DeliveryError('misconfigured', sentence(crm, say), { fields: [contactIdProperty], status: 400 })
}
