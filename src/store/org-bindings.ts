import type { BoundOrg, OrgBindings, OrgClaim, OrgVerdict } from '../delivery/ports.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { scanKeys } from './scan-keys.ts'

/** Longer than a first delivery takes; each check of a CRM that is not bound yet renews it. */
const HoldMs = 60_000

/** One script judges and binds, so that of two processes that find one org free only one gets it. */
export class RedisOrgBindings implements OrgBindings {
  readonly #scripts: Scripts
  readonly #now: () => number

  constructor(scripts: Scripts, now: () => number) {
    this.#scripts = scripts
    this.#now = now
  }

  check(claim: OrgClaim): Promise<OrgVerdict> {
    return this.#judge('check', claim)
  }

  hold(claim: OrgClaim): Promise<OrgVerdict> {
    return this.#judge('hold', claim)
  }

  bind(claim: OrgClaim): Promise<OrgVerdict> {
    return this.#judge('bind', claim)
  }

  async note(crm: string, sharedOrg: boolean): Promise<void> {
    await this.#scripts.run('org', 'note', crm, '', sharedOrg ? '1' : '0', this.#now())
  }

  async of(crm: string): Promise<BoundOrg | null> {
    const [org, since] = await this.#scripts.redis.hmget(`${KeyPrefix}crm:${crm}`, 'org', 'orgSince')
    return org ? { org, since: since ? new Date(Number(since)).toISOString() : null } : null
  }

  /** Names of the CRMs that are bound, whether they still have a file or not, in their order. */
  async names(): Promise<readonly string[]> {
    return (await this.#scripts.redis.smembers(`${KeyPrefix}bound`)).sort()
  }

  /** The other CRMs that are bound to the same org, in the order of their names. */
  async sharing(crm: string): Promise<readonly string[]> {
    const { redis } = this.#scripts
    const others = (await this.names()).filter((name) => name !== crm)
    const orgs = await Promise.all([crm, ...others].map((name) => redis.hget(`${KeyPrefix}crm:${name}`, 'org')))
    const [own = null, ...theirs] = orgs
    return own === null ? [] : others.filter((_, index) => theirs[index] === own)
  }

  /** The next success binds anew. */
  async forget(crm: string): Promise<void> {
    const { redis } = this.#scripts
    await redis.multi().hdel(`${KeyPrefix}crm:${crm}`, 'org', 'orgSince').srem(`${KeyPrefix}bound`, crm).exec()
  }

  /**
   * Which record each contact is in that CRM: in another account the same id is somebody else's. Its contacts are then found by contact id
   * and e-mail again. Returns how many were forgotten; may be called again after a crash.
   */
  async forgetRecords(crm: string): Promise<number> {
    const { redis } = this.#scripts
    let forgotten = 0
    for await (const keys of scanKeys(this.#scripts, 'contact:*')) {
      const counts = await Promise.all(keys.map((key) => redis.hdel(key, `link:${crm}`)))
      forgotten += counts.reduce((sum, count) => sum + count, 0)
    }
    return forgotten
  }

  async #judge(verb: 'check' | 'hold' | 'bind', { crm, org, sharedOrg }: OrgClaim): Promise<OrgVerdict> {
    const shared = sharedOrg ? '1' : '0'
    const [kind, other = ''] = (await this.#scripts.run('org', verb, crm, org, shared, this.#now(), HoldMs)) as string[]
    if (kind === 'elsewhere') return { kind, bound: other }
    if (kind === 'taken' || kind === 'held') return { kind, by: other }
    return { kind: kind === 'bound' ? 'bound' : 'free' }
  }
}
