import type { BoundOrg } from '../delivery/ports.ts'

export interface QuotaOwner {
  readonly crm: string
  /** Its kind. */
  readonly connector: string
  readonly bound: BoundOrg | null
}

/**
 * By what requests are counted: files that write to one org share it. A CRM that is bound to none yet has a key of its own, which it leaves a few
 * seconds after its first success: once in its life it may send two windows' worth then, and the CRM's own refusal holds it.
 */
export function quotaKey({ connector, crm, bound }: QuotaOwner): string {
  return bound === null ? `${connector}:file:${crm}` : `${connector}:org:${bound.org}`
}

/** Where something may stand that counts for it: what it sent today before it was bound counts as well. */
export function quotaKeys(owner: QuotaOwner): readonly string[] {
  return [...new Set([quotaKey(owner), quotaKey({ ...owner, bound: null })])]
}

/** Of the UTC day of `now` (ms). */
export function dayKey(key: string, now: number): string {
  return `${key}:day:${new Date(now).toISOString().slice(0, 10)}`
}

/** Of all CRMs' requests, by `CRM:CLASS`. */
export const RequestCounts = 'quota:requests'
