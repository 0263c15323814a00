import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { lead } from '../../src/cli/lead.ts'
import { quarantine } from '../../src/cli/quarantine.ts'
import { openInstallation } from '../../src/config/installation.ts'
import { type Lead, leadJobId } from '../../src/core/index.ts'
import { LeadIntake } from '../../src/queue/lead-intake.ts'
import { makeLead } from '../kit/made-lead.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { arriving } from '../kit/store-parts.ts'

const Rules = `
qualification:
  rules:
    - { when: { actions: [PLT] }, score: 40, reason: asked to be contacted }
    - { when: { has: [phone] }, score: 20, reason: has a phone number, owner: Erika }
  bands: [{ from: 50, priority: high }, { from: 20, followUp: false }]
`
const Own = 'ownDomains: { domains: [contoso.com], leads: hold }\n'

let server: TestRedis
let parts: QueueParts
let dir: string

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  dir = mkdtempSync(join(tmpdir(), 'leadsync-worth-'))
  await openInstallation(dir)
})
afterEach(async () => {
  await parts.close()
  rmSync(dir, { recursive: true })
})
afterAll(() => server.stop())

/** Runs a command on this configuration; returns what it printed. */
async function said(command: (args: string[]) => Promise<number>, yaml: string, ...args: readonly string[]): Promise<string> {
  writeFileSync(join(dir, 'leadsync.yaml'), `dataDir: ${dir}\nredis: { url: "${server.url}" }\n${yaml}`)
  const printed: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
  try {
    expect(await command([...args, '--config', dir])).toBe(0)
  } finally {
    write.mockRestore()
  }
  return printed.join('')
}

describe('leadsync lead', () => {
  const plt = makeLead({ action: 'PLT', person: { email: 'jane@fabrikam.com', phone: '+16175555555' } })

  it('shows the score, why, and what is to be done', async () => {
    await parts.store.enter(plt)
    expect(await said(lead, Rules, plt.id)).toContain(
      '\n  score: 60 (asked to be contacted; has a phone number), priority high, follow-up by Erika\n',
    )
    await parts.store.enter(makeLead({ id: 'lead-2', person: { lastName: 'Doe', phone: '+16175555556' } }))
    expect(await said(lead, Rules, 'lead-2')).toContain('\n  score: 20 (has a phone number), priority normal, no follow-up\n')
  })

  it('shows it to scripts, and nothing where there are no rules or the body is gone', async () => {
    const key = await parts.store.enter(plt)
    const shown = async (yaml: string) => JSON.parse(await said(lead, yaml, plt.id, '--json')).found[0].leads[0].qualification
    expect(await shown(Rules)).toEqual({
      score: 60,
      reasons: ['asked to be contacted', 'has a phone number'],
      followUp: true,
      owner: 'Erika',
      priority: 'high',
    })
    expect(await shown('')).toBeNull()
    expect(await said(lead, '', plt.id)).not.toContain('score')
    await parts.store.redis.del(`{leadsync}:body:${key}`)
    expect(await shown(Rules)).toBeNull()
  })
})

describe('leadsync quarantine', () => {
  async function setAside(kind: 'held' | 'quarantined', one: Lead, body: unknown = one): Promise<void> {
    const { redis, register } = parts.store
    const intake = new LeadIntake(redis, register, parts.queues)
    const { id, receivedAt, channel } = one
    if (kind === 'held') await intake.accept([{ kind, lead: one, receipt: id, contentKey: null, idempotency: null }])
    else {
      const verbatim = { encoding: 'utf8' as const, body: JSON.stringify(body) }
      await intake.accept([{ kind, id, receivedAt, channel, token: '', reason: 'Not understood.', verbatim }])
    }
  }

  async function queued(id: string): Promise<Lead> {
    return (await parts.queues.leads.getJob(leadJobId(id)))?.data ?? expect.unreachable()
  }

  it('says why somebody of ours is held, and sends that lead on', async () => {
    const own = makeLead({ id: 'own-1' })
    await setAside('held', own)
    await setAside('held', makeLead({ id: 'test-1', test: true, person: { email: 'test@fabrikam.com' } }))
    const list = await said(quarantine, Own, 'list')
    expect(list).toMatch(/^own-1 .* from one of your own domains \(ownDomains\)$/m)
    expect(list).toMatch(/^test-1 .* a test lead$/m)
    expect(await said(quarantine, Own, 'replay', 'own-1')).toBe('own-1  accepted\n')
    expect(await queued('own-1')).toEqual(own)
  })

  it('does not hold again what a person replays, and believes no tags of a foreign producer', async () => {
    const foreign = makeLead({ id: 'queue-1', channel: 'queue' })
    await setAside('quarantined', foreign, { ...foreign, tags: ['token:web', 'own-domain', 'fair'] })
    expect(await said(quarantine, Own, 'replay', 'queue-1')).toBe('queue-1  accepted\n')
    expect((await queued('queue-1')).tags).toEqual(['fair'])
  })

  it('tags what it replays where our own are tagged, and keeps the token that intake saw', async () => {
    const api = makeLead({ id: 'api-1', channel: 'api', tags: ['token:api-1'] })
    await setAside('quarantined', api)
    await said(quarantine, Own.replace('hold', 'tag'), 'replay', 'api-1')
    expect((await queued('api-1')).tags).toEqual(['token:api-1', 'own-domain'])
  })
})

it('what the ledger has accepted is not held when it comes from the journal again', async () => {
  const one = makeLead({ id: 'lead-1' })
  await parts.store.register.admit(arriving(one, { receipt: 'journal-1' }))
  const intake = new LeadIntake(parts.store.redis, parts.store.register, parts.queues)
  await intake.accept([{ kind: 'held', lead: one, receipt: 'journal-1', contentKey: null, idempotency: null }])
  expect(await parts.queues.quarantine.count()).toBe(0)
  expect(await parts.queues.leads.getJob(leadJobId('lead-1'))).toBeDefined()
  expect(await parts.store.counters()).toMatchObject({ received: 1, accepted: 1, held: 0 })
})
