import { DeliveryError, type Judged } from '../../../src/core/index.ts'
import { type Sent as Batched, type Effort, judgeRows } from '../../kit/bisect.ts'
import { foundOr, type Made, makeOnce } from '../../kit/make-once.ts'
import { isOrgWide } from '../../kit/passing.ts'
import { protocolError, type RowRefusal, rowRefusalOf, sentence } from '../errors.ts'
import { answersFor } from '../requests/collection-answer.ts'
import { doubtOf } from '../requests/doubt.ts'
import { BatchSize } from '../write/plan.ts'
import { untilUnlocked } from '../write/row-locks.ts'
import { isTriggers, type Strikes, worthFewer } from '../write/triggers.ts'
import { type Activity, type ActivityContext, changedFields, findActivities, idFieldOf } from './activity-lookup.ts'

// An owner who left, was never there, or may not own tasks. `INVALID_CROSS_REFERENCE_KEY` names no field, so it may be the owner's or the
// person's id: a task that was refused for it is tried without owner first.
const OwnerCodes = new Set([
  'INACTIVE_OWNER_OR_USER',
  'INVALID_OWNER',
  'OP_WITH_INVALID_USER_TYPE_EXCEPTION',
  'INVALID_CROSS_REFERENCE_KEY',
])

// Of batches that have to be taken apart; beyond that the rest waits for the next time.
const RefusalsPerCall = 60

/**
 * Makes those that are not there yet. Not by upsert: between the look-up and the write somebody may have changed the task, and an upsert
 * would put it back. A create whose marker is taken in a unique field is refused, and the task that has it is the one asked for.
 */
export function createActivities(activities: readonly Activity[], context: ActivityContext): Promise<Judged<Made>[]> {
  const strikes: Strikes = { aloneInARow: 0 }
  const effort: Effort = { left: RefusalsPerCall + Math.ceil(activities.length / BatchSize), stopped: null }
  const batches = {
    send: (rows: readonly Activity[]) => sendInRounds(rows, strikes, effort, context),
    names: () => false,
    exhausted: () =>
      new DeliveryError('unavailable', sentence(context.crm, 'it refused too many tasks at once. The rest is sent later.')),
  }
  const doubted = { method: 'POST', path: context.api.paths.rows } as const
  return makeOnce(activities, {
    batchSize: BatchSize,
    find: (some) => findActivities(some, context),
    make: (rows) => judgeRows<Activity, Made>(rows, { ...batches, doubt: doubtOf(doubted, context) }, effort),
    unjudged: () => protocolError(context.crm, 'it did not say what became of a task. Please report it.'),
  })
}

/** Sends rows, and in the same call those again that were locked. Undecided are those of which fewer at a time may pass the org's triggers. */
async function sendInRounds(
  rows: readonly Activity[],
  strikes: Strikes,
  effort: Effort,
  context: ActivityContext,
): Promise<Batched<Activity, Made>> {
  const judged = new Map<Activity, Judged<Made>>()
  const struck = new Set<Activity>()
  let bare: DeliveryError | null = null
  await untilUnlocked(rows, context.signal, async (part) => {
    const sent = await send(part, context)
    for (const [row, made] of sent.judged) judged.set(row, made)
    for (const row of part) struck.delete(row)
    for (const row of sent.struck) struck.add(row)
    bare = sent.bare
    effort.stopped ??= sent.stopped
    return sent.locked
  })
  if (bare !== null) return { kind: 'refused', error: bare, reach: 'row', isBare: true }
  const taken = [...judged.values()].filter((made) => !(made instanceof DeliveryError)).length
  return { kind: 'answered', judged, undecided: worthFewer(struck, { sent: rows.length, taken }, strikes) }
}

interface Sent {
  /** The refusal of all of them, where it gives no reason and nothing was done. */
  readonly bare: DeliveryError | null
  readonly judged: Map<Activity, Judged<Made>>
  /** Among the judged ones, those that may be sent again in a moment. */
  readonly locked: readonly Activity[]
  /** Among the judged ones, those that the org's own triggers refused. */
  readonly struck: readonly Activity[]
  readonly stopped: DeliveryError | null
}

