import type { ApiAnswer } from '../exchange.ts'
import { instant, invalid, json, type Problem, Refusal } from './answers.ts'
import type { ObjectKind } from './object-kinds.ts'
import type { Portal } from './portal.ts'
import { type RecordView, viewRecord } from './views.ts'
import { commit, type Judged, planWrites, refuseEmailConflicts, type WriteInput } from './write-plan.ts'

/** https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide: 100 inputs per batch. */
const batchCap = 100

export interface BatchWrite extends WriteInput {
  readonly trace: string | null
}

export interface BatchRow {
  readonly status: 'error'
  readonly category: string
  readonly message: string
  readonly context: Readonly<Record<string, readonly string[]>>
}

export interface BatchStyle {
  readonly okStatus: 200 | 201
  /** Only an upsert says whether a result is new. */
  readonly tellsNew: boolean
  /** Properties that results carry beside those that were sent. */
  readonly alsoShown: readonly string[]
}

interface BatchResult extends RecordView {
  readonly new?: boolean
  readonly objectWriteTraceId?: string
}

export function refuseTooMany(inputs: readonly unknown[]): void {
  if (inputs.length <= batchCap) return
  throw invalid(`The maximum number of inputs supported in a batch request is ${batchCap}. ${inputs.length} were sent.`)
}

/** Two inputs for one id fail the whole batch, trace ids or not. Compares as HubSpot does: addresses without case. */
export function refuseDuplicates(
  inputs: readonly { readonly id: string; readonly idProperty?: string | null | undefined }[],
): void {
  const seen = new Set<string>()
  const doubled = new Set<string>()
  for (const { id, idProperty } of inputs) {
    const shown = idProperty === 'email' ? id.trim().toLowerCase() : id
    const key = `${idProperty ?? ''}\n${shown}`
    if (seen.has(key)) doubled.add(shown)
    seen.add(key)
  }
  if (doubled.size === 0) return
  const ids = [...doubled]
  throw invalid(`Duplicate IDs found in batch input: [${ids.join(', ')}]. IDs must be unique`, { context: { ids } })
}

/**
 * Writes a batch. With a unique trace id on every input, bad rows are reported beside the good ones (207); without, the first
 * bad row refuses all of them. `missing` are rows for ids that don't exist: those are always reported, never refused.
 */
export function writeBatch(
  portal: Portal,
  kind: ObjectKind,
  inputs: readonly BatchWrite[],
  style: BatchStyle,
  enforceRules: boolean,
  missing: readonly string[] = [],
): ApiAnswer {
  const startedAt = portal.now()
  const judged = planWrites(portal, kind, inputs, enforceRules)
  const rows = refusedRows(inputs, judged)
  const plans = judged.flatMap((one) => ('plan' in one ? [one.plan] : []))
  refuseEmailConflicts(portal, plans)

  const results: BatchResult[] = []
  for (const [index, one] of judged.entries()) {
    const input = inputs[index]
    if (!('plan' in one) || input === undefined) continue
    const record = commit(portal, kind, one.plan)
    const view = viewRecord(portal, record, [...Object.keys(input.properties), ...style.alsoShown])
    results.push({
      ...view,
      ...(style.tellsNew ? { new: input.target === null } : {}),
      ...(input.trace === null ? {} : { objectWriteTraceId: input.trace }),
    })
  }
  return batchAnswer(portal, style.okStatus, startedAt, results, [...rows, ...missingRow(kind, missing)])
}

export function batchAnswer(
  portal: Portal,
  okStatus: number,
  startedAt: number,
  results: readonly RecordView[],
  errors: readonly BatchRow[],
): ApiAnswer {
  const times = { requestedAt: instant(startedAt), startedAt: instant(startedAt), completedAt: instant(portal.now()) }
  const body = { status: 'COMPLETE', ...times, results: portal.shuffle(results) }
  if (errors.length === 0) return json(okStatus, body)
  return json(207, { ...body, numErrors: errors.length, errors })
}

/** One row names all ids that don't exist; it carries no trace id. */
export function missingRow(kind: ObjectKind, ids: readonly string[]): BatchRow[] {
  if (ids.length === 0) return []
  const message = `Could not get some ${kind.label} objects, they may be deleted or not exist. Check that ids are valid.`
  return [{ status: 'error', category: 'OBJECT_NOT_FOUND', message, context: { ids } }]
}

function refusedRows(inputs: readonly BatchWrite[], judged: readonly Judged[]): BatchRow[] {
  const traces = inputs.map((input) => input.trace)
  const isTraced = traces.every((trace) => trace !== null && trace !== '') && new Set(traces).size === traces.length
  const rows: BatchRow[] = []
  for (const [index, one] of judged.entries()) {
    if (!('problem' in one)) continue
    if (!isTraced) throw new Refusal(one.problem)
    rows.push(toRow(one.problem, traces[index] ?? ''))
  }
  return rows
}

function toRow(problem: Problem, trace: string): BatchRow {
  const context = { ...problem.context, objectWriteTraceId: [trace] }
  return { status: 'error', category: problem.category ?? 'VALIDATION_ERROR', message: problem.message, context }
}
