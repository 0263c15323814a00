import type { DecideRules, FieldChange, FieldValue, HttpRequestPreview, Lead } from '../core/index.ts'
import type { PreviewDetails } from './delivery-preview.ts'

const Hidden = '(hidden)'
/** Of a lead, what names nobody. */
const OpenPath =
  /^(id|externalId|channel|receivedAt|occurredAt|occurredPrecision|source|sourceRaw|action|stage|offer\.\w+|test|tags|contactId|score|scoreReasons|priority)$/
/** Shorter ones stand in many words by chance: they are hidden only where they are the whole text. */
const ShortestPart = 4

export interface HidingRules {
  readonly rules: Pick<DecideRules, 'mapping' | 'identity' | 'doNotContact' | 'lastLeadField' | 'touches'>
  readonly lead: Lead
}

/**
 * The same with every value hidden that may be the person's. By a list of the fields that are shown: what is read from person, notes, campaign
 * or by a template is not on it. Elsewhere in a request a text is shown while it looks like an address or a word of the protocol.
 */
export function hiddenDetails(object: string, { requests, fields }: PreviewDetails, hiding: HidingRules): PreviewDetails {
  const isOpen = openFields(object, hiding.rules)
  const closed = fields.filter(({ field }) => !isOpen(field)).flatMap(({ has, gets }) => [has, gets ?? null])
  const isPersonal = personalTexts(hiding.lead, closed)
  return {
    requests: requests.map((request) => hiddenRequest(request, isOpen, isPersonal)),
    fields: fields.map((change) => hiddenField(change, isOpen)),
  }
}

type IsOpen = (field: string) => boolean | undefined
type IsPersonal = (text: string) => boolean

/** Undefined for what is no field of ours. */
function openFields(object: string, { mapping, identity, doNotContact, lastLeadField, touches }: HidingRules['rules']): IsOpen {
  const { email, contactId } = identity(object)
  const known = new Map<string, boolean>()
  for (const { name, origin, literal } of mapping.get(object) ?? [])
    known.set(name.toLowerCase(), literal !== undefined || OpenPath.test(origin))
  const { at, liftedAt, reason } = doNotContact.markers
  for (const name of [contactId, lastLeadField, at, liftedAt, reason]) if (name !== null) known.set(name.toLowerCase(), true)
  for (const name of [email, touches?.as === 'field' ? touches.field : email]) known.set(name.toLowerCase(), false)
  return (field) => known.get(field.toLowerCase())
}

function personalTexts({ person, notes, campaign }: Lead, more: readonly FieldValue[]): IsPersonal {
  const said = [...Object.values(person), notes, ...Object.values(campaign), ...more]
  const texts = said.filter((text) => typeof text === 'string').map((text) => text.trim().toLowerCase())
  const words = [...new Set(texts)].filter((text) => text !== '')
  const parts = words.filter((word) => word.length >= ShortestPart)
  return (text) => {
    const plain = decoded(text).trim().toLowerCase()
    return plain.includes('@') || words.includes(plain) || parts.some((part) => plain.includes(part))
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function hiddenField(change: FieldChange, isOpen: IsOpen): FieldChange {
  const hide = (value: FieldValue) => hiddenValue(value, isOpen(change.field))
  return { ...change, has: hide(change.has), ...(change.gets === undefined ? {} : { gets: hide(change.gets) }) }
}

/** Sources and offers come from outside as they are: even there a text with an `@` may be somebody. */
function hiddenValue(value: FieldValue, open: boolean | undefined): FieldValue {
  if (value === null || value === '') return value
  return open === true && !String(value).includes('@') ? value : Hidden
}

function hiddenRequest({ method, path, body }: HttpRequestPreview, isOpen: IsOpen, isPersonal: IsPersonal): HttpRequestPreview {
  // Whole path segments, names and literals, so that nobody learns an address from what is left of it.
  const shown = path
    .split(/([/?&=(),;'])/)
    .map((part) => (isPersonal(part) ? Hidden : part))
    .join('')
  return { method, path: shown, body: hiddenBody(body, null, isOpen, isPersonal) }
}

function hiddenBody(value: unknown, key: string | null, isOpen: IsOpen, isPersonal: IsPersonal): unknown {
  if (Array.isArray(value)) return value.map((one) => hiddenBody(one, key, isOpen, isPersonal))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, one]) => [name, hiddenBody(one, name, isOpen, isPersonal)] as const)
    return Object.fromEntries(entries)
  }
  const open = key === null ? undefined : isOpen(key)
  if (open !== undefined && isValue(value)) return hiddenValue(value, open)
  if (typeof value !== 'string') return value
  return isPersonal(value) || /\s/.test(value) ? Hidden : value
}

function isValue(value: unknown): value is FieldValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
