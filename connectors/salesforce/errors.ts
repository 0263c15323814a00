import { DeliveryError, type DeliveryErrorCode } from '../../src/core/index.ts'
import { absenceOf } from '../kit/absence.ts'
import { isBareRefusal } from '../kit/bare.ts'
import type { Exchange } from '../kit/exchange.ts'
import { parseJson } from '../kit/json.ts'
import { retryAfterMs } from '../kit/retry-after.ts'
import { type Rule, Rules, StatusRules, UnknownRecord, UnknownRequest } from './rules.ts'
import { WireError } from './wire.ts'

/** Why a request was not done. */
export interface Refusal {
  readonly error: DeliveryError
  /** Salesforce's own code, e.g. `UNABLE_TO_LOCK_ROW`; null where it gave none. */
  readonly statusCode: string | null
  /** It gives no reason. */
  readonly isBare?: boolean
  /** The row of docs/errors.md; absent where nothing was answered. */
  readonly rule?: string
  /** The fields it names, as it spells them. */
  readonly fields: readonly string[]
}

/** Why one record was not written. */
export interface RowRefusal extends Refusal {
  /** The records that a duplicate rule found, with Salesforce's object names (`Lead`, `Contact`). */
  readonly duplicates: readonly { readonly object: string; readonly id: string }[]
}

interface Circumstances {
  readonly crm: string
  readonly now: number
}

interface Judgement {
  readonly rule: string
  readonly code: DeliveryErrorCode
  readonly say: string
  readonly fields: readonly string[]
  readonly statusCode: string | null
  readonly delayMs?: number
}

/** Of several errors the one that concerns the most leads speaks for all. */
const Widest: readonly DeliveryErrorCode[] = [
  'unauthorized',
  'misconfigured',
  'quota_exhausted',
  'rate_limited',
  'unavailable',
  'protocol',
  'multiple_matches',
  'conflict',
  'invalid',
]

/** Classifies an answer that is not 2xx, and the absence of one. */
export function refusalOf(exchange: Exchange, { crm, now }: Circumstances): RowRefusal {
  if (exchange.kind !== 'answer')
    return { error: absenceOf(exchange, (say) => sentence(crm, say)), statusCode: null, fields: [], duplicates: [] }
  const { status, headers, text } = exchange
  const body = parseJson(text)
  const asked = retryAfterMs(headers, now)
  // With 300 the body is a list of addresses.
  if (status === 300) return refusal([{ ...Nameless, errorCode: 'MULTIPLE_CHOICES' }], crm, 'request', status, asked)
  const judged = refusal(errorsIn(body), crm, 'request', status, asked)
  return isBareRefusal(exchange, judged.statusCode !== null) ? { ...judged, isBare: true } : judged
}

/** Classifies a collection row's `errors`, or the body of a composite part (then with its HTTP status). */
export function rowRefusalOf(errors: unknown, crm: string, status?: number): RowRefusal {
  return refusal(errorsIn(errors), crm, status === undefined ? 'record' : 'request', status)
}

/** An answer that can't be so: our defect or theirs, never a success. */
export function protocolError(crm: string, say: string, status?: number): DeliveryError {
  return new DeliveryError('protocol', sentence(crm, say), status === undefined ? {} : { status })
}

/** Every message of this connector begins with the kind of CRM and its name. */
export function sentence(crm: string, say: string): string {
  return `Salesforce (${crm}): ${say}`
}

/** The code of the first error in a body, where it has the form of one. */
export function codeOf(text: string): string | null {
  return codeIn(errorsIn(parseJson(text))[0] ?? Nameless)
}

