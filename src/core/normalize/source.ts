import { cleanLine } from './text.ts'

/** The storefronts and actions that Microsoft's documents name, current and legacy, by folded spelling. Others stay verbatim. */
const Sources = new Map([
  ['appsource', 'AppSource'],
  ['appsource(spza)', 'AppSource'],
  ['spza', 'AppSource'],
  ['azuremarketplace', 'AzureMarketplace'],
  ['azureportal', 'AzurePortal'],
  ['testdrive', 'TestDrive'],
])
const Actions = new Map(['INS', 'PLT', 'DNC', 'Create', 'StartTestDrive'].map((action) => [action.toLowerCase(), action]))

export interface LeadSource {
  readonly source: string | null
  /** The source as it arrived, without action and offer. */
  readonly sourceRaw: string | null
  readonly action: string | null
  /** What stood after the `|`. */
  readonly offer: string | null
}

/** The documented name of a storefront, e.g. `AppSource` for `SPZA`; an unknown one unchanged. */
export function canonicalSource(source: string | null): string | null {
  return source === null ? null : (Sources.get(fold(source)) ?? source)
}

/** The documented spelling of an action; an unknown one unchanged. */
export function canonicalAction(action: string | null): string | null {
  return action === null ? null : (Actions.get(fold(action)) ?? action)
}

/**
 * Reads `Source-Action|Offer`, of which action and offer may be missing; `actionCode` is the separate field of the HTTPS destination and
 * wins. Offer ids contain hyphens, so the `|` is looked at first; sources do not, so the last hyphen before it divides.
 */
export function readLeadSource(leadSource: string | null, actionCode: string | null): LeadSource {
  const line = cleanLine(leadSource) ?? ''
  const bar = line.indexOf('|')
  const left = bar === -1 ? line : line.slice(0, bar).trim()
  const code = cleanLine(actionCode)
  const { source, action } = divide(left, code, bar !== -1)
  return {
    source: canonicalSource(source || null),
    sourceRaw: source || null,
    action: canonicalAction(code ?? (action || null)),
    offer: bar === -1 ? null : line.slice(bar + 1).trim() || null,
  }
}

/** Divides only where one side is known or the whole has the documented form: an unknown source may well contain a hyphen. */
function divide(left: string, code: string | null, hasOffer: boolean): { source: string; action: string } {
  const undivided = { source: left, action: '' }
  const hyphen = left.lastIndexOf('-')
  if (hyphen === -1 || Sources.has(fold(left))) return undivided
  const source = left.slice(0, hyphen).trim()
  const action = left.slice(hyphen + 1).trim()
  const known = Sources.has(fold(source)) || Actions.has(fold(action)) || source.includes('MSFT_TEST')
  const repeated = code !== null && fold(code) === fold(action)
  const documentedForm = hasOffer && code === null && action !== ''
  return known || repeated || documentedForm ? { source, action } : undivided
}

function fold(text: string): string {
  return text.replace(/\s+/g, '').toLowerCase()
}
