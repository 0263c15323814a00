import { type Catalog, type ConnectorDependencies, DeliveryError } from '../../../src/core/index.ts'
import type { Api, Reply } from '../api.ts'
import { brokenGateway } from '../requests/short-failures.ts'
import { catalogField, DescribeAnswer, isKey, type OrgObject, orgObject } from './describe.ts'
import { longId } from './ids.ts'

/** Objects in our words. */
export type Kind = 'lead' | 'contact'
export type DescribedKind = Kind | 'task'

export const ObjectNames = { lead: 'Lead', contact: 'Contact', task: 'Task' } as const
const Kinds = ['lead', 'contact', 'task'] as const

// A description is some hundred kilobytes and three requests of the daily ones; a refusal that speaks of a field has it read at once.
const FreshMs = 60 * 60_000
const AfterFailureMs = 60_000

type Descriptions = Readonly<Record<DescribedKind, OrgObject | null>>

/** What is known of the org between calls. */
export interface Org {
  /** Null: not read yet, or the user may not see it. Then nothing is assumed, and Salesforce itself answers. */
  object(kind: DescribedKind): OrgObject | null
  /** Whether records of this kind can be found and upserted by the contact id field; true while nobody knows better. */
  hasContactId(kind: Kind): boolean
  /** Takes over what a reading said. */
  learn(reading: OrgReading, now: number): void
  /** A refusal spoke of a field: the org was changed. It is read again at the next call, but not more than once a minute. */
  doubt(now: number): void
  /** From when on it is read again, ms since the epoch. */
  staleAt: number
}

export interface OrgReading {
  readonly catalog: Catalog
  readonly objects: Descriptions
}

/** `contactIdField`: '' or `none` where the org has no such field. */
export function unknownOrg(contactIdField: string): Org {
  let objects: Descriptions | null = null
  let readAt = Number.NEGATIVE_INFINITY
  const org: Org = {
    staleAt: 0,
    object: (kind) => objects?.[kind] ?? null,
    hasContactId(kind) {
      if (isNone(contactIdField)) return false
      const described = objects?.[kind] ?? null
      return described === null || isKey(described.field(contactIdField))
    },
    learn(reading, now) {
      objects = reading.objects
      readAt = now
      org.staleAt = now + FreshMs
    },
    doubt(now) {
      org.staleAt = Math.min(org.staleAt, Math.max(now, readAt + AfterFailureMs))
    },
  }
  return org
}

/** Whether a setting that names a field says that the org has none. */
export function isNone(field: string): boolean {
  return field === '' || field.toLowerCase() === 'none'
}

/** Organization and objects. An object that the user may not see is `null`; Salesforce does not tell that from one that is not there. */
export async function readCatalog(api: Api, crm: string, signal: AbortSignal): Promise<OrgReading> {
  const { org } = await api.who(signal)
  const [lead, contact, task] = await Promise.all(Kinds.map((kind) => describe(kind, api, crm, signal)))
  const objects = { lead: lead ?? null, contact: contact ?? null, task: task ?? null }
  const listed = Kinds.map((kind) => [kind, objects[kind]?.fields.map(catalogField) ?? null])
  return { objects, catalog: { org: longId(org), objects: Object.fromEntries(listed) } }
}

/**
 * Reads the org again when the last reading is old. Should that fail, the old knowledge stays for a minute more: a lead must not wait for
 * a description that only saves refusals.
 */
export async function refresh(org: Org, api: Api, { crm, now, log }: ConnectorDependencies, signal: AbortSignal): Promise<void> {
  // Further ahead than that it never is, unless the clock was set back.
  const freshMs = org.staleAt - now()
  if (freshMs > 0 && freshMs <= FreshMs) return
  // Calls that run beside this one go on with what was known; only the very first ones, when nothing is, each read for themselves.
  if (org.object('lead') !== null || org.object('contact') !== null) org.staleAt = now() + AfterFailureMs
  try {
    org.learn(await readCatalog(api, crm, signal), now())
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    org.staleAt = now() + AfterFailureMs
    log.warn({ crm, reason: error.message }, 'Salesforce objects were not described')
  }
}

async function describe(kind: DescribedKind, api: Api, crm: string, signal: AbortSignal): Promise<OrgObject | null> {
  const name = ObjectNames[kind]
  const reply = await api.get(api.paths.describe(name), signal)
  if (reply.kind === 'refused') {
    if (isHidden(reply)) return null
    throw reply.error
  }
  const answer = DescribeAnswer.safeParse(reply.body).data
  if (!answer) throw brokenGateway(crm, reply.status)
  return orgObject(answer)
}

// A bare 403 or 404 is a wrong address or a firewall, and the quota is a 403 too: none of these says anything about an object.
const HiddenCodes = new Set(['NOT_FOUND', 'INVALID_TYPE', 'INSUFFICIENT_ACCESS', 'INSUFFICIENT_ACCESS_OR_READONLY'])

function isHidden(reply: Extract<Reply, { kind: 'refused' }>): boolean {
  return reply.statusCode !== null && HiddenCodes.has(reply.statusCode)
}
