import { parseJson } from '../../kit/json.ts'
import {
  type Answer,
  brokenGateway,
  type Circumstances,
  codeOf,
  protocolError,
  type Refusal,
  refusalOf,
  refusedWith,
} from '../errors.ts'
import { readBatch } from './batch.ts'
import type { Reply } from './operation.ts'
import type { PlannedRequest } from './requests.ts'
import type { Sent } from './sender.ts'

/** What one operation came to, and whether it is worth sending again within the call. */
export interface Outcome {
  readonly reply: Reply
  readonly again: boolean
}

/** What became of each operation of a request, in their order. */
export function outcomesOf({ operations, isBatch }: PlannedRequest, sent: Sent, circumstances: Circumstances): Outcome[] {
  if (sent.kind !== 'answer' || !isBatch) return operations.map((asked) => outcomeOf(sent, { ...circumstances, asked }))
  const contentType = sent.headers.get('content-type') ?? ''
  if (/^multipart\/mixed\b/i.test(contentType)) {
    const answers = readBatch(contentType, sent.text, operations.length)
    return operations.map((asked, place) => partOutcome(answers[place] ?? null, { ...circumstances, asked }))
  }
  if (sent.status > 299) return operations.map(() => outcomeOf(sent, circumstances))
  return operations.map(() => refused(refusedWith(brokenGateway(circumstances.crm, sent.status)), false))
}

/** Whether a refusal would meet every other operation too. A lacking privilege may be for one table only. */
export function isOrgWide({ error, code }: Refusal): boolean {
  switch (error.code) {
    case 'rate_limited':
    case 'quota_exhausted':
    case 'unauthorized':
      return true
    case 'misconfigured':
      return code === null || code === '0x80072560' || code === '0x8004a104'
    case 'unavailable':
      return code === null
    default:
      return false
  }
}

/**
 * Whether an environment, or what stands before it, does not take `$batch`. A 403 with a code is about the application user, and would be the
 * answer to single requests too.
 */
export function isBatchRefused(sent: Sent): boolean {
  if (sent.kind !== 'answer') return false
  const { status, text } = sent
  if (status === 405 || status === 501) return true
  const code = codeOf(text)
  if (status === 403) return code === null
  return status === 404 && (code === null || code === '0x80060888' || code === '0x8006088a')
}

function outcomeOf(sent: Sent, circumstances: Circumstances): Outcome {
  if (sent.kind === 'unsent') return refused(refusedWith(sent.error), false)
  if (sent.kind !== 'answer') return refused(refusalOf(sent, circumstances), sent.kind === 'network')
  return answerOutcome(sent, circumstances) ?? refused(refusedWith(brokenGateway(circumstances.crm, sent.status)), false)
}

function partOutcome(answer: Answer | null, circumstances: Circumstances): Outcome {
  const outcome = answer && answerOutcome(answer, circumstances)
  if (outcome) return outcome
  const say = 'it answered a batch, but did not say what became of one of its operations. Please report it.'
  return refused(refusedWith(protocolError(circumstances.crm, say, 200)), true)
}

/** Null where a 2xx has no JSON. */
function answerOutcome(answer: Answer, circumstances: Circumstances): Outcome | null {
  const { status, headers, text } = answer
  if (status > 299) {
    const refusal = refusalOf({ kind: 'answer', ...answer }, circumstances)
    const { code, retryAfterMs } = refusal.error
    // A time that it names is for the queue to wait: a worker that sleeps keeps its contact locked.
    return refused(refusal, code === 'unavailable' && retryAfterMs === undefined)
  }
  if (text === '') return { reply: { kind: 'ok', status, body: null, headers }, again: false }
  const body = parseJson(text)
  return body === undefined ? null : { reply: { kind: 'ok', status, body, headers }, again: false }
}

function refused(refusal: Refusal, again: boolean): Outcome {
  return { reply: { kind: 'refused', ...refusal }, again }
}
