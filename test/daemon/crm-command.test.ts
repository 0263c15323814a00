import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'bullmq'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { deliveryQueue, queuePrefix } from '../../src/queue/catalogue.ts'
import { runLeadsync } from '../kit/daemon.ts'
import { createHome, type Home } from '../kit/home.ts'
import { makeLead } from '../kit/made-lead.ts'
import { openQueues } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm, openStore, type StoreParts } from '../kit/store-parts.ts'

let server: TestRedis
let store: StoreParts

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  store = openStore(server.url)
  onTestFinished(() => store.close())
  await store.redis.flushall()
  store.clock.ms = Date.parse('2026-11-23T10:00:00.000Z')
})
afterAll(() => server.stop())

const jane = makeLead({ person: { email: 'jane@contoso.com' } })
const record = { object: 'contact', id: '1' }

/** Hubspot is bound and knows where jane is. No CRM is asked for anything here. */
async function home(): Promise<Home> {
  await store.orgs.bind({ crm: Crm, org: 'portal-1', sharedOrg: false })
  const leadKey = await store.enter(jane)
  const stored = { outcome: 'delivered', result: 'created', record, dropped: [], reason: null } as const
  const contactId = await store.contactOf(jane)
  await store.ledger.recordWrite(Crm, { leadKey, contactId, stored, link: { record, known: null } })
  return await createHome({ hubspotUrl: 'http://127.0.0.1:9', redisUrl: server.url })
}

async function links(): Promise<readonly string[]> {
  const fields = await store.redis.hkeys(`{leadsync}:contact:${await store.contactOf(jane)}`)
  return fields.filter((field) => field.startsWith('link:'))
}

function crm(at: Home, ...args: readonly string[]) {
  return runLeadsync(at, ['crm', '--config', at.configDir, ...args])
}

/** Each command is a process of its own, which takes its time on a busy machine. */
describe('leadsync crm', { timeout: 60_000 }, () => {
  it('list names every CRM with its org, and one whose file is gone', async () => {
    const at = await home()
    await store.orgs.bind({ crm: 'old', org: 'portal-2', sharedOrg: false })
    const since = '2026-11-23T10:00:00.000Z'
    const { code, stdout } = await crm(at, 'list', '--json')
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        crms: [
          { name: 'dynamics', connector: null, enabled: false, file: true, org: null, since: null },
          { name: 'hubspot', connector: 'hubspot', enabled: true, file: true, org: 'portal-1', since },
          { name: 'old', connector: null, enabled: false, file: false, org: 'portal-2', since },
          { name: 'salesforce', connector: null, enabled: false, file: true, org: null, since: null },
        ],
      },
    ])
    expect((await crm(at, 'list')).stdout.split('\n')).toEqual([
      'dynamics  disabled  bound to no org yet',
      `hubspot  hubspot  org portal-1 since ${since}`,
      `old  has no file any more  org portal-2 since ${since}`,
      'salesforce  disabled  bound to no org yet',
    ])
  })

  it('rebind says what it means, and does it with --yes only', async () => {
    const at = await home()
    const asked = await crm(at, 'rebind', Crm)
    expect(asked).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/bound to org portal-1.*restored.*--keep-records.*--yes/s),
    })
    expect([(await store.orgs.of(Crm))?.org, await links()]).toEqual(['portal-1', [`link:${Crm}`]])

    const { code, stdout } = await crm(at, 'rebind', Crm, '--yes', '--json')
    expect([code, JSON.parse(stdout)]).toEqual([0, { crm: Crm, org: 'portal-1', recordsForgotten: 1 }])
    expect([await store.orgs.of(Crm), await links()]).toEqual([null, []])

    expect(await crm(at, 'rebind', Crm, '--yes')).toMatchObject({ code: 1, stderr: expect.stringContaining('bound to no org') })
    expect(await crm(at, 'rebind', 'hubspto', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there are dynamics'),
    })
    expect(await crm(at, 'rebind')).toMatchObject({ code: 2 })
  })

  it('rebind --keep-records keeps which record each contact is', async () => {
    const at = await home()
    expect(await crm(at, 'rebind', Crm, '--yes', '--keep-records')).toMatchObject({ code: 0 })
    expect([await store.orgs.of(Crm), await links()]).toEqual([null, [`link:${Crm}`]])
  })

  it('rebind frees the org of a CRM whose file is gone', async () => {
    const at = await home()
    await rm(join(at.configDir, 'crm', 'hubspot.yaml'))
    expect(await crm(at, 'rebind', Crm, '--yes')).toMatchObject({ code: 0 })
    expect(await store.orgs.names()).toEqual([])
  })

  it('rebind leaves a CRM alone that has deliveries in hand, unless it is forced', async () => {
    const at = await home()
    const parts = openQueues(server.url)
    const queue = deliveryQueue(Crm)
    const worker = new Worker(queue, null, { connection: store.redis, prefix: queuePrefix(queue) })
    onTestFinished(async () => {
      await worker.close(true)
      await parts.close()
    })
    await parts.add(makeLead({ person: { email: 'john@contoso.com' } }))
    await worker.getNextJob('a token')
    expect(await crm(at, 'rebind', Crm, '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has 1 deliveries in hand'),
    })
    expect([(await store.orgs.of(Crm))?.org, await links()]).toEqual(['portal-1', [`link:${Crm}`]])
    expect(await crm(at, 'rebind', Crm, '--yes', '--force')).toMatchObject({ code: 0 })
    expect(await store.orgs.of(Crm)).toBeNull()
  })
})
