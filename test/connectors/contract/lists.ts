import { describe, expect, it } from 'vitest'
import type { CrmAdmin, ListAsked, ListedRecord, ListPage } from '../../../src/core/index.ts'
import { until } from '../../kit/until.ts'
import { anySignal, type Bench, contactIdOf, creation, emailOf, good, range, type Stand } from './bench.ts'
import type { SignalName } from './harness.ts'

const Signals: readonly SignalName[] = [
  // Before the clock goes on: its delay may be told as a time of day.
  'a used-up quota with a delay',
  'a rate limit with a delay',
  'a refused token',
  'a missing permission',
  'an unavailable CRM with a delay',
  'an HTML success',
]
const MostPages = 20

/** What an emptied store is filled from again: who is left out here is entered a second time later. */
export function listGuarantees(bench: Bench): void {
  const { facts, faults, sales } = bench
  const { lastLeadAt, phone, lastName } = facts.fields
  const first: ListAsked = { cursor: null, lastLeadField: lastLeadAt, markers: facts.fields.markers }

  async function enter({ connector }: Stand, count: number): Promise<string[]> {
    const ids: string[] = []
    const all = range(count).map((n) => creation(bench, connector, n + 1))
    while (all.length > 0)
      ids.push(...good(await connector.write(all.splice(0, connector.limits.writeBatch), anySignal())).map(({ id }) => id))
    return ids
  }

  /** Each page by another process, and each asked for twice. */
  async function walk(stand: Stand): Promise<{ records: ListedRecord[]; pages: number }> {
    const records: ListedRecord[] = []
    let asked = first
    for (let pages = 1; pages <= MostPages; pages += 1) {
      const admin = stand.admin()
      const page = await admin.list(asked, anySignal())
      expect(await admin.list(asked, anySignal())).toEqual(page)
      records.push(...page.records)
      if (page.next === null) return { records, pages }
      asked = { ...asked, cursor: page.next }
    }
    throw new Error(`There are more than ${MostPages} pages.`)
  }

  async function warm(): Promise<{ stand: Stand; admin: CrmAdmin; page: ListPage }> {
    const stand = await bench.open()
    await enter(stand, 2)
    const admin = stand.admin()
    return { stand, admin, page: await admin.list(first, anySignal()) }
  }

  it('reads every record with a contact id once, however many pages they are, in whatever process, and writes nothing', async () => {
    const stand = await bench.open()
    const names = stand.connector.identity(facts.target)
    const ids = await enter(stand, facts.morePeopleThanAPage)
    const [gone = '', numbered = '', ...others] = ids
    await sales.remove(stand.url, gone)
    await sales.change(stand.url, numbered, { [names.contactId]: `${contactIdOf(2)}.1` })
    await sales.create(stand.url, { ...facts.newFields(0), [names.email]: emailOf(0) })
    const before = await stand.records()
    const sent = stand.sent.length
    const { records, pages } = await walk(stand)
    expect(pages).toBeGreaterThan(1)
    expect(records.map(({ id }) => id).toSorted()).toEqual([numbered, ...others].toSorted())
    expect(new Set(records.map(({ object }) => object))).toEqual(new Set([facts.target]))
    const expected = ids.slice(2).map((_, index) => contactIdOf(index + 3))
    expect(records.map(({ contactId }) => contactId).toSorted()).toEqual([`${contactIdOf(2)}.1`, ...expected].toSorted())
    expect(records.filter(({ closed }) => closed)).toEqual([])
    expect(await stand.records()).toEqual(before)
    // Each of the processes may have to log in, and to learn what the CRM's fields are.
    expect(stand.sent.length - sent).toBeLessThanOrEqual(pages * 7)
  })

  it('tells of each what it is known by, and when its last lead came', async () => {
    const stand = await bench.open()
    const told = { [phone]: '+16175555555', [lastName]: 'Dent', [lastLeadAt]: '2026-11-20T10:00:00.000Z' }
    const writes = [
      creation(bench, stand.connector, 1, { fields: told }),
      creation(bench, stand.connector, 2, { email: null, fields: { [phone]: '+16175555556' } }),
    ]
    const [id, other] = good(await stand.connector.write(writes, anySignal())).map((one) => one.id)
    const { records } = await walk(stand)
    expect(records.find((one) => one.id === id)).toEqual({
      object: facts.target,
      id,
      contactId: contactIdOf(1),
      email: emailOf(1),
      phone: '+16175555555',
      lastName: 'Dent',
      lastLeadAt: '2026-11-20T10:00:00.000Z',
      noSince: null,
      noLiftedAt: null,
      closed: false,
    })
    expect(records.find((one) => one.id === other)).toMatchObject({ email: null, phone: '+16175555556', lastLeadAt: null })
    const { records: unasked } = await stand.admin().list({ ...first, lastLeadField: null }, anySignal())
    expect(unasked.map((one) => one.lastLeadAt)).toEqual([null, null])
  })

  it('tells since when somebody must not be contacted, and when that ended, as the markers say', async () => {
    const stand = await bench.open()
    const { at, liftedAt } = facts.fields.markers
    if (at === null || liftedAt === null) throw new Error('The shipped mapping has both markers.')
    const [no, lifted] = ['2026-11-20T10:00:00.000Z', '2026-11-21T10:00:00.000Z']
    const marks = [{ [at]: no }, { [at]: no, [liftedAt]: lifted }, {}]
    const writes = marks.map((fields, n) => creation(bench, stand.connector, n + 1, { fields }))
    const ids = good(await stand.connector.write(writes, anySignal())).map(({ id }) => id)
    const told = new Map((await walk(stand)).records.map((one) => [one.id, [one.noSince, one.noLiftedAt]]))
    expect(ids.map((id) => told.get(id))).toEqual([
      [no, null],
      [no, lifted],
      [null, null],
    ])
    const none = { at: null, liftedAt: null }
    const { records: unasked } = await stand.admin().list({ ...first, markers: none }, anySignal())
    expect(unasked.flatMap((one) => [one.noSince ?? [], one.noLiftedAt ?? []]).flat()).toEqual([])
  })

  const { close, convert, merge } = sales
  if (close && convert) {
    it('those that sales closed or converted come too, and say so', async () => {
      const stand = await bench.open()
      const [closed = '', converted = '', open = ''] = await enter(stand, 3)
      await close(stand.url, closed)
      const became = await convert(stand.url, converted)
      const { records } = await walk(stand)
      const known = new Map(records.map((one) => [one.id, one.closed]))
      expect([closed, converted, open].map((id) => known.get(id))).toEqual([true, true, false])
      // Whether the id goes over to what it became is the org's own setting.
      expect(known.get(became.id) ?? false).toBe(false)
    })
  }

  if (merge) {
    it('of those that were merged the survivor comes as an open one, and no other does', async () => {
      const stand = await bench.open()
      const [loser = '', survivor = ''] = await enter(stand, 2)
      await merge(stand.url, survivor, loser)
      const { records } = await walk(stand)
      expect(records.filter(({ closed }) => !closed).map(({ id }) => id)).toEqual([survivor])
    })
  }

  describe('a page', () => {
    it('that can’t be had says why and how long to wait, and is the same afterwards', async () => {
      const { stand, admin, page } = await warm()
      for (const name of Signals) {
        const { rule, code, retryAfterMs } = faults.signals[name]
        await stand.arm({ ...rule, times: 1_000 })
        const no = await admin.list(first, anySignal()).catch((error: unknown) => error)
        expect(no, name).toMatchObject({ name: 'DeliveryError', code, retryAfterMs: retryAfterMs ?? undefined })
        await stand.heal()
        stand.pass(retryAfterMs ?? 0)
        expect(await admin.list(first, anySignal()), name).toEqual(page)
      }
    })

    it('that a token’s end interrupts comes with a new token, or when it is asked for again', async () => {
      const { stand, admin, page } = await warm()
      await stand.arm({ ...faults.signals['a refused token'].rule, times: 1 })
      const interrupted = admin.list(first, anySignal())
      if (facts.renewsToken) expect(await interrupted).toEqual(page)
      else await expect(interrupted).rejects.toMatchObject({ code: 'unauthorized' })
      expect(await admin.list(first, anySignal())).toEqual(page)
    })

    it('survives a short failure, ends when its signal says so, and is not asked for when that said so before', async () => {
      const { stand, admin, page } = await warm()
      await stand.arm({ status: 503 })
      expect(await admin.list(first, anySignal())).toEqual(page)
      await stand.arm({ times: 100 })
      const before = stand.sent.length
      const stopping = new AbortController()
      const interrupted = admin.list(first, stopping.signal)
      await Promise.all([
        expect(interrupted).rejects.toMatchObject({ code: 'unavailable' }),
        until('a request hangs', () => stand.sent.length > before).then(() => stopping.abort()),
      ])
      expect(stand.sent).toHaveLength(before + 1)
      await expect(admin.list(first, AbortSignal.abort())).rejects.toMatchObject({ code: 'unavailable' })
      expect(stand.sent).toHaveLength(before + 1)
      await stand.heal()
      expect(await admin.list(first, anySignal())).toEqual(page)
    })

    it('that begins nowhere is refused without a request', async () => {
      const { stand, admin } = await warm()
      const before = stand.sent.length
      const nowhere = { ...first, cursor: "accounts?$filter=x' OR Id > '" }
      await expect(admin.list(nowhere, anySignal())).rejects.toMatchObject({ code: 'protocol' })
      expect(stand.sent).toHaveLength(before)
    })
  })
}
