import { judgeQuota, type OrgUsage, type QuotaSettings } from '../core/index.ts'
import type { OrgQuota } from './org-quota.ts'

export interface NewDeliveriesOptions {
  readonly quota: Pick<OrgQuota, 'usage' | 'mayLook'>
  readonly settings: QuotaSettings
  now(): number
  readonly random?: () => number
}

/** Tens of thousands may wait: each that comes back costs Redis something. */
const LeastWaitMs = 60_000
const ReadEveryMs = 1_000
/** What a reading says is soon wrong: others use the org, and its day ends. */
const FreshMs = 60_000

/** Whether deliveries of leads that the CRM does not have yet may start: they wait while the org's requests are left to others. */
export class NewDeliveries {
  readonly #options: NewDeliveriesOptions
  #usage: Promise<OrgUsage | null> | undefined
  #readAt = 0

  constructor(options: NewDeliveriesOptions) {
    this.#options = options
  }

  /** 0 when one may start; else in how many ms to ask again. */
  async waitMs(): Promise<number> {
    const { quota, settings, now, random = Math.random } = this.#options
    const usage = await this.#read()
    const waitsFor = usage === null ? null : judgeQuota(usage, settings).waitsFor
    if (usage === null || waitsFor === null) return 0
    // Nobody else may be sending, so one finds out. Our own count needs no asking: its day ends by itself.
    if (waitsFor === 'reserve' && !isFresh(usage, now()) && (await quota.mayLook())) return 0
    return Math.ceil(LeastWaitMs * (1 + random()))
  }

  #read(): Promise<OrgUsage | null> {
    const at = this.#options.now()
    if (!this.#usage || Math.abs(at - this.#readAt) >= ReadEveryMs) {
      this.#readAt = at
      this.#usage = this.#options.quota.usage()
    }
    return this.#usage
  }
}

/** One from the future was made before a clock was set back. */
function isFresh({ day }: OrgUsage, now: number): boolean {
  return day !== null && now >= day.at && now - day.at < FreshMs
}
