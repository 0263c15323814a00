import * as z from 'zod'
import type { ApiRequest } from '../exchange.ts'
import { invalid, Refusal } from './answers.ts'

const Id = z.union([z.string(), z.number()]).transform(String)
const Properties = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
const AssociationType = z.object({ associationCategory: z.string(), associationTypeId: z.number() })
const Link = z.object({ to: z.object({ id: Id }), types: z.array(AssociationType).min(1) })
export type Link = z.infer<typeof Link>

export const AssociationTypes = z.array(AssociationType).min(1)

export const CreateInput = z.object({
  properties: Properties,
  associations: z.array(Link).nullish(),
  objectWriteTraceId: z.string().nullish(),
})
export type CreateInput = z.infer<typeof CreateInput>

export const PatchInput = z.object({ properties: Properties })

export const KeyedInput = z.object({
  id: Id,
  idProperty: z.string().nullish(),
  properties: Properties,
  objectWriteTraceId: z.string().nullish(),
})
export type KeyedInput = z.infer<typeof KeyedInput>

// A body without `inputs` is a 200 that did nothing, not an error: a client that lost its inputs has to notice by itself.
export const CreateBatch = z.object({ inputs: z.array(CreateInput).default([]) })
export const KeyedBatch = z.object({ inputs: z.array(KeyedInput).default([]) })
export const IdBatch = z.object({ inputs: z.array(z.object({ id: Id })).default([]) })
export const ReadBatch = z.object({
  inputs: z.array(z.object({ id: Id })).default([]),
  idProperty: z.string().nullish(),
  properties: z.array(z.string()).default([]),
})

export const MergeInput = z.object({ primaryObjectId: Id, objectIdToMerge: Id })
export const GdprDeleteInput = z.object({ objectId: Id, idProperty: z.string().nullish() })
export const PairBatch = z.object({
  inputs: z.array(z.object({ from: z.object({ id: Id }), to: z.object({ id: Id }) })).default([]),
})

const Filter = z.object({
  propertyName: z.string(),
  operator: z.string(),
  value: z.string().nullish(),
  highValue: z.string().nullish(),
  values: z.array(z.string()).nullish(),
})
export type Filter = z.infer<typeof Filter>

export const SearchInput = z.object({
  filterGroups: z.array(z.object({ filters: z.array(Filter) })).default([]),
  sorts: z.array(z.object({ propertyName: z.string(), direction: z.string().default('ASCENDING') })).default([]),
  query: z.string().nullish(),
  properties: z.array(z.string()).default([]),
  limit: z.int().default(10),
  after: Id.nullish(),
})
export type SearchInput = z.infer<typeof SearchInput>

export const PropertyInput = z.object({
  name: z.string(),
  label: z.string(),
  type: z.enum(['bool', 'date', 'datetime', 'enumeration', 'number', 'phone_number', 'string']),
  fieldType: z.string(),
  groupName: z.string(),
  description: z.string().optional(),
  options: z.array(z.object({ label: z.string(), value: z.string() })).optional(),
  hasUniqueValue: z.boolean().optional(),
})

/** Reads a JSON body. Throws 415 on another content type and 400 in HubSpot's words on anything unreadable. */
export function readBody<T>(request: ApiRequest, schema: z.ZodType<T>): T {
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('application/json')) throw new Refusal({ status: 415, message: 'Unsupported Media Type' })
  const parsed = schema.safeParse(parseJson(request.body))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw invalidJson(`${issue?.message ?? 'unreadable'} at ${issue?.path.join('.') ?? ''}`, 1, 1)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // V8 doesn't always say where it stumbled, so the end of the text stands for the place.
    const lines = text.split('\n')
    throw invalidJson('Unexpected character', lines.length, (lines.at(-1)?.length ?? 0) + 1)
  }
}

function invalidJson(why: string, line: number, column: number): Refusal {
  return invalid(`Invalid input JSON on line ${line}, column ${column}: ${why}`)
}
