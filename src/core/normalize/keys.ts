import { scalarText } from './text.ts'

/** An object from outside. Its keys are only ever looked up in a Map, so that `__proto__` is a key like any other. */
export type JsonObject = Readonly<Record<string, unknown>>

export const MostLevels = 64

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a JSON value nests deeper than `MostLevels`: `JSON.parse` reads any depth, everything that recurses over it later fails. */
export function tooDeep(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; depth <= MostLevels; depth += 1) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
    if (level.length === 0) return false
  }
  return true
}

/** A JSON object written as text, null for any other text. */
export function parseJsonObject(text: string): JsonObject | null {
  if (!/^\s*\{/.test(text) || !/\}\s*$/.test(text)) return null
  try {
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) && !tooDeep(parsed) ? parsed : null
  } catch {
    return null
  }
}

/**
 * Finds values by key in any case, with or without `_`, `-` and spaces: the marketplace documents `UserDetails` and sends `userDetails`
 * (https://github.com/MicrosoftDocs/azure-docs/issues/45267).
 */
export class KeyReader {
  readonly #byKey = new Map<string, [key: string, value: unknown][]>()

  constructor(object: JsonObject) {
    for (const entry of Object.entries(object)) {
      const folded = fold(entry[0])
      const same = this.#byKey.get(folded)
      if (same) same.push(entry)
      else this.#byKey.set(folded, [entry])
    }
  }

  /** Every value under any spelling of `name`: the documented spelling first, the others in one fixed order. */
  all(name: string): readonly unknown[] {
    const entries = this.#byKey.get(fold(name)) ?? []
    if (entries.length > 1) entries.sort(([a], [b]) => rank(a, name) - rank(b, name) || (a < b ? -1 : 1))
    return entries.map(([, value]) => value)
  }

  /** The first value among these names that is text and not blank: a blank never hides what another spelling says. */
  text(...names: readonly string[]): string | null {
    for (const name of names) {
      const found = this.all(name)
        .map(scalarText)
        .find((value) => value?.trim())
      if (found) return found
    }
    return null
  }
}

function fold(key: string): string {
  return key.toLowerCase().replace(/[\s_-]+/g, '')
}

function rank(key: string, documented: string): number {
  return key === documented ? 0 : 1
}
