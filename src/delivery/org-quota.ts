import type { OrgUsage, QuotaReading } from '../core/index.ts'

/** The requests of one org, counted by all processes together. No method rejects: whoever can't be asked keeps nobody from sending. */
export interface OrgQuota {
  /** Takes one request out of its class's window. 0: it may be sent now; else in how many ms it is worth asking again, and nothing was taken. */
  take(requestClass: string): Promise<number>
  /** A request was sent; `reading` is what its answer said, null where there was none. */
  note(requestClass: string, reading: QuotaReading | null): void
  /** Null when it can't be read. */
  usage(): Promise<OrgUsage | null>
  /** True for one caller in a minute, of all processes: it may find out how the org stands. */
  mayLook(): Promise<boolean>
}
