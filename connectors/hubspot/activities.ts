import { DeliveryError, type Judged } from '../../src/core/index.ts'
import { judgeRows, type Refused, type Sent } from '../kit/bisect.ts'
import { foundOr, type Made, type Marked, makeOnce } from '../kit/make-once.ts'
import { BodyProperty, findMarked } from './activity-lookup.ts'
import { batchAnswerOf } from './batch-answer.ts'
import { doubtOf } from './doubt.ts'
import { protocolError, type Refusal, rowRefusalOf, sentence } from './errors.ts'
import type { ActivityKind } from './paths.ts'
import { BatchSize, type ReadContext } from './read.ts'
import { type ContactRow, decode } from './wire.ts'

/** A task or note; its marker stands in its body, and nowhere else. */
export interface Activity extends Marked {
  readonly contactId: string
  readonly properties: Readonly<Record<string, string>>
}

/** HubSpot's own kinds of association, from the activity to the contact. */
const ToContact: Readonly<Record<ActivityKind, number>> = { tasks: 204, notes: 202 }

/**
 * Makes those that are not there yet. HubSpot makes a second one of whatever is sent twice, so a marker in the body is looked for before
 * anything is sent, and again when no answer said what became of it.
 */
export async function createActivities(
  kind: ActivityKind,
  activities: readonly Activity[],
  context: ReadContext,
): Promise<Judged<Made>[]> {
  const batches = {
    send: (part: readonly Activity[]) => send(kind, part, context),
    doubt: doubtOf<Activity>(context.api.paths.activities[kind].create, context),
    names: ({ properties }: Activity, fields: readonly string[]) => fields.some((field) => field in properties),
    exhausted: () =>
      new DeliveryError(
        'unavailable',
        sentence(context.circumstances().crm, `it refused too many ${kind} at once. The rest is sent later.`),
      ),
  }
  return makeOnce(activities, {
    batchSize: BatchSize,
    find: (some) => lookUp(kind, some, context),
    make: (rows) => judgeRows<Activity, Made>(rows, batches, context.effort),
    unjudged: () => unjudged(kind, context),
  })
}

async function send(kind: ActivityKind, rows: readonly Activity[], context: ReadContext): Promise<Sent<Activity, Made>> {
  const { api, signal } = context
  const reply = await api.create(
    api.paths.activities[kind].create,
    { inputs: rows.map((row, index) => inputOf(kind, row, index)) },
    signal,
  )
  const batch = batchAnswerOf(reply, context.circumstances().crm, `making ${kind}`)
  if (batch.kind === 'refused') return mayHaveHappened(batch) ? afterSilence(kind, rows, batch, context) : batch
  const judged = new Map<Activity, Judged<Made>>()
  const unnamed: Refusal[] = []
  for (const result of batch.answer.results) {
    const row = rowOf(kind, result, rows)
    if (row) judged.set(row, { id: result.id, isNew: true })
  }
  for (const error of batch.answer.errors) {
    const refusal = rowRefusalOf(error, context.circumstances())
    const named = rows.filter((_, index) => error.context.objectWriteTraceId?.includes(traceOf(index)))
    for (const row of named) if (!judged.has(row)) judged.set(row, refusal.error)
    if (named.length === 0) unnamed.push(refusal)
  }
  return withSilent(kind, rows, judged, unnamed, context)
}

/** Rows that the answer says nothing of: perhaps they were made. */
async function withSilent(
  kind: ActivityKind,
  rows: readonly Activity[],
  judged: Map<Activity, Judged<Made>>,
  unnamed: readonly Refusal[],
  context: ReadContext,
): Promise<Sent<Activity, Made>> {
  const silent = rows.filter((row) => !judged.has(row))
  if (silent.length === 0) return { kind: 'answered', judged, undecided: [] }
  const found = await lookUp(kind, silent, context)
  const undecided: Activity[] = []
  for (const row of silent) {
    const id = found instanceof DeliveryError ? undefined : found.get(row.marker)
    if (id !== undefined) judged.set(row, { id, isNew: true })
    else if (found instanceof DeliveryError) judged.set(row, found)
    else if (unnamed[0] && rows.length > 1) undecided.push(row)
    else judged.set(row, unnamed[0]?.error ?? unjudged(kind, context))
  }
  return { kind: 'answered', judged, undecided }
}

async function afterSilence(
  kind: ActivityKind,
  rows: readonly Activity[],
  refusal: Refused,
  context: ReadContext,
): Promise<Sent<Activity, Made>> {
  const found = context.signal.aborted ? refusal.error : await lookUp(kind, rows, context)
  if (found instanceof DeliveryError) return { kind: 'refused', error: refusal.error, reach: 'org' }
  // A gateway that gave up waiting may still have it carried out: only where HubSpot itself broke is the rest worth another try now.
  if (refusal.isBare && refusal.error.status === 500 && found.size === 0) return refusal
  return { kind: 'answered', judged: foundOr(rows, found, refusal.error), undecided: [] }
}

async function lookUp(
  kind: ActivityKind,
  rows: readonly Activity[],
  context: ReadContext,
): Promise<Map<string, string> | DeliveryError> {
  try {
    const contactIds = rows.map(({ contactId }) => contactId)
    const markers = rows.map(({ marker }) => marker)
    return await findMarked(kind, contactIds, [...new Set(markers)], context)
  } catch (error) {
    if (error instanceof DeliveryError) return error
    throw error
  }
}

// A limit, a lock and a move to another data centre are said before anything is done. Everything else that is not a refusal is silence.
function mayHaveHappened({ error }: Refusal): boolean {
  if (error.code === 'protocol') return error.status !== undefined && error.status < 300
  return error.code === 'unavailable' && error.status !== 423 && error.status !== 477
}

function inputOf(kind: ActivityKind, { contactId, properties }: Activity, index: number): object {
  const types = [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: ToContact[kind] }]
  return { objectWriteTraceId: traceOf(index), properties, associations: [{ to: { id: contactId }, types }] }
}

function traceOf(index: number): string {
  return `row-${index}`
}

function rowOf(kind: ActivityKind, result: ContactRow, rows: readonly Activity[]): Activity | undefined {
  if (result.objectWriteTraceId !== undefined) return rows.find((_, index) => traceOf(index) === result.objectWriteTraceId)
  const body = decode(result.properties[BodyProperty[kind]]) ?? ''
  return rows.find(({ marker }) => body.includes(marker))
}

function unjudged(kind: ActivityKind, context: ReadContext): DeliveryError {
  const { crm } = context.circumstances()
  return protocolError(crm, `it said yes to a batch of ${kind} but did not say what became of this one. Please report it.`)
}
