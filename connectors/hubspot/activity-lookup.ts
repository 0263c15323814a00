import { DeliveryError, type Judged } from '../../src/core/index.ts'
import { judgeRows, type Sent } from '../kit/bisect.ts'
import { markersIn } from '../kit/marks.ts'
import { batchAnswerOf } from './batch-answer.ts'
import { protocolError, rowRefusalOf, sentence } from './errors.ts'
import type { ActivityKind } from './paths.ts'
import { BatchSize, type ReadContext } from './read.ts'
import { AssociationsAnswer, decode } from './wire.ts'

export const BodyProperty: Readonly<Record<ActivityKind, string>> = { tasks: 'hs_task_body', notes: 'hs_note_body' }

/** HubSpot's limit for reading associations. https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide */
export const AssociationBatchSize = 1_000

export type Properties = Readonly<Record<string, unknown>>

/**
 * Which of these markers stand in the tasks or notes of these contacts: marker → id. Through associations and bodies, never through search,
 * which lags behind writes. Rejects when HubSpot can't say: then nothing may be made.
 */
export async function findMarked(
  kind: ActivityKind,
  contactIds: readonly string[],
  markers: readonly string[],
  context: ReadContext,
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  if (markers.length === 0) return found
  const wanted = new Set(markers)
  const ids = await activitiesOf(kind, contactIds, context)
  const body = BodyProperty[kind]
  // Newest first: what is looked for was made a moment ago, and a busy contact has hundreds.
  const newestFirst = ids.sort((a, b) => b.length - a.length || (a < b ? 1 : -1))
  for (let from = 0; from < newestFirst.length && found.size < wanted.size; from += BatchSize) {
    const read = await readActivities(kind, newestFirst.slice(from, from + BatchSize), [body], context)
    for (const [id, properties] of read) {
      if (properties instanceof DeliveryError) throw properties
      for (const marker of markersIn(decode(properties?.[body]) ?? '')) if (wanted.has(marker)) found.set(marker, id)
    }
  }
  return found
}

/** Reads tasks or notes by id, `null` for those that are not there. */
export async function readActivities(
  kind: ActivityKind,
  ids: readonly string[],
  properties: readonly string[],
  context: ReadContext,
): Promise<Map<string, Judged<Properties | null>>> {
  const { crm } = context.circumstances()
  const read = new Map<string, Judged<Properties | null>>()

  async function send(part: readonly string[]): Promise<Sent<string, Properties | null>> {
    const body = { inputs: part.map((id) => ({ id })), properties, propertiesWithHistory: [] }
    const reply = await context.api.post(context.api.paths.activities[kind].read, body, context.signal)
    const isGone = reply.kind === 'refused' && part.length === 1 && reply.error.status === 404 && reply.reach === 'row'
    if (isGone) return { kind: 'answered', judged: new Map(part.map((id) => [id, null])), undecided: [] }
    const batch = batchAnswerOf(reply, crm, 'a look-up')
    if (batch.kind === 'refused') return batch
    const judged = new Map<string, Judged<Properties | null>>(batch.answer.results.map((row) => [row.id, row.properties]))
    const refusal = batch.answer.errors.find(({ category }) => category !== 'OBJECT_NOT_FOUND')
    const absent = refusal ? rowRefusalOf(refusal, context.circumstances()).error : null
    for (const id of part) if (!judged.has(id)) judged.set(id, absent)
    return { kind: 'answered', judged, undecided: [] }
  }

  const distinct = [...new Set(ids)]
  for (let from = 0; from < distinct.length; from += BatchSize) {
    const batches = { send, names: () => false, exhausted: () => tooMany(crm) }
    const part = await judgeRows<string, Properties | null>(distinct.slice(from, from + BatchSize), batches, context.effort)
    for (const [id, judged] of part) read.set(id, judged)
  }
  return read
}

async function activitiesOf(kind: ActivityKind, contactIds: readonly string[], context: ReadContext): Promise<string[]> {
  const { crm } = context.circumstances()
  const ids = new Set<string>()
  // One that was merged away answers under the survivor's id. Whose an activity is does not matter: the marker tells.
  let inputs: readonly { readonly id: string; readonly after?: string }[] = [...new Set(contactIds)].map((id) => ({ id }))
  while (inputs.length > 0) {
    if (context.effort.stopped) throw context.effort.stopped
    if (context.effort.left <= 0) throw tooMany(crm)
    context.effort.left -= 1
    const now = inputs.slice(0, AssociationBatchSize)
    const reply = await context.api.post(context.api.paths.activities[kind].ofContacts, { inputs: now }, context.signal)
    if (reply.kind === 'refused') throw reply.error
    const answer = AssociationsAnswer.safeParse(reply.body).data
    if (!answer) throw protocolError(crm, 'its list of associations could not be read. Please report it.', reply.status)
    const refusal = answer.errors.find(({ category }) => category !== 'OBJECT_NOT_FOUND')
    if (refusal) throw rowRefusalOf(refusal, context.circumstances()).error
    for (const { to } of answer.results) for (const { toObjectId } of to) ids.add(toObjectId)
    const more = answer.results.flatMap(({ from, paging }) => (paging ? [{ id: from.id, after: paging.next.after }] : []))
    inputs = [...inputs.slice(AssociationBatchSize), ...more]
  }
  return [...ids]
}

function tooMany(crm: string): DeliveryError {
  return new DeliveryError('unavailable', sentence(crm, 'a look-up took too many requests. The rest is looked up later.'))
}
