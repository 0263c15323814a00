import type { QuotaRules } from '../../src/core/index.ts'
import { usageIn } from './requests/allowance.ts'

/**
 * Salesforce limits the requests of 24 hours, and how many that take longer than 20 seconds run at once (25; each process of ours sends at
 * most 4 at once), but no rate. Logins count against neither.
 * https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm
 */
export const SalesforceQuota: QuotaRules = {
  windows: { api: null, login: null },
  classOf: (_method, path) => (path.startsWith('/services/oauth2/') ? 'login' : 'api'),
  read: (headers) => ({ windows: {}, day: usageIn(headers) }),
}
