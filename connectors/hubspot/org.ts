import { type Catalog, type CatalogField, type ConnectorDependencies, DeliveryError } from '../../src/core/index.ts'
import type { Api, Reply } from './api.ts'
import { sentence } from './errors.ts'
import { AccountAnswer, PropertiesAnswer, type WireProperty } from './wire.ts'

const FreshMs = 10 * 60_000
const AfterFailureMs = 60_000

/** What is known of the portal between calls. Everything unknown is null, and then nothing is assumed. */
export interface Org {
  timeZone: string | null
  fields: ReadonlyMap<string, CatalogField> | null
  /** HubSpot itself refused to look contacts up by the contact id property. */
  contactIdRefused: boolean
  /** From when on it is read again, ms since the epoch. */
  staleAt: number
}

export function unknownOrg(): Org {
  return { timeZone: null, fields: null, contactIdRefused: false, staleAt: 0 }
}

/** Whether contacts can be looked up, and created without an e-mail, by the contact id property. */
export function hasContactIdProperty(org: Org, property: string): boolean {
  if (org.contactIdRefused) return false
  if (org.fields === null) return true
  const field = org.fields.get(property)
  return field?.unique === true && field.writable
}

/** Portal and properties; `null` where the token may not read them (403) or the API version has no such address (404). */
export async function readCatalog(
  api: Api,
  crm: string,
  signal: AbortSignal,
): Promise<Catalog & { readonly timeZone: string | null }> {
  const [account, properties] = await Promise.all([
    api.get(api.paths.account, signal),
    api.get(`${api.paths.properties}?archived=false`, signal),
  ])
  const details = readable(account)
  const listed = readable(properties)
  const about = details === null ? null : AccountAnswer.safeParse(details).data
  const fields = listed === null ? null : PropertiesAnswer.safeParse(listed).data
  if (about === undefined || fields === undefined) {
    // A proxy in between, more likely than a HubSpot that answers so: what waits for it must not be parked.
    const say =
      'its description of the account or of its properties could not be read. It is tried again; if that lasts, check baseUrl.'
    throw new DeliveryError('unavailable', sentence(crm, say), { status: 200 })
  }
  return {
    org: about?.portalId ?? null,
    timeZone: about?.timeZone ?? null,
    objects: { contact: fields?.results.map(catalogField) ?? null },
  }
}

/** Takes over what a reading said. */
export function learn(org: Org, catalog: Awaited<ReturnType<typeof readCatalog>>, now: number): void {
  const fields = catalog.objects.contact
  org.fields = fields ? new Map(fields.map((field) => [field.name, field])) : null
  org.timeZone = catalog.timeZone
  org.contactIdRefused = false
  org.staleAt = now + FreshMs
}

/**
 * Reads the org again when the last reading is old. Should that fail, the old knowledge stays for a minute more: a lead must not wait for
 * a description that only saves refusals.
 */
export async function refresh(org: Org, api: Api, { crm, now, log }: ConnectorDependencies, signal: AbortSignal): Promise<void> {
  if (now() < org.staleAt) return
  // Calls that run beside this one go on with what was known; only the very first ones, when nothing is, each read for themselves.
  if (org.fields !== null) org.staleAt = now() + AfterFailureMs
  try {
    learn(org, await readCatalog(api, crm, signal), now())
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    org.staleAt = now() + AfterFailureMs
    log.warn({ crm, reason: error.message }, 'HubSpot properties were not read')
  }
}

function readable(reply: Reply): unknown {
  if (reply.kind === 'ok') return reply.body
  if (reply.error.status === 403 || reply.error.status === 404) return null
  throw reply.error
}

function catalogField(property: WireProperty): CatalogField {
  const options = property.options?.map(({ value }) => value) ?? []
  const closed = property.type === 'enumeration' && !property.externalOptions && options.length > 0
  return {
    name: property.name,
    type: property.type,
    writable: !property.archived && !property.calculated && !property.modificationMetadata?.readOnlyValue,
    unique: property.hasUniqueValue === true || property.name === 'email',
    options: closed ? options : null,
  }
}
