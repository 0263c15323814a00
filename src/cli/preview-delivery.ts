import type { ReadyCrm } from '../config/crm-settings.ts'
import type { Config } from '../config/load.ts'
import {
  type Connector,
  type DecideInput,
  type DecideRules,
  type Decision,
  DeliveryError,
  decide,
  declinedBy,
  explainFields,
  fieldsToRead,
  type HttpRequestPreview,
  type Lead,
  type RecordRef,
  Rules,
  stands,
} from '../core/index.ts'
import { decideRules } from '../daemon/rules.ts'
import { requireOrg } from '../delivery/org-binding.ts'
import { type ForeseenContact, foreseeContact, foreseeStranger } from '../store/foresight.ts'
import { RedisOrgBindings } from '../store/org-bindings.ts'
import type { Scripts } from '../store/redis.ts'
import type { DeliveryPreview, PreviewDetails } from './delivery-preview.ts'
import { hiddenDetails } from './hidden-details.ts'
import { openConnector } from './open-connector.ts'

export type { DeliveryPreview } from './delivery-preview.ts'
export { formatPreview } from './preview-text.ts'

export interface PreviewParts {
  /** Null: nothing is known of anybody. */
  readonly store: Scripts | null
  readonly config: Config
  /** The installation's. */
  readonly secret: string
  readonly crm: ReadyCrm
  /** ms since the epoch. */
  now(): number
  readonly fetch: typeof globalThis.fetch
}

/** Previews of several leads that share what is read of the CRM once: its fields, and which org it is. */
export interface CrmPreviews {
  /** Rejects with a `DeliveryError` when the CRM can't be asked. */
  of(lead: Lead, signal: AbortSignal): Promise<DeliveryPreview>
  stop(): Promise<void>
}

const Nothing: PreviewDetails = { requests: [], fields: [] }

/**
 * What a delivery of this lead to this CRM would do now, by the mapping in force and by what the store holds of its person. Reads only, in the
 * CRM as in Redis: no lock, no claim. Rejects with a `DeliveryError` when the CRM can't be asked.
 */
export async function previewDelivery({
  lead,
  signal,
  ...parts
}: PreviewParts & { readonly lead: Lead; readonly signal: AbortSignal }): Promise<DeliveryPreview> {
  const previews = openPreviews(parts)
  try {
    return await previews.of(lead, signal)
  } finally {
    await previews.stop()
  }
}

export function openPreviews(parts: PreviewParts): CrmPreviews {
  const { crm, now, fetch } = parts
  const connector = openConnector(crm, { fetch, now })
  let ready: Promise<void> | null = null
  return {
    of(lead, signal) {
      return preview(lead, signal, parts, connector, () => {
        ready ??= checkOrg(connector, parts, signal)
        return ready
      })
    },
    stop: () => connector.stop(),
  }
}

async function preview(
  lead: Lead,
  signal: AbortSignal,
  { store, config, secret, crm }: PreviewParts,
  connector: Connector,
  whenReady: () => Promise<void>,
): Promise<DeliveryPreview> {
  const { doNotContact, retention } = config.leadsync
  const own = { secret, doNotContact, retention }
  const foreseen = store ? await foreseeContact(store, crm.name, lead, own) : foreseeStranger(lead, own)
  if (foreseen.known === 'forgotten') return bare(crm, true, 'nothing, because its person asked to be forgotten since', [])
  const notes = notesAbout(foreseen)
  const declined = declinedBy(crm.accept, lead)
  if (declined !== null) return bare(crm, false, `nothing, because its accept: does not want it (${declined})`, notes)
  await whenReady()
  const rules = decideRules(crm, connector, { config, secret })
  const looked = await look(lead, foreseen, rules, connector, signal)
  const { decision, input } = looked
  const details = { requests: await requestsOf(looked, connector, signal), fields: explainFields(input, decision) }
  const record = recordOf(decision)
  return {
    crm: crm.name,
    wants: true,
    decision: inWords(decision),
    record,
    notes,
    ...hiddenDetails(objectOf(decision) ?? rules.target, details, { rules, lead }),
    personal: () => details,
  }
}

interface Looked {
  readonly input: DecideInput
  readonly decision: Decision
}

async function look(
  lead: Lead,
  { contactId, joinedIds, link, suppression, again }: ForeseenContact,
  rules: DecideRules,
  connector: Connector,
  signal: AbortSignal,
): Promise<Looked> {
  const keys = {
    contactIds: [contactId, ...joinedIds],
    email: lead.person.email,
    record: link.record,
    fields: fieldsToRead(rules),
  }
  const [match] = await connector.match([keys], signal)
  if (match === undefined || match instanceof DeliveryError) throw match ?? new Error('A match came back without an answer.')
  const input = { ...rules, lead, contactId, match, suppression, known: link.known, again }
  return { input, decision: decide(input) }
}

/** As before a delivery, whose first question to a CRM is what fields there are and whose they are. */
async function checkOrg(connector: Connector, { store, crm, now }: PreviewParts, signal: AbortSignal): Promise<void> {
  const { org } = await connector.catalog(signal)
  if (store === null || org === null) return
  const orgs = new RedisOrgBindings(store, now)
  await requireOrg({ crm: crm.name, org, sharedOrg: crm.sharedOrg }, (claim) => orgs.check(claim))
}

/** Owners that a mapping names by e-mail are looked up before anything is sent: without that they would be missing from what is shown. */
async function requestsOf(
  { decision, input }: Looked,
  connector: Connector,
  signal: AbortSignal,
): Promise<readonly HttpRequestPreview[]> {
  if (decision.kind !== 'write') return []
  const { write } = decision
  const addresses = Object.values(write.fields).filter((value) => typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value))
  const owners = addresses.map(String).filter((address) => address !== input.lead.person.email)
  if (owners.length > 0) await connector.assignees(owners, signal)
  return connector.preview([write])
}

function bare({ name }: ReadyCrm, wants: boolean, decision: string, notes: readonly string[]): DeliveryPreview {
  return { crm: name, wants, decision, record: null, notes, ...Nothing, personal: () => Nothing }
}

function notesAbout({ known, suppression }: ForeseenContact): readonly string[] {
  const notes = known === 'nobody' ? ['Nobody is known under these aliases: this would be the first lead of a new contact.'] : []
  const standing = suppression.filter(stands)
  if (standing.length === 0) return notes
  const said = [...new Set(standing.map(({ source, offer }) => `${source}, about ${offer ?? 'any offer'}`))].join('; ')
  return [...notes, `This contact must not be contacted (${said}): the record shows it, and no follow-up that it covers is made.`]
}

function inWords(decision: Decision): string {
  if (decision.kind === 'park') return `parked (${decision.code}) because: ${decision.reason}`
  if (decision.kind === 'skip') return `nothing, because: ${decision.reason}`
  const { object, recordId } = decision.write
  return `${recordId === null ? `create ${object}` : `update ${object} ${recordId}`} (${Rules[decision.rule]})`
}

function recordOf(decision: Decision): RecordRef | null {
  if (decision.kind === 'skip') return decision.record
  if (decision.kind === 'park' || decision.write.recordId === null) return null
  return { object: decision.write.object, id: decision.write.recordId }
}

function objectOf(decision: Decision): string | null {
  return decision.kind === 'write' ? decision.write.object : (recordOf(decision)?.object ?? null)
}
