import { createHash } from 'node:crypto'
import type { ReadyCrm } from './crm-settings.ts'

/**
 * Connector settings that prove who Leadsync is. They are no part of the version: a hash of them is nobody's to keep, and a token that was
 * exchanged changes nothing of what is written. Which settings of which connector it leaves out stands in its test.
 */
const Credential = /^(token|clientSecret|privateKey|certificate)$/

/**
 * Which settings a CRM has, as six characters: of everything that its file says but its name and its credentials, with every `${…}` filled in and
 * every default. The order of keys does not matter.
 */
export function configVersion({ name: _, settings, ...crm }: ReadyCrm): string {
  const shown = Object.entries(settings).filter(([key]) => !Credential.test(key))
  const text = JSON.stringify({ ...crm, settings: Object.fromEntries(shown) }, inOrder)
  return createHash('sha256').update(text).digest('hex').slice(0, 6)
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
