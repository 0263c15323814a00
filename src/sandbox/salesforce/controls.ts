import * as z from 'zod'
import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { json } from './answers.ts'
import type { Instance } from './instance.ts'

const ConvertInput = z.strictObject({ leadId: z.string(), contactId: z.string().nullish() })
const MergeInput = z.strictObject({ object: z.string(), masterId: z.string(), loserId: z.string() })
const PurgeInput = z.strictObject({ object: z.string(), id: z.string() })
const UserInput = z.strictObject({ userId: z.string(), disabled: z.boolean().default(true) })
const RowFaults = z.array(
  z.strictObject({
    object: z.string(),
    times: z.int().min(1).default(1),
    statusCode: z.string(),
    message: z.string().default('The sandbox was told to refuse this row.'),
    fields: z.array(z.string()).default([]),
    where: z.record(z.string(), z.unknown()).default({}),
  }),
)

/**
 * What people do in Salesforce and no simple REST call does (convert, merge, empty the recycle bin), deactivating a user, row faults, and ending all
 * sessions. 400 says in a sentence why it can't be done; null: no such endpoint.
 */
export function answerControl({ org, sessions }: Instance, request: ApiRequest): ApiAnswer | null {
  switch (`${request.method} ${request.path}`) {
    case 'POST /_sandbox/convert':
      return read(request, ConvertInput, ({ leadId, contactId }) => org.convert(leadId, contactId ?? null))
    case 'POST /_sandbox/merge':
      return read(request, MergeInput, ({ object, masterId, loserId }) => org.merge(object, masterId, loserId))
    case 'POST /_sandbox/purge':
      return read(request, PurgeInput, ({ object, id }) => org.purge(object, id))
    case 'POST /_sandbox/disable-user':
      return read(request, UserInput, ({ userId, disabled }) => org.setUserDisabled(userId, disabled))
    case 'POST /_sandbox/row-faults':
      return read(request, RowFaults, (faults) => ({ armed: org.armRowFaults(faults) }))
    case 'POST /_sandbox/expire-tokens':
      return json(200, { expired: sessions.expireAll() })
    default:
      return null
  }
}

function read<T>(request: ApiRequest, schema: z.ZodType<T>, act: (input: T) => object): ApiAnswer {
  const input = schema.safeParse(parseJson(request.body))
  if (!input.success) return json(400, { error: z.prettifyError(input.error) })
  const done = act(input.data)
  return json('error' in done ? 400 : 200, done)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
