import { isBareRefusal } from '../../kit/bare.ts'
import { parseJson } from '../../kit/json.ts'
import {
  type Answer,
  anotherRecord,
  brokenGateway,
  type Circumstances,
  codeOf,
  isOwnError,
  lackingPart,
  type Refusal,
  refusalOf,
  refusedWith,
} from '../errors.ts'
import { readBatch } from './batch.ts'
import { namesAnother } from './named-record.ts'
import type { Reply } from './operation.ts'
import type { PlannedRequest } from './requests.ts'
import type { Sent } from './sender.ts'

/** What one operation came to. */
export interface Outcome {
  readonly reply: Reply
  /** Whether it is worth sending again within the call. `once`: an answer that can't be its own, which a second time is no accident. */
  readonly again: 'no' | 'once' | 'yes'
}

/** What became of each operation of a request, in their order. */
export function outcomesOf({ operations, isBatch }: PlannedRequest, sent: Sent, circumstances: Circumstances): Outcome[] {
  if (sent.kind !== 'answer' || !isBatch) return operations.map((asked) => outcomeOf(sent, { ...circumstances, asked }))
  if (isMultipart(sent.headers)) {
    const answers = readBatch(sent.headers.get('content-type') ?? '', sent.text, operations.length)
    return operations.map((asked, place) => partOutcome(answers[place] ?? null, { ...circumstances, asked }))
  }
  if (sent.status > 299) return operations.map(() => outcomeOf(sent, circumstances))
  return operations.map(() => refused(refusedWith(brokenGateway(circumstances.crm, sent.status)), 'no'))
}

/** Whether a refusal would meet every other operation too. A lacking privilege may be for one table only. */
export function isOrgWide({ error, code }: Refusal): boolean {
  switch (error.code) {
    case 'rate_limited':
    case 'quota_exhausted':
    case 'unauthorized':
      return true
    case 'misconfigured':
      return code === null || code === '0x80072560' || code === '0x80072522' || code === '0x8004a104'
    case 'unavailable':
      return code === null
    default:
      return false
  }
}

/**
 * Whether an environment, or what stands before it, does not take `$batch`, or not this one. A 403 with a code is about the application user, and would be the
 * answer to single requests too.
 */
export function isBatchRefused(sent: Sent): boolean {
  if (sent.kind !== 'answer') return false
  const { status, headers, text } = sent
  if (status === 405 || status === 501) return true
  // What is in a batch is judged in its parts: this is about the batch, and must not be each of its records' fault.
  if (status === 400) return !isMultipart(headers)
  const code = codeOf(text)
  if (status === 403) return code === null
  return status === 404 && (code === null || code === '0x80060888' || code === '0x8006088a')
}

/** Whether a request was refused without a reason. One that is too long says enough. */
export function isBare(sent: Sent): boolean {
  return sent.kind === 'answer' && !isTooLong(sent) && !isMultipart(sent.headers) && isBareRefusal(sent, isOwnError(sent.text))
}

/** Whether a request was more than is taken at once. */
export function isTooLong(sent: Sent): boolean {
  return sent.kind === 'answer' && (sent.status === 413 || sent.status === 414 || sent.status === 431)
}

function isMultipart(headers: Headers): boolean {
  return /^multipart\/mixed\b/i.test(headers.get('content-type') ?? '')
}

function outcomeOf(sent: Sent, circumstances: Circumstances): Outcome {
  if (sent.kind === 'unsent') return refused(refusedWith(sent.error), 'no')
  if (sent.kind !== 'answer') return refused(refusalOf(sent, circumstances), sent.kind === 'network' ? 'yes' : 'no')
  const outcome = answerOutcome(sent, circumstances) ?? refused(refusedWith(brokenGateway(circumstances.crm, sent.status)), 'no')
  const { reply } = outcome
  return reply.kind === 'refused' && isBare(sent) ? { ...outcome, reply: { ...reply, isBare: true } } : outcome
}

function partOutcome(answer: Answer | null, circumstances: Circumstances): Outcome {
  const outcome = answer && answerOutcome(answer, circumstances)
  return outcome ?? refused(refusedWith(lackingPart(circumstances.crm)), 'once')
}

/** Null where a 2xx is none of the API's: it has no JSON, or nothing at all where only 204 says nothing. */
function answerOutcome(answer: Answer, circumstances: Circumstances): Outcome | null {
  const { status, headers, text } = answer
  if (status > 299) {
    const refusal = refusalOf({ kind: 'answer', ...answer }, circumstances)
    const { code, retryAfterMs } = refusal.error
    // A time that it names is for the queue to wait: a worker that sleeps keeps its contact locked.
    return refused(refusal, code === 'unavailable' && retryAfterMs === undefined ? 'yes' : 'no')
  }
  const body = text === '' && status !== 200 ? null : parseJson(text)
  if (body === undefined) return null
  if (namesAnother(circumstances.asked?.path ?? '', headers, body)) {
    return refused(refusedWith(anotherRecord(circumstances.crm, status)), 'once')
  }
  return { reply: { kind: 'ok', status, body, headers }, again: 'no' }
}

function refused(refusal: Refusal, again: Outcome['again']): Outcome {
  return { reply: { kind: 'refused', ...refusal }, again }
}
