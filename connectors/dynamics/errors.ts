import { DeliveryError } from '../../src/core/index.ts'
import { absenceOf } from '../kit/absence.ts'
import type { Exchange } from '../kit/exchange.ts'
import { parseJson } from '../kit/json.ts'
import { retryAfterMs } from '../kit/retry-after.ts'
import { isGuid } from './requests/odata.ts'
import { FixedTokenRefused, type Rule, Rules, type StatusRule, StatusRules, Unknown } from './rules.ts'
import { WireError } from './wire.ts'

/** Why an operation was not done. */
export interface Refusal {
  readonly error: DeliveryError
  /** Dataverse's own code in lower case, e.g. `0x80060892`; null where it gave none. */
  readonly code: string | null
  /** It gives no reason. */
  readonly isBare?: boolean
  /** The row of docs/errors.md; absent where nothing was answered. */
  readonly rule?: string
  /** Columns of what was sent that the refusal names, as they were sent, without `@odata.bind`. */
  readonly fields: readonly string[]
  /** The record that an error says is there already, where it names just one. */
  readonly holder: string | null
}

/** One answer, of a whole request or of a part of a batch. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** What an answer was for. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly body?: object
}

export interface Circumstances {
  readonly crm: string
  readonly now: number
  /** Whether the token is one that was configured, and there is no new one. */
  readonly hasFixedToken?: boolean
  /** Absent for a `$batch` as a whole. */
  readonly asked?: Asked
}

/** Classifies an answer that is not 2xx, and the absence of one. */
export function refusalOf(exchange: Exchange, circumstances: Circumstances): Refusal {
  const { crm } = circumstances
  if (exchange.kind === 'answer') return judge(exchange, circumstances)
  return refusedWith(absenceOf(exchange, (say) => sentence(crm, say)))
}

/** A refusal that Dataverse itself did not speak. */
export function refusedWith(error: DeliveryError): Refusal {
  return { error, code: null, fields: [], holder: null }
}

/** Whether an answer is an error of the API, and not a gateway's. */
export function isOwnError(text: string): boolean {
  return wireErrorOf(text) !== null
}

/** The code of an error, where the body has the form of one. */
export function codeOf(text: string): string | null {
  return codeIn(wireErrorOf(text))
}

/** A 2xx that the API does not give: a proxy, a maintenance page. Parking a whole batch for it would need a person for what time mends. */
export function brokenGateway(crm: string, status: number): DeliveryError {
  const say =
    'its answer is not what the Web API answers. It is tried again; if that lasts, check that baseUrl is the environment itself.'
  return new DeliveryError('unavailable', sentence(crm, say), { status })
}

/** An answer that is another operation's: what became of this one nobody knows. */
export function anotherRecord(crm: string, status: number): DeliveryError {
  const say =
    'it answered for another record than the one that was asked for. It is tried again; if that lasts, look at what stands between Leadsync and baseUrl.'
  return new DeliveryError('unavailable', sentence(crm, say), { status })
}

/** A batch that was cut on its way back, or is none. */
export function lackingPart(crm: string): DeliveryError {
  const say =
    'it answered a batch, but did not say what became of one of its operations. It is tried again; if that lasts, look at what stands between Leadsync and baseUrl.'
  return new DeliveryError('unavailable', sentence(crm, say), { status: 200 })
}

/** An answer that can't be so: our defect or theirs, never a success. */
export function protocolError(crm: string, say: string, status?: number): DeliveryError {
  return new DeliveryError('protocol', sentence(crm, say), status === undefined ? {} : { status })
}

/** Every message of this connector begins with the kind of CRM and its name. */
export function sentence(crm: string, say: string): string {
  return `Dynamics 365 (${crm}): ${say}`
}

function judge({ status, headers, text }: Answer, { crm, now, asked, hasFixedToken }: Circumstances): Refusal {
  const wire = wireErrorOf(text)
  const code = codeIn(wire)
  const byStatus = status === 401 && hasFixedToken ? FixedTokenRefused : statusRuleFor(status, wire !== null && isRecord(asked))
  const rule = ruleFor(reachOf(code, wire), status) ?? byStatus
  const isNaming = 'field' in rule && rule.field !== undefined
  const fields = isNaming ? namedFields(wire, asked) : []
  const say = fields.length > 0 && isNaming ? aboutFields(fields, rule.field) : rule.say
  const asksFor = retryAfterMs(headers, now)
  const correlationId = headers.get('x-ms-service-request-id') ?? headers.get('req_id') ?? ''
  const details = {
    status,
    fields,
    ...(asksFor === undefined ? {} : { retryAfterMs: asksFor }),
    ...(isGuid(correlationId) ? { correlationId } : {}),
    ...(code === null ? {} : { crmCode: code }),
  }
  const filled = say
    .replace('{status}', `status ${status}`)
    .replace('{code}', code ?? 'without a code')
    .replace('{privilege}', () => privilegeIn(wire))
  const deliveryCode = fields.length > 0 ? 'invalid' : rule.code
  const error = new DeliveryError(deliveryCode, sentence(crm, filled), details)
  return { error, code, rule: rule.id, fields, holder: holderIn(wire) }
}

