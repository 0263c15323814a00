/** A path below one API version, taken apart. */
export interface Route {
  readonly version: number
  /** `/services/data/v68.0`, which answers put before the addresses that they give. */
  readonly base: string
  /** Decoded segments after the version. */
  readonly rest: readonly string[]
}

export const oldestVersion = 31
export const newestVersion = 68

/** Null for a path that is below no API version. Numbers outside of what is served come through: they are answered differently. */
export function parseRoute(path: string): Route | null {
  const versioned = /^(\/services\/data\/v(\d+)\.0)(?:\/|$)/.exec(path)
  const [, base, version] = versioned ?? []
  if (base === undefined) return null
  const rest = decode(path.slice(base.length + 1))
  return rest === null ? null : { version: Number(version), base, rest }
}

/** A trailing slash says nothing; an empty segment in between does, so it stays. */
function decode(path: string): string[] | null {
  const segments = path.split('/')
  if (segments.at(-1) === '') segments.pop()
  try {
    return segments.map(decodeURIComponent)
  } catch {
    return null
  }
}
