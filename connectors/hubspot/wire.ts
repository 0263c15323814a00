import { z } from 'zod'
import type { FieldValue } from '../../src/core/index.ts'

// Lenient on purpose: every field of HubSpot's envelopes is optional in practice, and an unknown or oddly typed one must not turn a
// delivered lead into a failed one. What a decision rests on (ids, trace ids) is checked where it is used.
const Text = z.string().optional().catch(undefined)
const Texts = z.union([z.array(z.string()), z.string().transform((one) => [one])]).catch([])
const Context = z.record(z.string(), Texts).catch({}).default({})
const Id = z.union([z.string().min(1), z.number().transform(String)])

/** HubSpot's error envelope, and equally a row of a batch answer's `errors`. */
export const WireError = z.object({
  category: Text,
  message: Text,
  policyName: Text,
  correlationId: Text,
  context: Context,
  errors: z
    .array(z.object({ code: Text, context: Context }).catch({ code: undefined, context: {} }))
    .catch([])
    .default([]),
})
export type WireError = z.infer<typeof WireError>

const ContactRow = z.object({
  id: Id,
  properties: z.record(z.string(), z.unknown()).catch({}).default({}),
  new: z.boolean().optional().catch(undefined),
  objectWriteTraceId: Text,
})
export type ContactRow = z.infer<typeof ContactRow>

/** The answer of every `batch/…` call. A row that can't be read is left out: then its input is unanswered, which is noticed. */
export const BatchAnswer = z.object({
  status: Text,
  results: z.array(ContactRow.nullable().catch(null)).transform((rows) => rows.filter((row) => row !== null)),
  errors: z
    .array(WireError.nullable().catch(null))
    .nullish()
    .transform((rows) => (rows ?? []).filter((row) => row !== null)),
})
export type BatchAnswer = z.infer<typeof BatchAnswer>

/** One property of `GET /crm/properties/…/contacts`. */
export const WireProperty = z.object({
  name: z.string(),
  type: z.string().catch('string'),
  options: z
    .array(z.object({ value: z.string() }))
    .nullish()
    .catch(null),
  externalOptions: z.boolean().nullish().catch(null),
  hasUniqueValue: z.boolean().nullish().catch(null),
  calculated: z.boolean().nullish().catch(null),
  archived: z.boolean().nullish().catch(null),
  modificationMetadata: z
    .object({ readOnlyValue: z.boolean().nullish().catch(null) })
    .nullish()
    .catch(null),
})
export type WireProperty = z.infer<typeof WireProperty>

export const PropertiesAnswer = z.object({ results: z.array(WireProperty) })
export const AccountAnswer = z.object({ portalId: Id, timeZone: Text })

/** A field as HubSpot takes it: everything is a string, and "" clears. */
export function encode(value: FieldValue): string {
  return value === null ? '' : String(value)
}

/** A property as HubSpot gives it: "" and absent are the same nothing. */
export function decode(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null
  return typeof value === 'string' ? value : String(value)
}

export const WireOwner = z.object({
  id: Id,
  email: z.string().nullish().catch(null),
  archived: z.boolean().catch(false).default(false),
})
export type WireOwner = z.infer<typeof WireOwner>

export const OwnersAnswer = z.object({
  results: z.array(WireOwner),
  paging: z
    .object({ next: z.object({ after: Id }) })
    .nullish()
    .catch(null),
})
export type OwnersAnswer = z.infer<typeof OwnersAnswer>

/** The answer of `associations/…/batch/read`; a contact without any is left out, or is a row of `errors`. */
export const AssociationsAnswer = z.object({
  status: Text,
  results: z.array(
    z.object({
      from: z.object({ id: Id }),
      to: z.array(z.object({ toObjectId: Id })).catch([]),
      paging: z
        .object({ next: z.object({ after: Id }) })
        .nullish()
        .catch(null),
    }),
  ),
  errors: z
    .array(WireError.nullable().catch(null))
    .nullish()
    .transform((rows) => (rows ?? []).filter((row) => row !== null)),
})

/** The answer of a company search. */
export const CompaniesAnswer = z.object({
  results: z.array(z.object({ id: Id, properties: z.object({ domain: z.string().nullish().catch(null) }) })),
  paging: z.unknown().optional(),
})

/** One page of a contact search. Not lenient about rows: one that was left out would be somebody whom Leadsync no longer knows. */
export const SearchAnswer = z.object({
  results: z.array(z.object({ id: Id, properties: z.record(z.string(), z.unknown()) })),
  paging: z.unknown().optional(),
})
