import type { Redis } from 'ioredis'
import { type DoNotContactRules, type Lead, leadKey } from '../../src/core/index.ts'
import type { Entrant } from '../../src/delivery/register.ts'
import { RedisContactClaims } from '../../src/store/contact-claims.ts'
import { RedisContactLock } from '../../src/store/contact-lock.ts'
import { type Counters, readCounters } from '../../src/store/counters.ts'
import { RedisCrmStates } from '../../src/store/crm-states.ts'
import { RedisFollowUps } from '../../src/store/follow-ups.ts'
import { RedisLeadRegister } from '../../src/store/lead-register.ts'
import { RedisLedger } from '../../src/store/ledger.ts'
import { RedisOrgBindings } from '../../src/store/org-bindings.ts'
import { connectRedis, Scripts } from '../../src/store/redis.ts'
import { RedisSuppressionList } from '../../src/store/suppression-list.ts'
import { onTestRedis, type TestRedis } from './redis.ts'

export const Crm = 'hubspot'

export const Keep = {
  bodyDays: 90,
  ledgerDays: 400,
  timelineDays: 400,
  timelineTouches: 200,
  quarantineDays: 90,
  journalDays: 30,
}

/** Everything of the store on one connection, as the daemon makes it. */
export interface StoreParts {
  readonly redis: Redis
  readonly scripts: Scripts
  readonly register: RedisLeadRegister
  readonly ledger: RedisLedger
  readonly lock: RedisContactLock
  readonly contacts: RedisContactClaims
  readonly suppression: RedisSuppressionList
  readonly states: RedisCrmStates
  readonly orgs: RedisOrgBindings
  readonly followUps: RedisFollowUps
  /** What the ledger takes for now: the real time until a test sets it. */
  readonly clock: { ms: number | null }
  /** Takes a lead in and routes it. Returns its ledger key. */
  enter(lead: Lead, crms?: readonly string[]): Promise<string>
  counters(): Promise<Counters>
  /** The contact under which the lead's deliveries find it now. */
  contactOf(lead: Lead): Promise<string>
  close(): Promise<void>
}

export const LockMs = 30_000

export function openStore(url: string, doNotContact: Partial<DoNotContactRules> = {}): StoreParts {
  const redis = connectRedis(url, { name: 'test', patience: 'patient' })
  // Some tests take Redis away; ioredis prints what nobody listens to.
  redis.on('error', () => undefined)
  const scripts = new Scripts(redis, null)
  const clock: StoreParts['clock'] = { ms: null }
  const rules = { scope: 'offer' as const, release: ['PLT'], ...doNotContact }
  const register = new RedisLeadRegister(scripts, { secret: 'a secret', doNotContact: rules, retention: Keep, crms: [Crm] })
  return {
    redis,
    scripts,
    register,
    ledger: new RedisLedger(scripts, { lockMs: LockMs, retention: Keep, now: () => clock.ms ?? Date.now() }),
    lock: new RedisContactLock(scripts, LockMs),
    contacts: new RedisContactClaims(scripts, LockMs),
    suppression: new RedisSuppressionList(scripts),
    states: new RedisCrmStates(scripts),
    orgs: new RedisOrgBindings(scripts, () => clock.ms ?? Date.now()),
    followUps: new RedisFollowUps(scripts, { retention: Keep, now: () => clock.ms ?? Date.now() }),
    clock,
    async enter(lead, crms = [Crm]) {
      await register.admit(arriving(lead, { route: crms.map((name) => ({ name, wants: 'yes' })) }))
      return leadKey(lead.id)
    },
    counters: () => readCounters(scripts, [Crm, 'dynamics']),
    async contactOf(lead) {
      let contact = (await redis.hget(`{leadsync}:lead:${leadKey(lead.id)}`, 'c')) ?? 'none'
      for (;;) {
        const into = await redis.hget(`{leadsync}:contact:${contact}`, 'into')
        if (into === null) return contact
        contact = into
      }
    },
    close: async () => redis.disconnect(),
  }
}

/** Each test of the file begins with an empty store, which `take` is handed, and the server that it is on. */
export function onEmptyStore(take: (store: StoreParts, server: TestRedis) => void): void {
  onTestRedis(async (server) => {
    const store = openStore(server.url)
    await store.redis.flushall()
    take(store, server)
    return store
  })
}

/** A lead as intake hands it over, with its own receipt. */
export function arriving(lead: Lead, parts: Partial<Entrant> = {}): Entrant {
  return {
    kind: 'accepted',
    id: lead.id,
    receivedAt: lead.receivedAt,
    receipt: `receipt of ${lead.id}`,
    contentKey: null,
    idempotency: null,
    lead,
    route: null,
    ...parts,
  }
}
