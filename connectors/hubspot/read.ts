import { DeliveryError, type Judged } from '../../src/core/index.ts'
import { type Effort, judgeRows, type Sent } from '../kit/bisect.ts'
import type { Suspicion } from '../kit/doubt.ts'
import type { Api } from './api.ts'
import { doubtOf } from './doubt.ts'
import { type Circumstances, protocolError, rowRefusalOf, sentence } from './errors.ts'
import { BatchAnswer, type ContactRow, decode, type WireError } from './wire.ts'

/** HubSpot's limit for `batch/read`, `batch/update` and `batch/upsert`. */
export const BatchSize = 100

/** A contact as it was read. */
export interface Found {
  readonly id: string
  readonly properties: Readonly<Record<string, unknown>>
  /** Primary and secondary addresses, lower-cased. */
  readonly emails: readonly string[]
  /** Ids that were merged into it. */
  readonly mergedIds: readonly string[]
}

export interface ReadRequest {
  /** `record` is HubSpot's own id; anything else is a property with unique values. */
  readonly by: 'record' | { readonly property: string }
  readonly ids: readonly string[]
  readonly properties: readonly string[]
  /** Among the deleted ones instead. */
  readonly archived?: boolean
  /** Given, a 400 means that HubSpot has no such unique property: this is called and nobody is found. */
  readonly onUnknownProperty?: () => void
}

export interface ReadContext {
  readonly api: Api
  readonly circumstances: () => Circumstances
  readonly signal: AbortSignal
  readonly effort: Effort
  readonly suspicion: Suspicion
}

/** What must be read beside the caller's fields to tell who a contact is. */
const IdentifyingProperties = ['email', 'hs_additional_emails', 'hs_merged_object_ids']

/**
 * Reads contacts by one kind of id: `null` for the ones that are not there. Never through search, which lags behind writes
 * (https://github.com/HubSpot/hubspot-api-php/issues/59).
 */
export async function readContacts(request: ReadRequest, context: ReadContext): Promise<Map<string, Judged<Found | null>>> {
  const found = new Map<string, Judged<Found | null>>()
  const ids = [...new Set(request.ids)]
  for (let from = 0; from < ids.length; from += BatchSize) {
    const part = await judgeRows<string, Found | null>(
      ids.slice(from, from + BatchSize),
      batchesOf(request, context),
      context.effort,
    )
    for (const [id, judged] of part) found.set(id, judged)
  }
  return found
}

function batchesOf(request: ReadRequest, context: ReadContext) {
  const { crm } = context.circumstances()
  return {
    send: (ids: readonly string[]) => readBatch(request, ids, context),
    doubt: doubtOf<string>(context.api.paths.read, context),
    names: () => false,
    exhausted: () =>
      new DeliveryError('unavailable', sentence(crm, 'it refused too many look-ups at once. The rest is looked up later.')),
  }
}

async function readBatch(
  request: ReadRequest,
  ids: readonly string[],
  context: ReadContext,
): Promise<Sent<string, Found | null>> {
  const { by, properties, archived } = request
  const { crm } = context.circumstances()
  const body = {
    inputs: ids.map((id) => ({ id })),
    properties: [...new Set([...properties, ...IdentifyingProperties])],
    propertiesWithHistory: [],
    ...(by === 'record' ? {} : { idProperty: by.property }),
  }
  const path = archived ? `${context.api.paths.read}?archived=true` : context.api.paths.read
  const reply = await context.api.post(path, body, context.signal)
  if (reply.kind === 'refused') {
    const isUnknown = reply.error.status === 400 && !reply.isBare && request.onUnknownProperty !== undefined
    if (isUnknown) request.onUnknownProperty?.()
    const isGone = ids.length === 1 && reply.error.status === 404 && reply.reach === 'row'
    return isUnknown || isGone ? { kind: 'answered', judged: new Map(ids.map((id) => [id, null])), undecided: [] } : reply
  }
  const answer = BatchAnswer.safeParse(reply.body).data
  if (!answer)
    return {
      kind: 'refused',
      error: protocolError(crm, 'its answer to a look-up could not be read.', reply.status),
      reach: 'request',
    }
  if (answer.status !== undefined && answer.status !== 'COMPLETE') {
    const error = new DeliveryError('unavailable', sentence(crm, 'it has not finished a look-up. It is tried again.'), {
      status: reply.status,
    })
    return { kind: 'refused', error, reach: 'request' }
  }
  return sortOut(by, ids, answer, context)
}

function sortOut(
  by: ReadRequest['by'],
  ids: readonly string[],
  answer: BatchAnswer,
  context: ReadContext,
): Sent<string, Found | null> {
  const judged = new Map<string, Judged<Found | null>>()
  const asked = new Set(ids)
  const strays: Found[] = []
  for (const row of answer.results) {
    const found = foundOf(row)
    const answers = keysOf(found, by).filter((key) => asked.has(key))
    for (const key of answers) judged.set(key, found)
    if (answers.length === 0) strays.push(found)
  }
  const unnamed: WireError[] = []
  for (const error of answer.errors) {
    const named = (error.context.ids ?? []).map((id) => keyFor(by, id)).filter((id) => asked.has(id) && !judged.has(id))
    const outcome = error.category === 'OBJECT_NOT_FOUND' ? null : rowRefusalOf(error, context.circumstances()).error
    for (const id of named) judged.set(id, outcome)
    if (outcome !== null && named.length === 0) unnamed.push(error)
  }
  const rest = ids.filter((id) => !judged.has(id))
  // A record that was merged away answers under the survivor's id; alone in a batch it is plain whose answer that is.
  const survivors = by === 'record' ? strays : []
  if (ids.length > 1 && (unnamed.length > 0 || survivors.length > 0)) return { kind: 'answered', judged, undecided: rest }
  const [unnamedError] = unnamed
  const [survivor] = survivors
  for (const id of rest) {
    if (unnamedError) judged.set(id, rowRefusalOf(unnamedError, context.circumstances()).error)
    else judged.set(id, survivor ? { ...survivor, mergedIds: [...survivor.mergedIds, id] } : null)
  }
  return { kind: 'answered', judged, undecided: [] }
}

function keysOf(found: Found, by: ReadRequest['by']): readonly string[] {
  if (by === 'record') return [found.id, ...found.mergedIds]
  if (by.property === 'email') return found.emails
  const value = decode(found.properties[by.property])
  return value === null ? [] : [value]
}

function keyFor(by: ReadRequest['by'], id: string): string {
  return by !== 'record' && by.property === 'email' ? id.toLowerCase() : id
}

function foundOf({ id, properties }: ContactRow): Found {
  const emails = [decode(properties.email) ?? '', ...listOf(properties.hs_additional_emails)]
  return {
    id,
    properties,
    emails: emails.map((email) => email.trim().toLowerCase()).filter((email) => email !== ''),
    mergedIds: listOf(properties.hs_merged_object_ids),
  }
}

function listOf(value: unknown): string[] {
  return (decode(value) ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
