import { describe, expect, it } from 'vitest'
import { type DoNotContactRules, type Lead, stands } from '../../src/core/index.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { onTestRedis, type TestRedis } from '../kit/redis.ts'
import { arriving, Crm, openStore, type StoreParts } from '../kit/store-parts.ts'

let server: TestRedis
const opened: StoreParts[] = []

onTestRedis(async (redis) => {
  server = redis
  await open().redis.flushall()
  return { close: closeAll }
})

async function closeAll(): Promise<void> {
  for (const store of opened.splice(0)) await store.close()
}

function open(rules: Partial<DoNotContactRules> = {}): StoreParts {
  const store = openStore(server.url, rules)
  opened.push(store)
  return store
}

function lead(action: string, at: number, parts: Partial<Parameters<typeof makeLead>[0]> = {}): Lead {
  return makeLead({ id: `${action} at ${at}`, action, receivedAt: hours(48), occurredAt: hours(at), ...parts })
}

async function suppressionAfter(leads: readonly Lead[], rules: Partial<DoNotContactRules> = {}) {
  const store = open(rules)
  for (const one of leads) await store.enter(one)
  return store.suppression.of(await store.contactOf(leads[0] as Lead))
}

const orders = [
  { order: 'in order', turn: (leads: Lead[]) => leads },
  { order: 'in reverse', turn: (leads: Lead[]) => leads.toReversed() },
]

describe.each(orders)('a do-not-contact and a wish to be contacted that arrive $order', ({ turn }) => {
  it('are taken by the leads’ own times: the later wish lifts the earlier no', async () => {
    const entries = await suppressionAfter(turn([lead('DNC', 1), lead('PLT', 2)]))
    expect(entries).toMatchObject([{ since: hours(1), liftedAt: hours(2) }])
    expect(entries.filter(stands)).toHaveLength(0)
  })

  it('are taken by the leads’ own times: the later no stands', async () => {
    const entries = await suppressionAfter(turn([lead('PLT', 1), lead('DNC', 2)]))
    expect(entries.filter(stands)).toMatchObject([{ since: hours(2), offer: 'contoso.analytics' }])
  })

  it('at the very same time leave the no standing', async () => {
    expect((await suppressionAfter(turn([lead('PLT', 1), lead('DNC', 1)]))).filter(stands)).toHaveLength(1)
  })

  it('about different offers leave the no standing', async () => {
    const entries = await suppressionAfter(turn([lead('DNC', 1), lead('PLT', 2, { offer: { offerId: 'backup' } })]))
    expect(entries.filter(stands)).toMatchObject([{ offer: 'contoso.analytics' }])
  })

  it('leave the latest no standing when there are several', async () => {
    const entries = await suppressionAfter(turn([lead('DNC', 1), lead('PLT', 2), lead('DNC', 3)]))
    expect(entries.filter(stands)).toMatchObject([{ since: hours(3) }])
  })
})

describe('a do-not-contact', () => {
  it('covers the whole contact when its lead names no readable offer', async () => {
    const nothing = { publisherId: null, offerId: null, title: null }
    expect(await suppressionAfter([lead('DNC', 1, { offer: nothing })])).toMatchObject([{ offer: null }])
  })

  it('covers the whole contact when the rules say so, and a wish about any offer lifts it', async () => {
    const wish = lead('PLT', 2, { offer: { offerId: 'backup' } })
    const entries = await suppressionAfter([lead('DNC', 1), wish], { scope: 'contact' })
    expect(entries).toMatchObject([{ offer: null, liftedAt: hours(2) }])
  })

  it('is never lifted by a lead when no action releases', async () => {
    expect((await suppressionAfter([lead('DNC', 1), lead('PLT', 2)], { release: [] })).filter(stands)).toHaveLength(1)
  })

  it('is not lifted by an ordinary lead', async () => {
    expect((await suppressionAfter([lead('DNC', 1), lead('INS', 2)])).filter(stands)).toHaveLength(1)
  })

  it('stands as soon as it is admitted, before anybody routed it', async () => {
    const store = open()
    const no = lead('DNC', 1)
    await store.enter(no, [])
    const other = lead('INS', 2)
    const key = await store.enter(other)
    expect(await store.ledger.claim(Crm, key, key)).toMatchObject({ claim: { suppression: [{ since: hours(1) }] } })
  })

  it('that waits for a person (a test lead) suppresses nobody', async () => {
    const store = open()
    const no = lead('DNC', 1)
    await store.register.admit(arriving(no, { kind: 'held' }))
    const other = lead('INS', 2)
    await store.enter(other)
    expect(await store.suppression.of(await store.contactOf(other))).toEqual([])
  })
})
