import * as z from 'zod'
import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import type { Instance } from './instance.ts'

const Times = z.strictObject({ times: z.int().min(1).nullish() })
const LeadInput = z.strictObject({ leadId: z.string() })
const QualifyInput = z.strictObject({ leadId: z.string(), contactId: z.string().nullish() })
const DisqualifyInput = z.strictObject({ leadId: z.string(), statusCode: z.int().nullish() })
const MergeInput = z.strictObject({ object: z.enum(['lead', 'contact', 'account']), masterId: z.string(), loserId: z.string() })
const UserInput = z.strictObject({ userId: z.string(), disabled: z.boolean().default(true) })
const RowFaults = z.array(
  z.strictObject({
    object: z.enum(['lead', 'contact', 'account', 'task', 'note']),
    times: z.int().min(1).default(1),
    status: z.int().min(400).max(599).default(400),
    code: z.string(),
    message: z.string().default('The sandbox was told to refuse this row.'),
    where: z.record(z.string(), z.unknown()).default({}),
    commit: z.boolean().default(false),
  }),
)

/**
 * What people do in Dynamics and what happens to their environment: sales qualifies, disqualifies, reopens and merges; an admin
 * disables a user, an index gets ready, tokens expire, rows fail. 400 says why it can't be done; null: no such endpoint.
 */
export function answerControl({ org, access }: Instance, request: ApiRequest): ApiAnswer | null {
  switch (`${request.method} ${request.path}`) {
    case 'POST /_sandbox/qualify':
      return read(request, QualifyInput, ({ leadId, contactId }) => org.qualify(leadId, contactId ?? null))
    case 'POST /_sandbox/disqualify':
      return read(request, DisqualifyInput, ({ leadId, statusCode }) => org.disqualify(leadId, statusCode ?? undefined))
    case 'POST /_sandbox/reopen':
      return read(request, LeadInput, ({ leadId }) => org.reopen(leadId))
    case 'POST /_sandbox/merge':
      return read(request, MergeInput, ({ object, masterId, loserId }) => org.merge(`${object}s`, masterId, loserId))
    case 'POST /_sandbox/disable-user':
      return read(request, UserInput, ({ userId, disabled }) => org.setUserDisabled(userId, disabled))
    case 'POST /_sandbox/activate-keys':
      return answer({ active: org.activateKeys() })
    case 'POST /_sandbox/row-faults':
      return read(request, RowFaults, (faults) => ({
        armed: org.armRowFaults(
          faults.map(({ object, ...fault }) => ({ ...fault, table: object === 'note' ? 'annotation' : object })),
        ),
      }))
    case 'POST /_sandbox/expire-tokens':
      return read(request, Times, ({ times }) => ({ expired: access.expire(times ?? null) }))
    case 'POST /_sandbox/accept-tokens':
      access.acceptAll()
      return answer({ status: 'accepted' })
    default:
      return null
  }
}

function read<T>(request: ApiRequest, schema: z.ZodType<T>, act: (input: T) => object): ApiAnswer {
  const input = schema.safeParse(parseJson(request.body))
  return answer(input.success ? act(input.data) : { error: z.prettifyError(input.error) })
}

function answer(done: object): ApiAnswer {
  const status = 'error' in done ? 400 : 200
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body: JSON.stringify(done) }
}

/** No body is an empty one. */
function parseJson(text: string): unknown {
  if (text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
