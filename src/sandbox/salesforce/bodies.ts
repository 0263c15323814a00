import * as z from 'zod'
import type { ApiRequest } from '../exchange.ts'
import { Refusal } from './answers.ts'

export const Row = z.record(z.string(), z.unknown())
export type Row = z.infer<typeof Row>

export const RowCollection = z.object({ allOrNone: z.boolean().default(false), records: z.array(Row) })

export const IdCollection = z.object({ ids: z.array(z.string()), fields: z.array(z.string()).min(1) })

const Subrequest = z.object({
  method: z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']),
  url: z.string(),
  referenceId: z.string().regex(/^[A-Za-z]\w*$/, 'a referenceId starts with a letter and has letters, digits and _ only'),
  body: z.unknown().optional(),
  httpHeaders: z.record(z.string(), z.string()).default({}),
})
export type Subrequest = z.infer<typeof Subrequest>

export const CompositeInput = z.object({ allOrNone: z.boolean().default(false), compositeRequest: z.array(Subrequest).min(1) })

export const CustomFieldInput = z.object({ FullName: z.string(), Metadata: Row })

/** Reads a JSON body. Throws 415 on another content type and 400 JSON_PARSER_ERROR on anything that can't be read. */
export function readBody<T>(request: ApiRequest, schema: z.ZodType<T>): T {
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('application/json')) {
    const message = `Content-Type '${type}' not supported, use one of: [application/json, application/xml]`
    throw new Refusal({ status: 415, errorCode: 'UNSUPPORTED_MEDIA_TYPE', message })
  }
  const parsed = schema.safeParse(parseJson(request.body))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw unreadable(`${issue?.message ?? 'unreadable'} at [${issue?.path.join('.') ?? ''}]`)
}

export function unreadable(message: string): Refusal {
  return new Refusal({ status: 400, errorCode: 'JSON_PARSER_ERROR', message })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable('Unexpected character in the body')
  }
}
