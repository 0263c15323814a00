import type { FieldChange, FieldValue, HttpRequestPreview } from '../core/index.ts'
import type { DeliveryPreview } from './delivery-preview.ts'

const LongestValue = 60

/** For a person to read, a line each. Hidden are the person's own values unless they are asked for. */
export function formatPreview(preview: DeliveryPreview, { showPersonalData }: { readonly showPersonalData: boolean }): string[] {
  const { requests, fields } = showPersonalData ? preview.personal() : preview
  return [
    `${preview.crm}: ${preview.decision}`,
    ...preview.notes.map((note) => `  ${note}`),
    ...requests.flatMap(requestLines),
    ...fields.map((change) => `  ${fieldLine(change)}`),
  ]
}

function requestLines({ method, path, body }: HttpRequestPreview): readonly string[] {
  const text = typeof body === 'string' ? body : JSON.stringify(body, null, 2)
  const lines = body === null || body === undefined ? [] : text.split(/\r?\n/)
  return [`  ${method} ${path}`, ...lines.map((line) => `    ${line}`)]
}

/** `+` is written, `-` is cleared, `=` stays. */
function fieldLine({ field, has, gets, policy, note }: FieldChange): string {
  const sign = gets === undefined ? '=' : gets === null ? '-' : '+'
  const change = gets === undefined ? valueText(has) : `${valueText(has)} -> ${valueText(gets)}`
  return `${sign} ${field}: ${change}  (${policy}; ${note})`
}

function valueText(value: FieldValue): string {
  if (value === null) return 'empty'
  const text = typeof value === 'string' ? value.replaceAll(/\s+/g, ' ') : String(value)
  return text.length > LongestValue ? `${text.slice(0, LongestValue)}…` : text
}