async function send(rows: readonly Activity[], context: ActivityContext): Promise<Sent> {
  const { api, crm, signal } = context
  const field = idFieldOf(context)
  const records = rows.map(({ whoId, marker, fields }) => ({
    attributes: { type: 'Task' },
    WhoId: whoId,
    ...fields,
    ...(field ? { [field]: marker } : {}),
  }))
  const reply = await api.create('POST', api.paths.rows, { allOrNone: false, records }, signal)
  if (reply.kind === 'refused') {
    const error = changedFields(reply, context)[0] ?? reply.error
    const isLocked = reply.statusCode === 'UNABLE_TO_LOCK_ROW'
    const judged = await (mayHaveHappened(error) ? afterSilence(rows, error, context) : foundOr(rows, new Map(), error))
    // A gateway that gave up waiting may still have it carried out: only where Salesforce itself broke is the rest worth another try now.
    const isDone = [...judged.values()].some((made) => !(made instanceof DeliveryError))
    const isBare = reply.isBare === true && (!mayHaveHappened(error) || (error.status === 500 && !isDone))
    if (isBare) return { bare: error, judged, locked: [], struck: [], stopped: null }
    return { bare: null, judged, locked: isLocked ? rows : [], struck: [], stopped: isOrgWide(error) ? error : null }
  }
  const answer = answersFor(rows, reply.body)
  const judged = new Map<Activity, Judged<Made>>()
  const locked: Activity[] = []
  const struck: Activity[] = []
  const taken = new Map<Activity, DeliveryError>()
  for (const [index, row] of rows.entries()) {
    const result = answer[index]
    if (result?.success && result.id !== null) judged.set(row, { id: result.id, isNew: true })
    if (!result || result.success) continue
    const refusal = rowRefusalOf(result.errors, crm)
    if (refusal.statusCode === 'DUPLICATE_VALUE') taken.set(row, refusal.error)
    else judged.set(row, refusedFor(row, refusal, context))
    if (refusal.statusCode === 'UNABLE_TO_LOCK_ROW') locked.push(row)
    if (isTriggers(refusal)) struck.push(row)
  }
  for (const [row, made] of await unclear(rows, judged, taken, context)) judged.set(row, made)
  return { bare: null, judged, locked, struck, stopped: null }
}

/** Rows whose marker somebody else has written since the look-up, and rows that the answer says nothing of. */
async function unclear(
  rows: readonly Activity[],
  judged: ReadonlyMap<Activity, Judged<Made>>,
  taken: ReadonlyMap<Activity, DeliveryError>,
  context: ActivityContext,
): Promise<Map<Activity, Judged<Made>>> {
  const settled = new Map<Activity, Judged<Made>>()
  const open = rows.filter((row) => !judged.has(row))
  if (open.length === 0) return settled
  const found = await findActivities(open, context)
  for (const row of open) {
    const refusal = taken.get(row)
    const id = found instanceof DeliveryError ? undefined : found.get(row.marker)
    if (id !== undefined) settled.set(row, { id, isNew: refusal === undefined })
    else settled.set(row, found instanceof DeliveryError ? found : (refusal ?? unanswered(context)))
  }
  return settled
}

async function afterSilence(rows: readonly Activity[], silence: DeliveryError, context: ActivityContext) {
  const found = context.signal.aborted ? silence : await findActivities(rows, context)
  return found instanceof DeliveryError ? foundOr(rows, new Map(), silence) : foundOr(rows, found, silence)
}

// 503 comes from the edge, before anything is done; but so does a 502 after everything was, and nobody can tell them apart.
function mayHaveHappened({ code, status }: DeliveryError): boolean {
  return code === 'unavailable' || (code === 'protocol' && status !== undefined && status < 300)
}

function refusedFor(row: Activity, refusal: RowRefusal, context: ActivityContext): DeliveryError {
  const { error, statusCode, fields } = refusal
  const isOwners = statusCode !== null && OwnerCodes.has(statusCode)
  if ('OwnerId' in row.fields && (isOwners || fields.includes('OwnerId'))) {
    const say = 'it does not take the owner of a task. Correct the owner, or give the user a licence that may own tasks.'
    return new DeliveryError('invalid', sentence(context.crm, say), { fields: ['OwnerId'] })
  }
  return changedFields(refusal, context)[0] ?? error
}

function unanswered({ crm }: ActivityContext): DeliveryError {
  return new DeliveryError('unavailable', sentence(crm, 'it did not say what became of a task. It is asked again.'))
}
