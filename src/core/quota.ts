/** So many requests in any stretch of so many seconds. */
export interface RequestWindow {
  readonly requests: number
  readonly seconds: number
}

/** Requests of a day (or of the last 24 hours), by everybody who uses the org's API. */
export interface DayUsage {
  readonly used: number
  readonly limit: number
}

/** What the headers of one answer say. */
export interface QuotaReading {
  /** By class; what an answer says replaces the default. */
  readonly windows: Readonly<Record<string, RequestWindow>>
  /** Null where it says nothing of it. */
  readonly day: DayUsage | null
}

/** How one kind of CRM counts requests. Pure. */
export interface QuotaRules {
  /** Every class of its endpoints, with the window that stands until an answer says otherwise; null: it limits no rate. */
  readonly windows: Readonly<Record<string, RequestWindow | null>>
  /** One of the classes. `path` as it is in the address, without the query. */
  classOf(method: string, path: string): string
  read(headers: Headers): QuotaReading
}

/** `quota:` of a CRM's file. */
export interface QuotaSettings {
  /** So much of the org's daily limit is left to others. */
  readonly reservePercent: number
  /** What Leadsync may send in a day (UTC) before new deliveries wait; null: as much as the org has. */
  readonly dailyRequests: number | null
}

/** What all processes together know of an org's requests. */
export interface OrgUsage {
  /** As the last answer said; `at` in ms since the epoch. Null before any, and where the CRM does not say. */
  readonly day: (DayUsage & { readonly at: number }) | null
  /** Sent by Leadsync since midnight UTC. */
  readonly spentToday: number
}

export interface QuotaVerdict {
  /** What is left to the org; null where nobody said. */
  readonly remaining: number | null
  /** What is to be left to others; null where nobody said. */
  readonly reserve: number | null
  /** Why new deliveries wait: the others' `reserve` is reached, or our own `budget` is used up. Null: they don't. */
  readonly waitsFor: 'reserve' | 'budget' | null
}

export function judgeQuota({ day, spentToday }: OrgUsage, { reservePercent, dailyRequests }: QuotaSettings): QuotaVerdict {
  // Salesforce lets an org go over its limit for a while.
  const remaining = day === null ? null : Math.max(0, day.limit - day.used)
  const reserve = day === null ? null : Math.ceil((day.limit * reservePercent) / 100)
  const waitsFor = waitingFor()
  return { remaining, reserve, waitsFor }

  function waitingFor(): QuotaVerdict['waitsFor'] {
    if (dailyRequests !== null && spentToday >= dailyRequests) return 'budget'
    return remaining !== null && reserve !== null && remaining < reserve ? 'reserve' : null
  }
}

/** A sentence for a person; null when new deliveries do not wait. */
export function quotaReason(
  verdict: QuotaVerdict,
  usage: OrgUsage,
  { reservePercent, dailyRequests }: QuotaSettings,
): string | null {
  const others = 'Do-not-contacts and tasks of leads that are delivered go on.'
  if (verdict.waitsFor === 'budget') {
    return `New deliveries wait until midnight UTC: Leadsync has sent ${usage.spentToday} requests today, and quota.dailyRequests is ${dailyRequests}. ${others}`
  }
  if (verdict.waitsFor === null || usage.day === null) return null
  const at = new Date(usage.day.at).toISOString()
  return `New deliveries wait: of the org's ${usage.day.limit} requests a day ${verdict.remaining} were left at ${at}, and quota.reservePercent keeps ${reservePercent} % for others. ${others}`
}
