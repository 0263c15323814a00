import { DeliveryError } from '../../../src/core/index.ts'
import { judgeRows, type Sent } from '../../kit/bisect.ts'
import { createDoubt, metByProbe, type Suspicion } from '../../kit/doubt.ts'
import { refusedWith, sentence } from '../errors.ts'
import type { Operation, Reply } from './operation.ts'
import { isOrgWide, type Outcome } from './outcomes.ts'

export interface ApartContext {
  readonly crm: string
  readonly suspicion: Suspicion
  /** Most operations in one request. */
  readonly batchSize: number
  /** What one of the harmless operations came to. */
  readonly probe: Reply
  /** Sends all of them in one request, once. */
  send(operations: readonly Operation[]): Promise<Outcome[]>
}

// Of one call; what is left then is sent later.
const RequestsPerCall = 60

/** No record has this id, and `If-Match` makes none: it goes the way of every other write, and changes nothing. */
export const Harmless: Operation = {
  method: 'PATCH',
  path: 'leads(00000000-0000-0000-0000-000000000000)',
  headers: { 'If-Match': '*' },
  body: {},
}

/** Takes operations apart that were refused together and without a reason, until the one that it is about is alone. */
export async function takeApart(
  operations: readonly Operation[],
  refusal: DeliveryError,
  context: ApartContext,
): Promise<Map<Operation, Reply>> {
  const { crm, suspicion, probe } = context
  let isKnown = operations.length <= context.batchSize
  async function send(part: readonly Operation[]): Promise<Sent<Operation, Reply>> {
    if (part.length > context.batchSize) return { kind: 'answered', judged: new Map(), undecided: part }
    if (isKnown) {
      isKnown = false
      return { kind: 'refused', error: refusal, reach: 'org', isBare: true }
    }
    return sentOf(part, await context.send(part))
  }
  const batches = {
    send,
    names: () => false,
    exhausted: () =>
      new DeliveryError('unavailable', sentence(crm, 'it refused too many operations of one batch. The rest is sent later.')),
    doubt: createDoubt<Operation>({
      suspicion,
      probe: async () => metByProbe(probe),
      sentence: (say) => sentence(crm, say),
    }),
  }
  const judged = await judgeRows<Operation, Reply>(operations, batches, { left: RequestsPerCall, stopped: null })
  return new Map(
    [...judged].map(([one, reply]) => [one, reply instanceof DeliveryError ? { kind: 'refused', ...refusedWith(reply) } : reply]),
  )
}

function sentOf(part: readonly Operation[], outcomes: readonly Outcome[]): Sent<Operation, Reply> {
  const [first] = outcomes
  const isWhole = outcomes.every(({ reply }) => reply === first?.reply || (reply.kind === 'refused' && reply.isBare))
  if (first?.reply.kind === 'refused' && isWhole) {
    const { error, isBare } = first.reply
    if (isBare || (isOrgWide(first.reply) && part.length > 1))
      return { kind: 'refused', error, reach: 'org', isBare: isBare === true }
  }
  const replies = part.flatMap((one, place): [Operation, Reply][] => {
    const outcome = outcomes[place]
    return outcome ? [[one, outcome.reply]] : []
  })
  return { kind: 'answered', judged: new Map(replies), undecided: [] }
}
