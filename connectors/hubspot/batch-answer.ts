import { DeliveryError } from '../../src/core/index.ts'
import type { Sent } from '../kit/bisect.ts'
import type { Reply } from './api.ts'
import { protocolError, sentence } from './errors.ts'
import { BatchAnswer } from './wire.ts'

type Refused = Extract<Sent<never, never>, { kind: 'refused' }>

/** The finished batch that a reply holds, or why there is none. `what` is the call as a sentence names it, e.g. `a look-up`. */
export function batchAnswerOf(reply: Reply, crm: string, what: string): { kind: 'batch'; answer: BatchAnswer } | Refused {
  if (reply.kind === 'refused') return reply
  const answer = BatchAnswer.safeParse(reply.body).data
  if (!answer)
    return {
      kind: 'refused',
      error: protocolError(crm, `its answer to ${what} could not be read.`, reply.status),
      reach: 'request',
    }
  if (answer.status === undefined || answer.status === 'COMPLETE') return { kind: 'batch', answer }
  const error = new DeliveryError('unavailable', sentence(crm, `it has not finished ${what}. It is tried again.`), {
    status: reply.status,
  })
  return { kind: 'refused', error, reach: 'request' }
}
