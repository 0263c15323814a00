import type { CrmStates } from '../delivery/ports.ts'
import type { Queues } from '../queue/queues.ts'
import { holdOf } from '../queue/worker-options.ts'
import type { Scripts } from '../store/redis.ts'
import { type AdminQuota, type CrmQuotaStatus, readCrmQuota } from './crm-quota.ts'

/** A CRM as its file says it. */
export interface AdminCrm {
  readonly name: string
  readonly valid: boolean
  /** A sentence: what is wrong with its file. */
  readonly problem?: string
  /** Absent: its requests are not shown. */
  readonly quota?: AdminQuota
}

export interface CrmStatus {
  /**
   * `blocked`: by us, until the probe finds it well. `held`: by us, for as long as the CRM asked or until it is tried again; or new
   * deliveries wait because the org's requests are left to others. `paused`: by a person. `unknown`: Redis, where it stands, did not answer.
   */
  readonly state: 'up' | 'blocked' | 'held' | 'invalid' | 'paused' | 'unknown'
  /** A sentence for a person. */
  readonly reason?: string
  /** ISO 8601. */
  readonly since?: string
  readonly quota?: CrmQuotaStatus
}

export interface CrmStatusDependencies {
  readonly queues: Queues
  readonly states: CrmStates
  readonly crms: readonly AdminCrm[]
  readonly scripts: Scripts
  /** Milliseconds since the epoch. */
  now(): number
}

/** The state of every CRM, by name. Rejects when Redis can't be read. */
export async function readCrmStatus(dependencies: CrmStatusDependencies): Promise<Readonly<Record<string, CrmStatus>>> {
  const read = dependencies.crms.map(async (crm) => [crm.name, await statusOf(crm, dependencies)] as const)
  return Object.fromEntries(await Promise.all(read))
}

/** What is known of the CRMs while Redis can't be read. */
export function crmStatusWithoutRedis(crms: readonly AdminCrm[]): Readonly<Record<string, CrmStatus>> {
  return Object.fromEntries(crms.map((crm) => [crm.name, invalid(crm) ?? { state: 'unknown' }]))
}

async function statusOf(crm: AdminCrm, dependencies: CrmStatusDependencies): Promise<CrmStatus> {
  const broken = invalid(crm)
  if (broken) return broken
  const { name, quota: counted } = crm
  const read = counted && readCrmQuota(dependencies.scripts, { name, quota: counted }, dependencies.now())
  const [status, usage] = await Promise.all([standingOf(crm, dependencies), read])
  if (!usage) return status
  const { quota, reason } = usage
  return status.state === 'up' && reason !== null ? { state: 'held', reason, quota } : { ...status, quota }
}

async function standingOf(crm: AdminCrm, { queues, states }: CrmStatusDependencies): Promise<CrmStatus> {
  const queue = queues.deliveries.get(crm.name)
  const [blocked, paused, heldMs] = await Promise.all([states.blocked(crm.name), queue?.isPaused(), queue ? holdOf(queue) : 0])
  if (blocked) return { state: 'blocked', reason: blocked.reason, since: blocked.since }
  if (paused) return { state: 'paused', reason: 'A person paused its queue.' }
  if (heldMs <= 0) return { state: 'up' }
  const hold = await states.held(crm.name)
  const reason = hold?.reason ?? 'Its limit is reached or it is away.'
  const goesOn = `Deliveries go on in ${Math.ceil(heldMs / 1_000)} s.`
  return { state: 'held', reason: `${reason} ${goesOn}`, ...(hold === null ? {} : { since: hold.since }) }
}

function invalid(crm: AdminCrm): CrmStatus | null {
  if (crm.valid) return null
  return { state: 'invalid', reason: crm.problem ?? 'Its file is not valid: `leadsync check` says why.' }
}
