import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { lead } from '../../src/cli/lead.ts'
import { status } from '../../src/cli/status.ts'
import { openInstallation } from '../../src/config/installation.ts'
import { leadKey } from '../../src/core/index.ts'
import { bring, follow, HourMs, NoLimits, NoonMs } from '../kit/follow-up-plans.ts'
import { makeLead } from '../kit/made-lead.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { openStore, type StoreParts } from '../kit/store-parts.ts'

let server: TestRedis
let store: StoreParts
let dir: string

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  store = openStore(server.url)
  await store.redis.flushall()
  store.clock.ms = NoonMs
  dir = mkdtempSync(join(tmpdir(), 'leadsync-follow-up-'))
  await openInstallation(dir)
  writeFileSync(join(dir, 'leadsync.yaml'), `dataDir: ${dir}\nredis: { url: "${server.url}" }\nfollowUps: { warnHours: 5 }\n`)
})
afterEach(async () => {
  await store.close()
  rmSync(dir, { recursive: true })
})
afterAll(() => server.stop())

/** Runs a command; returns what it printed. */
async function said(command: (args: string[]) => Promise<number>, ...args: readonly string[]): Promise<string> {
  const printed: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
  try {
    expect(await command([...args, '--config', dir])).toBe(0)
  } finally {
    write.mockRestore()
  }
  return printed.join('')
}

const jane = makeLead({ id: 'jane', person: { email: 'secret@contoso.com', lastName: 'Secretson' } })
const Key = leadKey('jane')
const at = (hours: number) => new Date(NoonMs + hours * HourMs).toISOString()

describe('leadsync lead', () => {
  it('shows each step of the follow-up: what, how far, when, and why it ended', async () => {
    const steps = [{ slaAt: NoonMs + 24 * HourMs }, { type: 'email' as const, fireAt: NoonMs + 2 * HourMs }, {}]
    const [made, , gone = ''] = await follow(store, jane, { steps })
    await store.followUps.handOver(made, NoLimits)
    const change = { owner: '70', dueAt: NoonMs + 4 * HourMs }
    await store.followUps.move({ id: made, from: ['due'], to: 'making', change })
    const task = { object: 'tasks', id: '77' }
    await store.followUps.move({ id: made, from: ['making'], to: 'made', change: { task }, say: 'A task was made (tasks/77).' })
    await store.followUps.recall(gone, 'The record was deleted in the CRM.')
    const shown = await said(lead, 'jane')
    expect(shown).toContain(
      [
        '  follow-up in hubspot',
        `    sales/1: call, made, tasks/77, made at ${at(0)}, due ${at(4)}, by 70, promised until ${at(24)}`,
        `    sales/2: email, waiting, to be made at ${at(2)}`,
        '    sales/3: call, cancelled: The record was deleted in the CRM.',
        '',
      ].join('\n'),
    )
    expect(shown).toContain(
      [
        `  ${at(0)}  hubspot: Two calls are planned.`,
        `  ${at(0)}  hubspot: follow-up sales/1: A task was made (tasks/77).`,
        `  ${at(0)}  hubspot: follow-up sales/3: Cancelled: The record was deleted in the CRM.`,
        '',
      ].join('\n'),
    )
    expect(shown).not.toMatch(/secret/i)
  })

  it('shows when a step is really tried that waits for the gap, and says so', async () => {
    const [first] = await follow(store, jane)
    const again = makeLead({ id: 'again', person: jane.person })
    const [held] = await follow(store, again, { steps: [{}] })
    await bring(store.followUps, first, 'made')
    const planned = async () => JSON.parse(await said(lead, 'again', '--json')).found[0].leads[0].followUp.steps[0]
    expect(await planned()).toMatchObject({ fireAt: NoonMs, nextTryAt: NoonMs, putOff: null })
    await store.followUps.handOver(held, { ...NoLimits, minGapMs: 4 * HourMs })
    expect(await said(lead, 'again')).toContain(
      `    sales/1: call, waiting, to be made at ${at(4)} (put off by minGapHours after another task)\n`,
    )
    const nextTryAt = NoonMs + 4 * HourMs
    expect(await planned()).toMatchObject({ fireAt: NoonMs, nextTryAt, putOff: 'put off by minGapHours after another task' })
    store.clock.ms = nextTryAt
    await store.followUps.handOver(held, { ...NoLimits, minGapMs: 4 * HourMs })
    expect(await planned()).toMatchObject({ state: 'due', nextTryAt: null, putOff: null })
  })

  it('says why one that is being made is to be withdrawn', async () => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, 'making')
    await store.followUps.recall(first, 'The customer is not to be called.')
    expect(await said(lead, 'jane')).toMatch(/sales\/1: call, making, .*: The customer is not to be called\.\n/)
  })

  it('says that nobody in particular has a task', async () => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, 'making')
    await store.followUps.move({ id: first, from: ['making'], to: 'made', change: { task: { object: 'tasks', id: '1' } } })
    expect(await said(lead, 'jane')).toContain('by nobody in particular')
  })

  it('hides an owner who is named by an e-mail address, unless personal data is asked for', async () => {
    const [first] = await follow(store, jane)
    await bring(store.followUps, first, 'making')
    const change = { task: { object: 'tasks', id: '1' }, owner: 'erika@fabrikam.com' }
    await store.followUps.move({ id: first, from: ['making'], to: 'made', change })
    expect(await said(lead, 'jane')).toContain(', by (hidden), ')
    expect(await said(lead, 'jane', '--json')).not.toContain('@')
    expect(await said(lead, 'jane', '--show-personal-data')).toContain(', by erika@fabrikam.com, ')
  })

  it('shows the plan to scripts, and null where there is none', async () => {
    await store.enter(makeLead({ id: 'john', person: { email: 'john@contoso.com' } }))
    const plan = async (id: string) => JSON.parse(await said(lead, id, '--json')).found[0].leads[0].followUp
    expect(await plan('john')).toBeNull()
    const [first] = await follow(store, jane)
    expect(await plan('jane')).toMatchObject({ lead: Key, crm: 'hubspot', steps: [{ id: first, state: 'waiting' }, {}] })
  })
})

describe('leadsync status', () => {
  it('lists what is about to be late by its own configuration, and names nobody', async () => {
    const slaAt = Date.now() + 4.5 * HourMs
    await follow(store, jane, { steps: [{ slaAt }, { slaAt: slaAt + HourMs }] })
    const shown = await said(status)
    expect(shown).toContain(`\n  ${Key}.sales.1  hubspot  waiting  in 4 h (${new Date(slaAt).toISOString()})\n`)
    expect(shown).not.toMatch(/sales\.2|secret|@/i)
    expect(JSON.parse(await said(status, '--json')).followUpsDueSoon).toEqual([
      { step: `${Key}.sales.1`, crm: 'hubspot', slaAt: slaAt, state: 'waiting', missed: false },
    ])
  })
})