/**
 * Both codes for a lack of rights come for both reasons: the role lacks a privilege, which is named then and is the matter of the whole CRM, or
 * it does not reach this one record, of which the access is named that it lacks. These names are the same in all languages.
 */
function reachOf(code: string | null, wire: WireError | null): string | null {
  if (code !== PrivilegeDenied && code !== AccessDenied) return code
  const message = wire?.error.message ?? ''
  if (PrivilegeName.test(message)) return PrivilegeDenied
  return AccessName.test(message) ? AccessDenied : code
}

/** A 401 is about the token, whatever its code says, unless a plug-in of the environment gave it. */
function ruleFor(code: string | null, status: number): Rule | null {
  if (code === null || (status === 401 && !code.startsWith('0x80048d'))) return null
  return Rules.find((one) => one.codes.includes(code) && (one.status ?? status) === status) ?? null
}

function statusRuleFor(status: number, isAboutRecord: boolean): Omit<StatusRule, 'status'> {
  return StatusRules.find((one) => isWithin(status, one.status) && (one.of === undefined || isAboutRecord)) ?? Unknown
}

/** Whether it writes one record. Definitions of tables and columns are no records. */
function isRecord(asked: Asked | undefined): boolean {
  return asked !== undefined && asked.method !== 'GET' && /^[a-z_0-9]+([(?]|$)/.test(asked.path)
}

/**
 * Of the columns that were sent those that stand in quotes in the message. Which class an error is of never comes from its text: that is
 * localised, but quotes and logical names are the same in all languages.
 */
function namedFields(wire: WireError | null, asked: Asked | undefined): string[] {
  const quoted = new Set([...(wire?.error.message ?? '').matchAll(Quoted)].map(([, name = '']) => name.toLowerCase()))
  const sent = Object.keys(asked?.body ?? {}).map((key) => key.replace(/@odata\.bind$/, ''))
  return sent.filter((name) => quoted.has(name.toLowerCase()))
}

function aboutFields(fields: readonly string[], say: string | undefined): string {
  return `${fields.map((field) => `"${field}" ${say}`).join('; ')}. Correct the lead, the mapping or the environment, then replay.`
}

function privilegeIn(wire: WireError | null): string {
  return PrivilegeName.exec(wire?.error.message ?? '')?.[0] ?? 'that this needs'
}

/** Details come as XML in annotations of the error or in its message. */
function holderIn(wire: WireError | null): string | null {
  const texts = Object.values(wire?.error ?? {}).filter((value) => typeof value === 'string')
  const ids = new Set(texts.flatMap((text) => [...text.matchAll(NamedId)].map(([, id = '']) => id.toLowerCase())))
  const [id] = ids
  return ids.size === 1 && id !== undefined ? id : null
}

const Quoted = /['"‘’‚“”„«»‹›]\s?(\w+)(?:@odata\.bind)?\s?['"‘’‚“”„«»‹›]/g
const NamedId = /<Id>\s*\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?\s*<\/Id>/gi
const PrivilegeDenied = '0x80040220'
const AccessDenied = '0x80048306'
const PrivilegeName = /\bprv[A-Z][A-Za-z0-9_]{2,80}\b/
const AccessName = /\b(Read|Write|Append|AppendTo|Assign|Share|Delete|Create)Access\b/
const Code = /^0x[0-9a-f]{1,8}$/

/** Gateways answer with HTML or nothing at all: then the status alone decides. */
function wireErrorOf(text: string): WireError | null {
  return WireError.safeParse(parseJson(text)).data ?? null
}

function codeIn(wire: WireError | null): string | null {
  const code = wire?.error.code?.trim().toLowerCase() ?? ''
  return Code.test(code) && code !== '0x0' ? code : null
}

function isWithin(status: number, range: number | readonly [number, number]): boolean {
  const [from, to] = typeof range === 'number' ? [range, range] : range
  return status >= from && status <= to
}
