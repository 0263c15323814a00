import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'bullmq'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { deliveryQueue, queuePrefix } from '../../src/queue/catalogue.ts'
import { readCounters } from '../../src/store/counters.ts'
import { CrmRename } from '../../src/store/crm-rename.ts'
import { callLeadsync } from '../kit/called-command.ts'
import { runLeadsync } from '../kit/daemon.ts'
import { createHome, type Home } from '../kit/home.ts'
import { withQueue } from '../kit/ledger-view.ts'
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
  const stored = { outcome: 'delivered', result: 'created', record, dropped: [], rule: 'nobody-matched', reason: null } as const
  const contactId = await store.contactOf(jane)
  await store.ledger.recordWrite(Crm, { leadKey, contactId, stored, link: { record, known: null, optOuts: null } })
  return await createHome({ hubspotUrl: 'http://127.0.0.1:9', redisUrl: server.url })
}

async function links(): Promise<readonly string[]> {
  const fields = await store.redis.hkeys(`{leadsync}:contact:${await store.contactOf(jane)}`)
  return fields.filter((field) => field.startsWith('link:'))
}

function crm(at: Home, ...args: readonly string[]) {
  return callLeadsync(at, ['crm', '--config', at.configDir, ...args])
}

/** As an admin does it, who says nothing to Leadsync. */
function renameFile(at: Home, to: string): Promise<void> {
  return rename(join(at.configDir, 'crm', 'hubspot.yaml'), join(at.configDir, 'crm', `${to}.yaml`))
}

describe('leadsync crm', () => {
  it('list names every CRM with its org, and one whose file is gone', async () => {
    const at = await home()
    await store.orgs.bind({ crm: 'old', org: 'portal-2', sharedOrg: false })
    const since = '2026-11-23T10:00:00.000Z'
    const { code, stdout } = await runLeadsync(at, ['crm', '--config', at.configDir, 'list', '--json'])
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

describe('leadsync crm rename', () => {
  it('says what would move, moves it with --yes only, and finds nothing more to do then', async () => {
    const at = await home()
    await renameFile(at, 'portal')
    const planned = await crm(at, 'rename', Crm, 'portal')
    expect(planned).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /hubspot would become portal: org portal-1, 1 leads .* 1 contacts.*Nothing was changed.*--yes/s,
      ),
    })
    expect([(await store.orgs.of(Crm))?.org, await links()]).toEqual(['portal-1', [`link:${Crm}`]])
    const { code, stdout } = await crm(at, 'rename', Crm, 'portal', '--yes', '--json')
    const moved = { crm: Crm, to: 'portal', result: 'done', org: 'portal-1', leads: 1, contacts: 1, waiting: 0, parked: 0 }
    expect([code, JSON.parse(stdout)]).toEqual([0, moved])
    expect([await store.orgs.names(), (await store.orgs.of('portal'))?.org, await links()]).toEqual([
      ['portal'],
      'portal-1',
      ['link:portal'],
    ])
    expect(await crm(at, 'rename', Crm, 'portal', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing is held under the name hubspot'),
    })
  })

  it('is refused where the files do not say so, where the new name has something of its own, and while somebody is at work', async () => {
    const at = await home()
    const wrong = async (...words: readonly string[]) => await crm(at, 'rename', ...words, '--yes')
    expect(await wrong(Crm, 'salesforce')).toMatchObject({ code: 2, stderr: expect.stringContaining('still a crm/hubspot.yaml') })
    await renameFile(at, 'portal')
    expect(await wrong(Crm, 'potral')).toMatchObject({ code: 2, stderr: expect.stringContaining('no crm/potral.yaml') })
    expect(await wrong(Crm)).toMatchObject({ code: 2, stderr: expect.stringContaining('rename OLD NEW') })

    const queue = deliveryQueue('portal')
    const worker = new Worker(queue, async () => undefined, { connection: store.redis, prefix: queuePrefix(queue) })
    onTestFinished(() => worker.close(true))
    await worker.waitUntilReady()
    expect(await wrong(Crm, 'portal')).toMatchObject({ code: 1, stderr: expect.stringContaining('stop every daemon') })
    await worker.close(true)

    await store.orgs.bind({ crm: 'portal', org: 'portal-2', sharedOrg: false })
    expect(await wrong(Crm, 'portal')).toMatchObject({ code: 1, stderr: expect.stringContaining('bound to org portal-2 itself') })
    await store.orgs.forget('portal')
    await store.enter(makeLead({ id: 'newer', person: { email: 'john@contoso.com' } }), ['portal'])
    expect(await wrong(Crm, 'portal')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/1 leads came for portal.*--merge/),
    })
    expect([await store.orgs.names(), await links()]).toEqual([[Crm], [`link:${Crm}`]])
    expect(await wrong(Crm, 'portal', '--merge')).toMatchObject({ code: 0 })
    expect((await readCounters(store.scripts, ['portal'])).crms.portal).toMatchObject({ accepted: 2, waiting: 2 })
  })

  it('that was killed goes on, to the same name only, and takes a pause along', async () => {
    const at = await home()
    await renameFile(at, 'portal')
    const begun = new CrmRename(store.scripts)
    await begun.begin(Crm, { to: 'portal', paused: true })
    await begun.moveCrm(Crm, 'portal')
    expect(await crm(at, 'rename', Crm, 'dynamics', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('half renamed to portal'),
    })
    expect(await crm(at, 'rename', Crm, 'portal', '--yes')).toMatchObject({ code: 0 })
    expect([await links(), await begun.begun(Crm)]).toEqual([['link:portal'], null])
    expect(await withQueue(server.url, deliveryQueue('portal'), (queue) => queue.isPaused())).toBe(true)
  })
})
