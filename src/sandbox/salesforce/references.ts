/** Finds what `@{ref.path}` stands for; undefined: nothing. */
export type Lookup = (reference: string, path: string) => unknown

/** A reference that nothing answers to. */
export class DeadReference extends Error {
  override name = 'DeadReference'
}

const whole = /^@\{(\w+)([.[][^{}]+)\}$/
const inside = /@\{(\w+)([.[][^{}]+)\}/g

/**
 * Puts the values of earlier subrequests in the place of `@{ref.path}` and `@{ref[0].path}`, in text and in all the texts of an object. A text that
 * is one reference and nothing else becomes the value with its type. Throws a `DeadReference`.
 */
export function resolve(value: unknown, lookup: Lookup): unknown {
  if (typeof value === 'string') return resolveText(value, lookup)
  if (Array.isArray(value)) return value.map((one: unknown) => resolve(one, lookup))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, resolve(one, lookup)]))
}

/** Walks `.records[0].Id` down a value. */
export function valueAt(value: unknown, path: string): unknown {
  let at = value
  for (const step of path.split(/[.[\]]/).filter((part) => part !== '')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Readonly<Record<string, unknown>>)[step]
  }
  return at
}

function resolveText(text: string, lookup: Lookup): unknown {
  const [, reference, path] = whole.exec(text) ?? []
  if (reference !== undefined && path !== undefined) return found(reference, path, lookup)
  return text.replaceAll(inside, (_, name: string, below: string) => String(found(name, below, lookup)))
}

function found(reference: string, path: string, lookup: Lookup): unknown {
  const value = lookup(reference, path)
  if (value !== undefined && value !== null) return value
  throw new DeadReference(`Invalid reference specified. No value for ${reference}${path} found in ${reference}`)
}
