import type { QuotaRules, RequestWindow } from '../../src/core/index.ts'

/**
 * Search has a limit of its own, of the whole account, and its answers have no rate headers. All else shares the app's ten seconds: 100 in
 * the smallest account, which the first answer corrects. https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
export const HubSpotQuota: QuotaRules = {
  windows: { burst: { requests: 100, seconds: 10 }, search: { requests: 5, seconds: 1 } },
  classOf: (_method, path) => (path.endsWith('/search') ? 'search' : 'burst'),
  read(headers) {
    const burst = burstIn(headers)
    const limit = count(headers, 'x-hubspot-ratelimit-daily')
    const remaining = count(headers, 'x-hubspot-ratelimit-daily-remaining')
    const hasDay = limit !== null && limit > 0 && remaining !== null
    return {
      windows: burst === null ? {} : { burst },
      day: hasDay ? { used: Math.max(0, limit - remaining), limit } : null,
    }
  },
}

function burstIn(headers: Headers): RequestWindow | null {
  const requests = count(headers, 'x-hubspot-ratelimit-max')
  const intervalMs = count(headers, 'x-hubspot-ratelimit-interval-milliseconds')
  if (requests === null || requests === 0 || intervalMs === null || intervalMs === 0) return null
  return { requests, seconds: Math.ceil(intervalMs / 1_000) }
}

function count(headers: Headers, name: string): number | null {
  const text = headers.get(name) ?? ''
  return /^\d{1,12}$/.test(text) ? Number(text) : null
}
