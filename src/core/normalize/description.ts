import { isJsonObject, type JsonObject, parseJsonObject } from './keys.ts'
import { cleanLine, cleanText, scalarText } from './text.ts'

export interface ReadDescription {
  readonly notes: string | null
  readonly campaign: Readonly<Record<string, string>>
}

const Campaigns = /^[ \t]*campaigns:[ \t]*([^\r\n]*)(?:\r?\n([\s\S]*))?$/i

/**
 * `Description` carries one of several things: the customer's notes, nothing, `Campaigns: …` (seen empty only, so its content is kept
 * whole as the parameter `campaigns`), or the listing URL's extra query parameters as a JSON object in text.
 * https://github.com/MicrosoftDocs/azure-docs/issues/70675, https://github.com/whaakman/az-marketplace-leads-to-hubspot
 */
export function readDescription(value: unknown): ReadDescription {
  if (isJsonObject(value)) return { notes: null, campaign: readCampaign(value) }
  const text = scalarText(value)
  const parameters = text === null ? null : (parseJsonObject(text) ?? parseJsonObject(cleanText(text) ?? ''))
  if (parameters) return { notes: null, campaign: readCampaign(parameters) }
  const campaigns = Campaigns.exec(text?.trim() ?? '')
  if (!campaigns) return { notes: cleanText(text), campaign: {} }
  const [, content = '', rest = ''] = campaigns
  return { notes: cleanText(rest), campaign: readCampaign(parseJsonObject(content) ?? { campaigns: content }) }
}

/** Parameters as text, blank ones left out, in one order. What nests stays readable as JSON. */
export function readCampaign(parameters: JsonObject): Record<string, string> {
  const campaign = new Map<string, string>()
  for (const [key, value] of Object.entries(parameters).sort(byKey)) {
    const name = cleanLine(key)
    const text = cleanLine(scalarText(value) ?? (value ? JSON.stringify(value) : null))
    // Zod's records leave `__proto__` out too; a lead must not change by being read again.
    if (name === null || name === '__proto__' || text === null) continue
    if (!campaign.has(name) || name === key) campaign.set(name, text)
  }
  return Object.fromEntries([...campaign].sort(byKey))
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