function refusal(
  errors: readonly WireError[],
  crm: string,
  of: 'request' | 'record',
  status?: number,
  askedMs?: number,
): RowRefusal {
  const judgements = (errors.length > 0 ? errors : [Nameless]).map((error) => judge(error, of, status))
  const widest = Widest.find((code) => judgements.some((judgement) => judgement.code === code)) ?? 'protocol'
  const together = judgements.filter(({ code }) => code === widest)
  const fields = [...new Set(together.flatMap((judgement) => judgement.fields))]
  const delayMs = askedMs ?? together.find((judgement) => judgement.delayMs !== undefined)?.delayMs
  const [first] = together
  const details = {
    fields,
    ...(first?.statusCode ? { crmCode: first.statusCode } : {}),
    ...(status === undefined ? {} : { status }),
    ...(delayMs === undefined ? {} : { retryAfterMs: delayMs }),
  }
  return {
    error: new DeliveryError(widest, sentence(crm, sayOf(together)), details),
    statusCode: first?.statusCode ?? null,
    ...(first === undefined ? {} : { rule: first.rule }),
    fields,
    duplicates: duplicatesIn(errors),
  }
}

function judge(error: WireError, of: 'request' | 'record', status: number | undefined): Judgement {
  const statusCode = codeIn(error)
  const named = (error.fields ?? []).filter((field) => FieldName.test(field))
  const rule = ruleFor(statusCode, of, status)
  if (rule !== null) {
    const fields = named.length === 0 && rule.meant !== undefined ? [rule.meant] : named
    const isAboutFields = rule.field !== undefined && fields.length > 0
    const say = isAboutFields
      ? fields.map((field) => `"${field}" ${rule.field}`).join('; ')
      : rule.say.replace('{code}', statusCode ?? 'without a code')
    return { rule: rule.id, code: isAboutFields ? 'invalid' : rule.code, say, fields, statusCode, ...delayOf(rule) }
  }
  const byStatus = StatusRules.find((one) => isWithin(status ?? 0, one.status)) ?? UnknownRequest
  return {
    rule: byStatus.id,
    code: byStatus.code,
    say: byStatus.say.replace('{status}', `status ${status}`),
    fields: named,
    statusCode,
  }
}

/** Null where the HTTP status decides: an answer without a code that we know. A 401 always is about the token. */
function ruleFor(statusCode: string | null, of: 'request' | 'record', status: number | undefined): Rule | null {
  if (status === 401) return null
  const rule = Rules.find((one) => statusCode !== null && one.codes.includes(statusCode) && (one.of ?? of) === of)
  return rule ?? (of === 'record' ? UnknownRecord : null)
}

function delayOf({ delayMs }: Rule): { delayMs?: number } {
  return delayMs === undefined ? {} : { delayMs }
}

function sayOf(judgements: readonly Judgement[]): string {
  const says = [...new Set(judgements.map(({ say }) => say))]
  const whole = says.find((say) => say.endsWith('.'))
  if (whole !== undefined) return whole
  return `${says.join('; ')}. Correct the lead, the mapping or the org, then replay.`
}

function duplicatesIn(errors: readonly WireError[]): RowRefusal['duplicates'] {
  const found = new Map<string, { object: string; id: string }>()
  for (const { duplicateResult, duplicateResut } of errors) {
    const results = (duplicateResult ?? duplicateResut)?.matchResults ?? []
    for (const match of results.flatMap(({ matchRecords }) => matchRecords)) {
      if (match && RecordId.test(match.record.Id)) {
        found.set(match.record.Id, { object: match.record.attributes.type, id: match.record.Id })
      }
    }
  }
  return [...found.values()]
}

function isWithin(status: number, range: number | readonly [number, number]): boolean {
  const [from, to] = typeof range === 'number' ? [range, range] : range
  return status >= from && status <= to
}

const FieldName = /^[A-Za-z][A-Za-z0-9_.]{0,120}$/
const RecordId = /^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/
const StatusCode = /^[A-Z][A-Z0-9_]{2,80}$/
const Nameless: WireError = { errorCode: null, statusCode: null, fields: null, duplicateResult: null, duplicateResut: null }

/** Some answers are one error, not a list of them; gateways answer with HTML or nothing at all. */
function errorsIn(body: unknown): WireError[] {
  const listed = Array.isArray(body) ? body : [body]
  return listed.flatMap((one) => WireError.safeParse(one).data ?? [])
}

function codeIn({ errorCode, statusCode }: WireError): string | null {
  const code = statusCode ?? errorCode ?? ''
  return StatusCode.test(code) ? code : null
}
