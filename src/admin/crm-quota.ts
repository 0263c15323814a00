import type { CrmConfig } from '../config/load.ts'
import { judgeQuota, type QuotaSettings, quotaReason } from '../core/index.ts'
import { readCrmUsage } from '../store/quota-lookup.ts'
import type { Scripts } from '../store/redis.ts'

/** How a CRM's requests are counted, as its file says it. */
export interface AdminQuota extends QuotaSettings {
  /** Its kind. */
  readonly connector: string
}

/** How the requests of a CRM's org stand. */
export interface CrmQuotaStatus {
  /** Of the org's day, by everybody, as the last answer said; null before any, and where the CRM does not say. */
  readonly used: number | null
  readonly limit: number | null
  readonly remaining: number | null
  /** So many are left to others. */
  readonly reserve: number | null
  /** When the CRM said so; ISO 8601. */
  readonly at: string | null
  /** Sent to the org by Leadsync since midnight UTC. */
  readonly spentToday: number
  /** What it may send in a day; null: as much as the org has. */
  readonly dailyRequests: number | null
  /** Sent for this CRM since the installation's beginning, by class. */
  readonly requests: Readonly<Record<string, number>>
}

/** To be spread into an `AdminCrm`: nothing for a file that is not valid. */
export function adminQuota(crm: CrmConfig): { readonly quota?: AdminQuota } {
  return crm.ok ? { quota: { connector: crm.connector, ...crm.quota } } : {}
}

/** Also why new deliveries wait, a sentence; null: they don't. Rejects when Redis can't be read. `now` in ms. */
export async function readCrmQuota(
  scripts: Scripts,
  { name, quota }: { readonly name: string; readonly quota: AdminQuota },
  now: number,
): Promise<{ readonly quota: CrmQuotaStatus; readonly reason: string | null }> {
  const usage = await readCrmUsage(scripts, { name, connector: quota.connector }, now)
  const { day, spentToday, requests } = usage
  const verdict = judgeQuota(usage, quota)
  return {
    quota: {
      used: day?.used ?? null,
      limit: day?.limit ?? null,
      remaining: verdict.remaining,
      reserve: verdict.reserve,
      at: day === null ? null : new Date(day.at).toISOString(),
      spentToday,
      dailyRequests: quota.dailyRequests,
      requests,
    },
    reason: quotaReason(verdict, usage, quota),
  }
}
