import { DeliveryError } from './errors.ts'

/** What a CRM answered, as far as anybody may see it: neither its own text, which may quote the lead, nor a value. */
export interface CrmAnswer {
  /** HTTP status; null where the answer is about one row of a batch and has none of its own. */
  readonly status: number | null
  /** The CRM's own code, e.g. `UNABLE_TO_LOCK_ROW` or `0x80060892`. */
  readonly code: string | null
  /** By which the CRM's support finds the request. */
  readonly correlationId: string | null
  /** The fields that it named. */
  readonly fields: readonly string[]
}

/** Null when no CRM said anything: Leadsync itself decided, or nothing came back. */
export function answerOf({ status, crmCode, correlationId, fields }: DeliveryError): CrmAnswer | null {
  if (status === undefined && crmCode === undefined && correlationId === undefined) return null
  return { status: status ?? null, code: crmCode ?? null, correlationId: correlationId ?? null, fields }
}

/** The same error about other fields: connectors send a field under another name than the write has for it. */
export function withFields(error: DeliveryError, fields: readonly string[]): DeliveryError {
  const { code, message, retryAfterMs, status, crmCode, correlationId } = error
  return new DeliveryError(code, message, {
    fields,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === undefined ? {} : { status }),
    ...(crmCode === undefined ? {} : { crmCode }),
    ...(correlationId === undefined ? {} : { correlationId }),
  })
}
