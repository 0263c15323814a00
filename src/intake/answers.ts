import type { FastifyReply } from 'fastify'

export const OtherBody = 'This Idempotency-Key came before with another body. Use a new key for something new.'

/** Of every answer, whatever it says. */
export const AnswerHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** Every answer that is no success: one sentence for a person, nothing that it could be told from. */
interface Refusal {
  readonly error: string
}

/** The one answer for whatever is not there. A wrong token gets it too, so that nobody learns which URLs exist. */
export function notFound(reply: FastifyReply): FastifyReply {
  return refuse(reply, 404, 'There is nothing here.')
}

export function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  return secured(reply)
    .code(status)
    .send({ error } satisfies Refusal)
}

export function secured(reply: FastifyReply): FastifyReply {
  return reply.headers(AnswerHeaders)
}
