/** A path taken apart: v3, v4 and dated prefixes come out the same, so that one handler serves them all. */
export interface Route {
  readonly area: string
  readonly version: string
  readonly rest: readonly string[]
}

const servedVersions: Readonly<Record<string, readonly string[]>> = {
  objects: ['v3', 'v4', '2026-03', '2026-09'],
  properties: ['v3', '2026-03', '2026-09'],
  owners: ['v3', '2026-03', '2026-09'],
  associations: ['v4', '2026-03', '2026-09'],
  'communication-preferences': ['v4', '2026-03', '2026-09'],
  'account-info': ['v3', '2026-03', '2026-09'],
}

/** `/crm/v3/objects/contacts` and `/crm/objects/2026-09/contacts` are one route; null for a path that nobody serves. */
export function parseRoute(path: string): Route | null {
  const segments = decode(path)
  if (segments === null) return null
  const [root = '', first = '', second = ''] = segments
  if (root !== 'crm') return served({ area: root, version: first, rest: segments.slice(2) })
  const isNumbered = /^v\d+$/.test(first)
  const [area, version] = isNumbered ? [second, first] : [first, second]
  const rest = segments.slice(3)
  // v4 objects exist for their associations only.
  if (area === 'objects' && version === 'v4' && rest[2] !== 'associations') return null
  // `/crm/objects/v3/…` and `/crm/2026-09/objects/…` look plausible and are served by nobody.
  if (!isNumbered && version.startsWith('v')) return null
  return served({ area, version, rest })
}

function served(route: Route): Route | null {
  return servedVersions[route.area]?.includes(route.version) ? route : null
}

function decode(path: string): string[] | null {
  try {
    return path.split('/').slice(1).map(decodeURIComponent)
  } catch {
    return null
  }
}
