import type { FastifyInstance } from 'fastify'
import { type AdminDependencies, type AdminOptions, buildAdmin } from '../../src/admin/admin.ts'
import { Lead } from '../../src/core/index.ts'
import type { Arrival } from '../../src/intake/lead-sink.ts'
import { LeadIntake } from '../../src/queue/lead-intake.ts'
import { Queues } from '../../src/queue/queues.ts'
import { RedisCrmStates } from '../../src/store/crm-states.ts'
import { RedisLeadRegister } from '../../src/store/lead-register.ts'
import { connectRedis, Scripts } from '../../src/store/redis.ts'

export const Password = 'correct horse'
export const Login = { authorization: basic('admin', Password) }
export const Operator = { username: 'operator', password: 'battery staple' }
export const OperatorLogin = { authorization: basic(Operator.username, Operator.password) }
export const Now = Date.parse('2026-11-23T10:00:00.000Z')

export const WarnMs = 4 * 3_600_000
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const Secret = '5'.repeat(64)
const Retention = {
  bodyDays: 90,
  timelineDays: 400,
  timelineTouches: 200,
  ledgerDays: 400,
  quarantineDays: 90,
  journalDays: 30,
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** The parts that the admin listener looks at, on a patient connection: the worst one for a page that must answer in time. */
export async function openParts(url: string, crms: readonly string[] = ['hubspot']) {
  const redis = connectRedis(url, { name: 'test', patience: 'patient' })
  const scripts = new Scripts(redis, null)
  const queues = new Queues(redis, crms, silent)
  const register = new RedisLeadRegister(scripts, {
    secret: Secret,
    doNotContact: { scope: 'offer', release: ['PLT'] },
    retention: Retention,
    crms,
  })
  await redis.ping()
  return {
    redis,
    scripts,
    queues,
    register,
    states: new RedisCrmStates(scripts),
    intake: new LeadIntake(redis, register, queues),
    close: async () => {
      await queues.close().catch(() => undefined)
      redis.disconnect()
    },
  }
}

export type Parts = Awaited<ReturnType<typeof openParts>>

export interface RunningAdmin {
  readonly app: FastifyInstance
  readonly url: string
  get(path: string, headers?: Record<string, string>): Promise<Response>
}

export async function startAdmin(
  parts: Parts,
  options: Partial<AdminOptions> = {},
  dependencies: Partial<AdminDependencies> = {},
): Promise<RunningAdmin> {
  const crms = [...parts.queues.deliveries.keys()].map((name) => ({ name, valid: true }))
  const app = await buildAdmin(
    { username: 'admin', password: Password, crms, role: 'all', warnMs: WarnMs, ...options },
    { ...parts, redisUp: () => parts.redis.status === 'ready', log: silent, now: () => Now, ...dependencies },
  )
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url, get: (path, headers = Login) => fetch(url + path, { headers, redirect: 'manual' }) }
}

/** A lead whose every personal value can be told from everything else: the word `secret`, an e-mail or a number. */
export function lead(id: string, change: Partial<Lead> = {}): Lead {
  const at = new Date(Now - 120_000).toISOString()
  return Lead.parse({
    v: 1,
    id,
    channel: 'marketplace',
    externalId: null,
    receivedAt: at,
    occurredAt: at,
    source: 'AppSource',
    sourceRaw: 'AppSource secret@contoso.com',
    action: 'PLT',
    stage: 'initial-interest',
    offer: { publisherId: 'contoso', offerId: 'analytics', title: 'Contoso Analytics', productId: null },
    person: {
      email: `secret-${id}@contoso.com`.toLowerCase(),
      phone: '+16175550123',
      phoneRaw: '16175550123',
      firstName: 'SecretFirst',
      lastName: 'SecretLast',
      company: 'SecretCompany',
      jobTitle: 'SecretTitle',
      country: 'US',
      countryRaw: 'USA',
    },
    notes: 'Call secret@contoso.com on 16175550123',
    campaign: { mktcmpid: 'secret@contoso.com' },
    test: false,
    tags: ['token:appsource-1'],
    raw: { email: 'secret@contoso.com', phone: '16175550123' },
    ...change,
  })
}

export function arrival(kind: 'accepted' | 'held', value: Lead): Arrival {
  return { kind, lead: value, receipt: value.id, contentKey: null, idempotency: null }
}

export function unreadable(id: string): Arrival {
  return {
    kind: 'quarantined',
    id,
    receivedAt: new Date(Now - 60_000).toISOString(),
    channel: 'marketplace',
    token: 'appsource-1',
    reason: 'The body is no JSON.',
    verbatim: { encoding: 'utf8', body: '{"Email": "secret@contoso.com", "Phone": 16175550123' },
  }
}
