import { expect, it } from 'vitest'
import type { TaskWrite } from '../../../src/core/index.ts'
import { anySignal, type Bench, creation, good, range, type Stand } from './bench.ts'

/** Follow-ups for salespeople: made once, read as they stand, taken back only while nobody has touched them. */
export function taskGuarantees(bench: Bench): void {
  const { facts, faults, sales } = bench

  function task(recordId: string, id: string): TaskWrite {
    const record = { object: facts.target, id: recordId }
    const due = { dueAt: '2026-11-24T10:00:00.000Z', timeZone: 'America/Los_Angeles' }
    return {
      id,
      record,
      subject: 'Call back',
      body: 'Asked "when" & <how>.',
      ...due,
      type: 'call',
      priority: 'high',
      owner: null,
    }
  }

  async function people(count: number): Promise<{ stand: Stand; ids: string[] }> {
    const stand = await bench.open()
    const made = await stand.connector.write(
      range(count).map((n) => creation(bench, stand.connector, n + 1)),
      anySignal(),
    )
    return { stand, ids: good(made).map(({ id }) => id) }
  }

  async function withOne() {
    const { stand, ids } = await people(1)
    const [made] = good(await stand.connector.createTasks([task(String(ids[0]), 'follow-up-1')], anySignal()))
    if (!made) throw new Error('No task was made.')
    return { stand, ids, ref: { object: made.object, id: made.id } }
  }

  it('is made once, however often and by whatever process it is asked for; as many answers, in the order of the questions', async () => {
    const { stand, ids } = await people(3)
    const wanted = ids.map((id, n) => task(id, `follow-up-${n}`))
    const first = good(await stand.connector.createTasks(wanted, anySignal()))
    const again = good(await (await stand.restart()).createTasks(wanted.toReversed(), anySignal()))
    expect(first.map(({ result }) => result)).toEqual(['created', 'created', 'created'])
    expect(again.toReversed()).toEqual(first.map((one) => ({ ...one, result: 'unchanged' })))
    expect(new Set(first.map(({ id }) => id)).size).toBe(3)
  })

  it('is made once although the answer was lost', async () => {
    const { stand, ids } = await people(1)
    await stand.arm({ match: faults.creatingTasks, times: 1, reset: true, commit: true })
    const wanted = [task(String(ids[0]), 'follow-up-1')]
    await stand.connector.createTasks(wanted, anySignal())
    const [made] = good(await stand.connector.createTasks(wanted, anySignal()))
    expect(made?.result).toBe('unchanged')
    const tasks = (await stand.records()).filter(({ object }) => object === made?.object)
    expect(tasks).toHaveLength(1)
  })

  it('is read as it stands, and taken back while nobody has touched it, once', async () => {
    const { stand, ref } = await withOne()
    expect(good(await stand.connector.readTasks([ref], anySignal()))).toEqual([{ status: 'open', touched: false }])
    for (const _ of range(2)) {
      expect(good(await stand.connector.withdrawTasks([ref], anySignal()))).toMatchObject([{ status: 'withdrawn' }])
    }
    expect(good(await stand.connector.readTasks([ref], anySignal()))).toMatchObject([{ status: 'withdrawn' }])
  })

  it('is found by its id and record however it stands, and nothing else is', async () => {
    const { stand, ids } = await people(2)
    const [first = '', second = ''] = ids
    const key = (record: string, id: string) => ({ id, record: { object: facts.target, id: record } })
    const wanted = range(3).map((n) => task(first, `follow-up-${n}`))
    const made = good(await stand.connector.createTasks(wanted, anySignal())).map(({ object, id }) => ({ object, id }))
    const [open = null, touched = null, withdrawn = null] = made
    if (touched) await sales.workTask(stand.url, touched.id)
    if (withdrawn) good(await stand.connector.withdrawTasks([withdrawn], anySignal()))
    const keys = [key(second, 'another'), ...range(3).map((n) => key(first, `follow-up-${n}`)), key(first, 'never')]
    const again = await stand.restart()
    for (const _ of range(2)) {
      expect(good(await again.findTasks(keys, anySignal()))).toEqual([null, open, touched, withdrawn, null])
    }
    expect((await stand.records()).filter(({ object }) => object === open?.object)).toHaveLength(3)
  })

  it('that was completed is found', async () => {
    const { stand, ids, ref } = await withOne()
    await sales.completeTask(stand.url, ref.id)
    const key = task(String(ids[0]), 'follow-up-1')
    expect(good(await stand.connector.readTasks([ref], anySignal()))).toMatchObject([{ status: 'completed' }])
    expect(good(await stand.connector.findTasks([key], anySignal()))).toEqual([ref])
  })

  it('that was deleted, or whose record was before it was made, is not found', async () => {
    const { stand, ids } = await people(2)
    const [first = '', second = ''] = ids
    const [made] = good(await stand.connector.createTasks([task(first, 'follow-up-1')], anySignal()))
    await sales.removeTask(stand.url, made?.id ?? '')
    await sales.remove(stand.url, second)
    const keys = [task(second, 'follow-up-2'), task(first, 'follow-up-1')]
    expect(good(await stand.connector.findTasks(keys, anySignal()))).toEqual([null, null])
  })

  it('are looked for many at once, and none without a request', async () => {
    const { stand, ids } = await people(100)
    const keys = ids.map((id, n) => task(id, `follow-up-${n}`))
    const before = stand.sent.length
    expect(await stand.connector.findTasks([], anySignal())).toEqual([])
    expect(stand.sent).toHaveLength(before)
    const made = good(await stand.connector.createTasks(keys, anySignal())).map(({ object, id }) => ({ object, id }))
    const asked = stand.sent.length
    expect(good(await stand.connector.findTasks(keys, anySignal()))).toEqual(made)
    expect(stand.sent.length - asked).toBeLessThanOrEqual(4)
  })

  it('is left alone once somebody has touched it', async () => {
    const { stand, ref } = await withOne()
    await sales.workTask(stand.url, ref.id)
    expect(good(await stand.connector.withdrawTasks([ref], anySignal()))).toEqual([{ status: 'open', touched: true }])
    expect(good(await stand.connector.readTasks([ref], anySignal()))).toEqual([{ status: 'open', touched: true }])
  })

  it('that was deleted is gone', async () => {
    const { stand, ref } = await withOne()
    await sales.removeTask(stand.url, ref.id)
    expect(good(await stand.connector.readTasks([ref], anySignal()))).toMatchObject([{ status: 'gone' }])
  })
}
