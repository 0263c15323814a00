import { refuse } from './problem.ts'

/** The options of one query string, decoded. */
export interface QueryOptions {
  /** By name with its dollar sign, `$filter`. */
  get(name: string): string | null
  /** `@p1`: the expression that it stands for; null: it is not given. */
  alias(name: string): string | null
}

const known = new Set(['$select', '$filter', '$orderby', '$top', '$count', '$expand', '$skiptoken', '$format'])

/**
 * Reads a query as it was sent: split first, then decoded once, a plus being a space. An `&` that a client forgot to encode
 * therefore cuts its literal in two, and a `+` is gone, as it is in Dataverse.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows#url-encode-special-characters
 */
export function readOptions(query: string): QueryOptions {
  const values = new Map<string, string>()
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const cut = pair.includes('=') ? pair.indexOf('=') : pair.length
    const name = decode(pair.slice(0, cut))
    // A mistyped name, `select` or `$Select`, must not be ignored: all rows would come back with all columns, and nobody would see why.
    if (!known.has(name) && !name.startsWith('@')) throw refuse(`The query parameter ${name} is not supported`)
    if (values.has(name)) {
      throw refuse(`Query option '${name}' was specified more than once, but it must be specified at most once.`)
    }
    values.set(name, decode(pair.slice(cut + 1)))
  }
  return { get: (name) => values.get(name) ?? null, alias: (name) => values.get(name) ?? null }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw refuse('Bad Request - Error in query syntax.')
  }
}
