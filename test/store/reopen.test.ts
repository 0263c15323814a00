import { describe, expect, it } from 'vitest'
import { leadKey } from '../../src/core/index.ts'
import type { StoredOutcome } from '../../src/delivery/ports.ts'
import { pastLeads, reopen } from '../../src/store/past-leads.ts'
import { makeLead } from '../kit/made-lead.ts'
import { arriving, Crm, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

const jane = makeLead({ id: 'jane-1' })
const Quiet = { followUps: false }

function ended(outcome: StoredOutcome['outcome'], result: StoredOutcome['result']): StoredOutcome {
  const record = { object: 'contact', id: '7' }
  return { outcome, result, record, dropped: [], rule: 'one-matched', reason: null }
}

async function enter(followUpCrm: string | null = null): Promise<string> {
  await store.register.admit(arriving(jane, { route: [{ name: Crm, wants: 'yes' }], followUpCrm }))
  return leadKey(jane.id)
}

async function counts() {
  const { accepted, waiting, delivered, suppressed, notWanted, parked, discarded, forgotten, ...results } =
    (await store.counters()).crms[Crm] ?? expect.unreachable()
  expect(accepted).toBe(waiting + delivered + suppressed + notWanted + parked + discarded + forgotten)
  expect(results.created + results.updated + results.unchanged).toBeLessThanOrEqual(delivered)
  return { accepted, waiting, delivered, suppressed, notWanted, parked, discarded, ...results }
}

const Zero = {
  waiting: 0,
  delivered: 0,
  suppressed: 0,
  notWanted: 0,
  parked: 0,
  discarded: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
}

describe('a delivery that is reopened', () => {
  it.each([
    ['delivered, created', (key: string) => store.ledger.settle(Crm, key, ended('delivered', 'created'))],
    ['delivered, unchanged', (key: string) => store.ledger.settle(Crm, key, ended('delivered', 'unchanged'))],
    ['delivered', (key: string) => store.ledger.settle(Crm, key, ended('delivered', null))],
    ['suppressed', (key: string) => store.ledger.settle(Crm, key, ended('suppressed', 'updated'))],
    ['not wanted', (key: string) => store.ledger.decline(Crm, key)],
  ])('counts as waiting, and no longer as %s, however often that is asked', async (_, end) => {
    const key = await enter()
    await store.ledger.claim(Crm, key, key)
    await end(key)
    expect(await store.redis.ttl(`{leadsync}:body:${key}`)).toBeGreaterThan(0)
    expect(await reopen(store.scripts, Crm, key, Quiet)).toBe('reopened')
    expect(await reopen(store.scripts, Crm, key, Quiet)).toBe('open')
    expect(await counts()).toEqual({ ...Zero, accepted: 1, waiting: 1 })
    expect([await store.redis.ttl(`{leadsync}:body:${key}`), await store.redis.ttl(`{leadsync}:lead:${key}`)]).toEqual([-1, -1])
    const answer = await store.ledger.claim(Crm, key, key)
    expect(answer).toMatchObject({ kind: 'claimed', claim: { step: 'waiting', written: null, tries: 0, again: true } })
    await store.ledger.settle(Crm, key, ended('delivered', 'updated'))
    expect(await counts()).toEqual({ ...Zero, accepted: 1, delivered: 1, updated: 1 })
    expect(await store.redis.hexists(`{leadsync}:lead:${key}`, `crm:${Crm}:again`)).toBe(0)
  })

  it('of a CRM that was never asked is counted as accepted by it', async () => {
    const key = await enter()
    expect(await reopen(store.scripts, 'dynamics', key, Quiet)).toBe('reopened')
    expect((await store.counters()).crms.dynamics).toMatchObject({ accepted: 1, waiting: 1, delivered: 0 })
    expect(await store.ledger.claim('dynamics', key, key)).toMatchObject({ kind: 'claimed', claim: { again: true } })
  })

  it('is left alone while it waits or is parked, and when a person gave it up', async () => {
    const key = await enter()
    expect(await reopen(store.scripts, Crm, key, Quiet)).toBe('open')
    expect(await store.redis.hexists(`{leadsync}:lead:${key}`, `crm:${Crm}:again`)).toBe(0)
    await store.ledger.park(Crm, key, 'No.', 'invalid')
    expect(await reopen(store.scripts, Crm, key, Quiet)).toBe('open')
    await store.ledger.discard(Crm, key, 'Enough.')
    expect(await reopen(store.scripts, Crm, key, Quiet)).toBe('ended')
    expect(await counts()).toEqual({ ...Zero, accepted: 1, discarded: 1 })
  })

  it('needs its body', async () => {
    const key = await enter()
    await store.ledger.settle(Crm, key, ended('delivered', 'created'))
    await store.redis.del(`{leadsync}:body:${key}`)
    expect(await reopen(store.scripts, Crm, key, Quiet)).toBe('gone')
    expect(await counts()).toEqual({ ...Zero, accepted: 1, delivered: 1, created: 1 })
    expect(await reopen(store.scripts, Crm, 'unknown', Quiet)).toBe('gone')
  })

  it.each([
    [false, null],
    [true, 'here'],
  ])('with follow-ups %s plans some: %s', async (followUps, planned) => {
    const key = await enter(Crm)
    expect(await store.ledger.claim(Crm, key, key)).toMatchObject({ claim: { followUp: 'here' } })
    await store.ledger.settle(Crm, key, ended('delivered', 'created'))
    await reopen(store.scripts, Crm, key, { followUps })
    expect(await store.ledger.claim(Crm, key, key)).toMatchObject({ claim: { followUp: planned } })
  })

  it('is found by when it came in, once it was accepted', async () => {
    const key = await enter()
    const at = Date.parse(jane.receivedAt)
    const found = async (since: number, until: number) => {
      const all = []
      for await (const some of pastLeads(store.scripts, Crm, { since, until })) all.push(...some)
      return all
    }
    expect(await found(at, at + 1)).toEqual([{ key, state: 'waiting', routed: true, again: false, lead: jane }])
    expect(await found(at + 1, at + 9)).toEqual([])
    expect(await found(at - 9, at)).toEqual([])
  })
})
