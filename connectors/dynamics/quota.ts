import type { QuotaRules } from '../../src/core/index.ts'

/**
 * 6,000 requests in five minutes for each app user. Each web server of the environment counts for itself, and the headers speak of one of
 * them, so they steer nothing; a trial has one. It says nothing of the day's requests. Logins are Microsoft Entra's, and no requests of it.
 * https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
 */
export const DynamicsQuota: QuotaRules = {
  windows: { api: { requests: 6_000, seconds: 300 } },
  classOf: () => 'api',
  read: () => ({ windows: {}, day: null }),
}
