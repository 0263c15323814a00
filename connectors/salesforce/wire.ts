import { z } from 'zod'
import type { FieldValue } from '../../src/core/index.ts'

// Lenient about extras and odd types in what is only shown; what a decision rests on (ids, success, done) must be there.
const Text = z.string().nullish().catch(null)

/** One record of a query: field name → value as Salesforce gives it, `Id` among them where it was asked for. */
export const WireRecord = z.record(z.string(), z.unknown())
export type WireRecord = z.infer<typeof WireRecord>

/** One page of `query` and `queryAll`. The next address is followed with a bearer token, so it must be one of the API's own. */
export const QueryPage = z.object({
  done: z.boolean(),
  records: z.array(WireRecord),
  nextRecordsUrl: z
    .string()
    .regex(/^\/services\/data\/v[\d.]+\/[\w/-]+$/)
    .nullish()
    .transform((url) => url ?? null),
})
export type QueryPage = z.infer<typeof QueryPage>

/** The answer of `POST /composite`: HTTP 200, whatever became of its parts. */
export const CompositeAnswer = z.object({
  compositeResponse: z.array(z.object({ body: z.unknown().optional(), httpStatusCode: z.int(), referenceId: z.string() })),
})
export type CompositeAnswer = z.infer<typeof CompositeAnswer>

/** One row of a collections answer, in the order of the records sent. */
export const CollectionRow = z.object({
  id: Text.transform((id) => id ?? null),
  success: z.boolean(),
  /** Of an upsert: whether it made the record. */
  created: z.boolean().nullish().catch(null),
  errors: z.unknown().optional(),
})
export type CollectionRow = z.infer<typeof CollectionRow>

/** The answer of `…/composite/sobjects`. A row that can't be read stays in its place as null: its record's fate is unknown. */
export const CollectionAnswer = z.array(CollectionRow.nullable().catch(null))
export type CollectionAnswer = z.infer<typeof CollectionAnswer>

const MatchRecords = z
  .array(
    z
      .object({ record: z.object({ Id: z.string(), attributes: z.object({ type: z.string() }) }) })
      .nullable()
      .catch(null),
  )
  .catch([])
const DuplicateResult = z.object({
  matchResults: z.array(z.object({ matchRecords: MatchRecords }).catch({ matchRecords: [] })).catch([]),
})
export type DuplicateResult = z.infer<typeof DuplicateResult>

const Duplicates = DuplicateResult.nullish().catch(null)

/** One error, of a whole request (`errorCode`) or of a row (`statusCode`). Its message is localised and may quote the lead: it is not read. */
export const WireError = z.object({
  errorCode: Text,
  statusCode: Text,
  fields: z.array(z.string()).nullish().catch(null),
  duplicateResult: Duplicates,
  // Salesforce's own spelling in single calls.
  duplicateResut: Duplicates,
})
export type WireError = z.infer<typeof WireError>

const NumberTypes = new Set(['double', 'int', 'currency', 'percent', 'long'])
const UtcOffset = /([+-]\d{2}):?(\d{2})$/

/** A field as Salesforce gives it, by its describe type where that is known: times in UTC, and an empty text is nothing. */
export function decode(value: unknown, type?: string): FieldValue {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'string' || value === '') return null
  return type === 'datetime' ? instantOf(value) : value
}

/**
 * A field as Salesforce takes it, by its describe type where that is known: it refuses a number for a text and a text for a number. What
 * does not fit goes as it is, so that the refusal names the field.
 */
export function encode(value: FieldValue, type?: string): FieldValue {
  if (value === null || type === undefined) return value
  if (type === 'boolean') return booleanOf(value)
  if (NumberTypes.has(type)) return numberOf(value)
  if (type === 'date' && typeof value === 'string') return /^\d{4}-\d{2}-\d{2}T/.test(value) ? value.slice(0, 10) : value
  return String(value)
}

/** `2026-11-23T10:00:00.000+0000` as ISO 8601 in UTC; engines differ about an offset without a colon. */
function instantOf(text: string): string {
  const time = Date.parse(text.replace(UtcOffset, '$1:$2'))
  return Number.isNaN(time) ? text : new Date(time).toISOString()
}

function booleanOf(value: string | number | boolean): FieldValue {
  if (value === 'true' || value === 'false') return value === 'true'
  return value
}

function numberOf(value: string | number | boolean): FieldValue {
  if (typeof value !== 'string' || value.trim() === '') return value
  const number = Number(value)
  return Number.isFinite(number) ? number : value
}
