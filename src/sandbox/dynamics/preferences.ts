import type { Headers } from './instance.ts'

/** What a request asked for in its `Prefer` headers. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors#prefer-headers */
export interface Preferences {
  readonly representation: boolean
  readonly continueOnError: boolean
  readonly maxPageSize: number | null
  /** Whether an annotation of this name is to be in the answer. */
  annotates(name: string): boolean
  /** All annotations were asked for: errors have theirs too. */
  readonly annotatesAll: boolean
  /** For `Preference-Applied`; null: none that is applied. */
  readonly applied: string | null
}

/** A preference that can't be read is ignored, as https://www.rfc-editor.org/rfc/rfc7240 wants. */
export function readPreferences(headers: Headers): Preferences {
  const wanted = new Map<string, string>()
  for (const [, name = '', quoted, bare] of (headers.prefer ?? '').matchAll(/([\w.-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;]*)))?/g)) {
    wanted.set(name.toLowerCase(), quoted ?? bare ?? '')
  }
  const patterns = (wanted.get('odata.include-annotations') ?? '').split(',').map((pattern) => pattern.trim())
  const pageSize = Number(wanted.get('odata.maxpagesize') ?? Number.NaN)
  const applied = [...wanted]
    .filter(([name, value]) => value !== '' && appliedNames.has(name))
    .map(([name, value]) => shown(name, value))
  return {
    representation: wanted.get('return') === 'representation',
    continueOnError: wanted.has('odata.continue-on-error') && wanted.get('odata.continue-on-error') !== 'false',
    maxPageSize: Number.isInteger(pageSize) && pageSize > 0 ? pageSize : null,
    annotates: (name) =>
      patterns.some((pattern) => covers(pattern, name)) && !patterns.some((pattern) => excludes(pattern, name)),
    annotatesAll: patterns.includes('*'),
    applied: applied.length === 0 ? null : applied.join(', '),
  }
}

const appliedNames = new Set(['return', 'odata.include-annotations', 'odata.maxpagesize'])

function shown(name: string, value: string): string {
  return name === 'odata.include-annotations' ? `${name}="${value}"` : `${name}=${value}`
}

function covers(pattern: string, name: string): boolean {
  return pattern === '*' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1)))
}

function excludes(pattern: string, name: string): boolean {
  return pattern.startsWith('-') && covers(pattern.slice(1), name)
}
