import type { DeliveryError, Judged } from '../../src/core/index.ts'
import { type Doubt, halves } from './doubt.ts'

/**
 * Whom a refusal concerns. `row`: perhaps only one row of the batch, so the others are worth sending again. `field`: every row that sends
 * the named fields. `request`: every row of that kind of request. `org`: whatever is sent there now.
 */
export type Reach = 'row' | 'field' | 'request' | 'org'

/** Why a whole request was not done. */
export interface Refused {
  readonly kind: 'refused'
  readonly error: DeliveryError
  readonly reach: Reach
  /** It gives no reason, so its reach is a guess: what is in one row may be what it is about. */
  readonly isBare?: boolean
}

/** What one request did to its rows. Rows in neither list were not answered in a way that tells them apart. */
export type Sent<R, O> =
  | { readonly kind: 'answered'; readonly judged: ReadonlyMap<R, Judged<O>>; readonly undecided: readonly R[] }
  | Refused

/** How many requests one call may still make, and what made it stop. Shared by all batches of a call. */
export interface Effort {
  left: number
  /** Set by the first refusal that would meet every further request too. */
  stopped: DeliveryError | null
}

export interface Batches<R, O> {
  /** `once`: a batch is being taken apart, so that a refusal is an answer, and no reason to try again at once. */
  send(rows: readonly R[], tries: 'again' | 'once'): Promise<Sent<R, O>>
  /** Whether a row sends one of these fields. */
  names(row: R, fields: readonly string[]): boolean
  /** For rows that were not reached before the effort was spent. */
  exhausted(): DeliveryError
  /** Looks into bare refusals; absent where their reach is believed. */
  readonly doubt?: Doubt<R>
}

/**
 * Judges every row. A CRM may refuse a whole batch for one row and name only the first bad one, or none: such a batch is halved until
 * that row is alone, so that the other 99 are not refused with it. https://github.com/airbytehq/airbyte/pull/76340
 */
export async function judgeRows<R, O>(rows: readonly R[], batches: Batches<R, O>, effort: Effort): Promise<Map<R, Judged<O>>> {
  const judged = new Map<R, Judged<O>>()
  const waiting: (readonly R[])[] = [rows]
  let tries: 'again' | 'once' = 'again'
  for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
    if (batch.length === 0) continue
    const early = effort.stopped ?? (effort.left <= 0 ? batches.exhausted() : null)
    if (early) {
      settle(judged, batch, early)
      continue
    }
    effort.left -= 1
    const sent = await batches.send(batch, tries)
    if (sent.kind === 'answered') waiting.unshift(...takeAnswers(judged, sent, batches))
    else if (sent.isBare && batches.doubt) {
      tries = 'once'
      waiting.unshift(...(await takeBare(judged, batch, sent, batches.doubt, effort)))
    } else waiting.unshift(...takeRefusal(judged, batch, sent, batches, effort))
  }
  for (const [row, error] of batches.doubt?.verdicts() ?? []) judged.set(row, error)
  return judged
}

function takeAnswers<R, O>(
  judged: Map<R, Judged<O>>,
  sent: Extract<Sent<R, O>, { kind: 'answered' }>,
  { doubt }: Batches<R, O>,
): (readonly R[])[] {
  for (const [row, outcome] of sent.judged) {
    judged.set(row, outcome)
    if (!(outcome instanceof Error)) doubt?.took()
  }
  return halves(sent.undecided)
}

async function takeBare<R, O>(
  judged: Map<R, Judged<O>>,
  batch: readonly R[],
  { error }: Refused,
  doubt: Doubt<R>,
  effort: Effort,
): Promise<readonly (readonly R[])[]> {
  const considered = await doubt.consider(batch, error)
  if (considered.kind === 'apart') return considered.parts
  if (considered.kind === 'everybody') effort.stopped = considered.error
  settle(judged, batch, effort.stopped ?? error)
  return []
}

function takeRefusal<R, O>(
  judged: Map<R, Judged<O>>,
  batch: readonly R[],
  refusal: Refused,
  batches: Batches<R, O>,
  effort: Effort,
): (readonly R[])[] {
  const { error, reach } = refusal
  if (reach === 'org') effort.stopped = error
  if (reach === 'field') {
    const named = batch.filter((row) => batches.names(row, error.fields))
    if (named.length > 0) {
      settle(judged, named, error)
      return [batch.filter((row) => !named.includes(row))]
    }
  }
  if (batch.length > 1 && (reach === 'row' || reach === 'field')) return halves(batch)
  settle(judged, batch, error)
  return []
}

function settle<R, O>(judged: Map<R, Judged<O>>, rows: readonly R[], error: DeliveryError): void {
  for (const row of rows) judged.set(row, error)
}
