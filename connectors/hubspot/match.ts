import { DeliveryError, type Judged, type Match, type MatchedRecord, type MatchKeys } from '../../src/core/index.ts'
import type { Holders } from '../kit/holders.ts'
import { hasContactIdProperty, type Org } from './org.ts'
import { type Found, type ReadContext, type ReadRequest, readContacts } from './read.ts'
import { decode } from './wire.ts'

/** Read with every match beside the mapping's fields. */
const Circumstantial = ['hs_email_optout', 'hubspot_owner_id', 'lastmodifieddate']

export interface MatchContext extends ReadContext {
  readonly org: Org
  readonly holders: Holders<string>
  readonly contactIdProperty: string
}

interface Search {
  readonly keys: MatchKeys
  readonly email: string | null
  /** In order of preference: our ledger's record, the e-mail's, the contact id's. */
  readonly candidates: Found[]
  /** Our ledger's record is gone, but HubSpot could restore it. */
  restorable: boolean
  error: DeliveryError | null
}

/**
 * Finds the contact of each key: our ledger's record first; by e-mail where nobody found so far has an e-mail; by contact id where nobody
 * found so far has a contact id. What a write would put into an empty identity field is thus looked up first: another record may hold it.
 */
export async function matchContacts(all: readonly MatchKeys[], context: MatchContext): Promise<Judged<Match>[]> {
  const { org, holders, contactIdProperty } = context
  const searches = all.map(
    (keys): Search => ({ keys, email: keys.email?.trim().toLowerCase() || null, candidates: [], restorable: false, error: null }),
  )
  const properties = propertiesOf(all, contactIdProperty)
  const lacks = (search: Search, property: string) =>
    !search.candidates.some((found) => decode(found.properties[property]) !== null)

  async function look(
    request: Omit<ReadRequest, 'ids' | 'properties'>,
    idsOf: (search: Search) => readonly string[],
    accept: (search: Search, found: Found) => boolean = () => true,
  ): Promise<void> {
    const wanted = searches.map((search) => ({ search, ids: search.error === null ? idsOf(search) : [] }))
    const found = await readContacts({ ...request, properties, ids: wanted.flatMap(({ ids }) => ids) }, context)
    for (const { search, ids } of wanted) collect(search, ids, found, accept)
  }

  await look({ by: 'record' }, ({ keys }) => (keys.record?.object === 'contact' ? [keys.record.id] : []))
  await look({ by: { property: 'email' } }, (search) => (search.email !== null && lacks(search, 'email') ? [search.email] : []))
  await look({ by: 'record' }, (search) => (lacks(search, 'email') ? heldIds(search, holders) : []), holdsEmail)
  if (hasContactIdProperty(org, contactIdProperty)) {
    const onUnknownProperty = () => {
      org.contactIdRefused = true
    }
    const byContactId = { by: { property: contactIdProperty }, onUnknownProperty }
    await look(byContactId, (search) => (lacks(search, contactIdProperty) ? search.keys.contactIds : []))
  }
  await look({ by: 'record', archived: true }, deletedIds, (search) => {
    search.restorable = true
    return false
  })
  return searches.map((search) => search.error ?? choose(search, contactIdProperty))
}

/** A deleted contact can be restored for 90 days, one erased for privacy's sake never: then nothing of it is left to read. */
function deletedIds({ keys, candidates }: Search): string[] {
  return candidates.length === 0 && keys.record?.object === 'contact' ? [keys.record.id] : []
}

function heldIds({ email }: Search, holders: Holders<string>): string[] {
  const id = email === null ? null : holders.of(email)
  return id === null ? [] : [id]
}

function holdsEmail({ email }: Search, found: Found): boolean {
  return email !== null && found.emails.includes(email)
}

function propertiesOf(all: readonly MatchKeys[], contactIdProperty: string): string[] {
  return [...new Set([...all.flatMap((keys) => keys.fields.contact ?? []), contactIdProperty, ...Circumstantial])]
}

function collect(
  search: Search,
  ids: readonly string[],
  found: ReadonlyMap<string, Judged<Found | null>>,
  accept: (search: Search, found: Found) => boolean,
): void {
  for (const id of ids) {
    const answer = found.get(id) ?? null
    if (answer instanceof DeliveryError) search.error ??= answer
    else if (answer !== null && accept(search, answer)) addCandidate(search, answer)
  }
}

function addCandidate({ candidates }: Search, found: Found): void {
  if (!candidates.some((known) => known.id === found.id)) candidates.push(found)
}

/**
 * Several records of one person: the first, in order of preference, into which our e-mail and contact id could be written without taking
 * them from another of the records. Where that is none of them, only a person can say which is right: they must be merged in HubSpot.
 */
function choose({ keys, email, candidates, restorable }: Search, contactIdProperty: string): Match {
  const deleted = keys.record !== null
  if (candidates.length === 0) return { kind: 'none', deleted, ...(deleted && !restorable ? { erased: true } : {}) }
  const holds = (found: Found, property: string) => decode(found.properties[property])
  const isFree = (found: Found) => {
    const others = candidates.filter((other) => other !== found)
    const emailFree = holds(found, 'email') !== null || !others.some((other) => email !== null && other.emails.includes(email))
    const idFree =
      holds(found, contactIdProperty) !== null || !others.some((other) => holds(other, contactIdProperty) === keys.contactIds[0])
    return emailFree && idFree
  }
  const best = candidates.find(isFree)
  if (best) return { kind: 'one', record: recordOf(best, keys, contactIdProperty) }
  return {
    kind: 'many',
    records: candidates.map((found) => ({ ...recordOf(found, keys, contactIdProperty), modifiedAt: modifiedAt(found) })),
  }
}

function modifiedAt({ properties }: Found): string | null {
  const value = decode(properties.lastmodifieddate)
  // Epoch milliseconds or ISO: HubSpot answers either, by API version.
  const ms = value === null ? Number.NaN : /^\d+$/.test(value) ? Number(value) : Date.parse(value)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}

function recordOf(found: Found, keys: MatchKeys, contactIdProperty: string): MatchedRecord {
  const names = new Set([...(keys.fields.contact ?? []), 'email', contactIdProperty])
  const contactId = decode(found.properties[contactIdProperty])
  const owner = decode(found.properties.hubspot_owner_id)
  const asked = keys.record
  return {
    object: 'contact',
    id: found.id,
    fields: Object.fromEntries([...names].map((name) => [name, decode(found.properties[name])])),
    optOuts: decode(found.properties.hs_email_optout)?.toLowerCase() === 'true' ? ['email'] : [],
    owner,
    closed: false,
    mergedFrom: asked !== null && asked.id !== found.id && found.mergedIds.includes(asked.id) ? asked.id : null,
    ours: contactId !== null && keys.contactIds.includes(contactId),
  }
}
