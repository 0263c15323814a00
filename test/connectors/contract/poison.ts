import { expect, it } from 'vitest'
import { DeliveryError, type Judged, type RecordWrite, type WriteOutcome } from '../../../src/core/index.ts'
import { anySignal, type Bench, creation, each, good, range, type Stand } from './bench.ts'
import type { FaultRule } from './harness.ts'

/** What a firewall takes for an attack, or a CRM breaks over. */
const Poison = "zaphod' OR 1=1 --"
const html = { 'content-type': 'text/html' }
/** Whatever says it. */
const Always = 10_000

/** One bad row costs itself, whatever the CRM, or what stands before it, says of the batch that it was in. */
export function poisonGuarantees(bench: Bench): void {
  const { facts } = bench
  const { text } = facts.fields

  function fault(status: number, body: string): FaultRule {
    return { match: { body: Poison }, times: Always, status, headers: html, body }
  }

  function writesWith(stand: Stand, size: number, bad: ReadonlySet<number>): RecordWrite[] {
    return range(size).map((n) => creation(bench, stand.connector, n, { fields: { [text]: bad.has(n) ? Poison : `text ${n}` } }))
  }

  function seen(outcomes: readonly Judged<WriteOutcome>[]): string[] {
    return outcomes.map((one) => (one instanceof DeliveryError ? one.code : one.result))
  }

  it.each([
    ['an HTML 400', fault(400, '<html>Bad request'), 'protocol'],
    ['a 413', fault(413, ''), null],
    ['a bare 403', fault(403, '<html>Request blocked'), 'invalid'],
    ['a bare 406', fault(406, '<html>Not acceptable'), 'protocol'],
    ['a 500', fault(500, '<html>Internal server error'), 'conflict'],
  ] as const)(
    'that a whole batch is refused for with %s fails alone, and the rest is delivered by the same call',
    async (_, rule, code) => {
      const stand = await bench.open()
      const size = 50
      const bad = new Set([7, 8, 40])
      await stand.arm(rule)
      const before = stand.sent.length
      const outcomes = seen(await stand.connector.write(writesWith(stand, size, bad), anySignal()))
      expect(outcomes.flatMap((one, n) => (one === 'created' ? [] : [n]))).toEqual([...bad])
      if (code !== null) expect(new Set([...bad].map((n) => outcomes[n]))).toEqual(new Set([code]))
      expect(await stand.records()).toHaveLength(size - bad.size)
      expect(stand.sent.length - before).toBeLessThan(8 + bad.size * 2 * Math.log2(size))
    },
  )

  it('that is the only one under way is parked, and blocks nobody', async () => {
    const stand = await bench.open()
    await stand.arm(fault(403, '<html>Request blocked'))
    const [outcome] = await each(1, stand.connector.write(writesWith(stand, 1, new Set([0])), anySignal()))
    expect(outcome).toMatchObject({ code: 'invalid', message: expect.stringContaining('firewall') })
    good(await stand.connector.write([creation(bench, stand.connector, 1)], anySignal()))
  })

  it('is not that of the only row when a bare 403 lasts for a moment: it is sent once more, and no person is asked', async () => {
    const stand = await bench.open()
    await stand.arm({ ...fault(403, '<html>Just a moment...'), times: 1 })
    const outcomes = await each(1, stand.connector.write(writesWith(stand, 1, new Set([0])), anySignal()))
    expect(seen(outcomes)).toEqual(['created'])
  })

  it.each([
    ['a bare 403', { status: 403, headers: html, body: '<html>Forbidden' }, 'misconfigured'],
    ['a 500', { status: 500, headers: html, body: '<html>Internal server error' }, 'unavailable'],
    ['an HTML 400', { status: 400, headers: html, body: '<html>Bad request' }, 'unavailable'],
  ] as const)(
    'is no row’s fault when %s is the answer to everything: nobody is parked, and nothing is taken apart',
    async (_, rule, code) => {
      const stand = await bench.open()
      await stand.arm({ ...rule, times: Always })
      const before = stand.sent.length
      const outcomes = seen(await each(50, stand.connector.write(writesWith(stand, 50, new Set()), anySignal())))
      expect(new Set(outcomes)).toEqual(new Set([code]))
      expect(stand.sent.length - before).toBeLessThan(10)
      // Of one that has nobody beside it only something harmless tells.
      expect(seen(await each(1, stand.connector.write(writesWith(stand, 1, new Set()), anySignal())))).toEqual([code])
    },
  )

  it.each([
    ['a bare 403', fault(403, '<html>Forbidden'), 'misconfigured'],
    ['a 500', fault(500, '<html>Internal server error'), 'unavailable'],
  ] as const)('is no row’s fault when %s is the answer to whatever has something in it', async (_, rule, code) => {
    const stand = await bench.open()
    await stand.arm(rule)
    const before = stand.sent.length
    const everybody = new Set(range(50))
    expect(new Set(seen(await each(50, stand.connector.write(writesWith(stand, 50, everybody), anySignal()))))).toEqual(
      new Set([code]),
    )
    expect(stand.sent.length - before).toBeLessThan(12)
    await stand.heal()
    expect(good(await stand.connector.write(writesWith(stand, 50, everybody), anySignal()))).toHaveLength(50)
  })

  it('is everybody’s from the third on of those that come one by one, until something is taken', async () => {
    const stand = await bench.open()
    await stand.arm(fault(403, '<html>Forbidden'))
    const one = async () => seen(await each(1, stand.connector.write(writesWith(stand, 1, new Set([0])), anySignal())))
    const codes = [...(await one()), ...(await one()), ...(await one()), ...(await one())]
    expect(codes).toEqual(['invalid', 'invalid', 'misconfigured', 'misconfigured'])
    good(await stand.connector.write([creation(bench, stand.connector, 1)], anySignal()))
    expect(await one()).toEqual(['invalid'])
  })

  it('is nobody’s when a permission is lost: that blocks as before', async () => {
    const stand = await bench.open()
    await stand.arm({ ...bench.faults.signals['a missing permission'].rule, times: Always })
    const outcomes = seen(await each(2, stand.connector.write(writesWith(stand, 2, new Set()), anySignal())))
    expect(outcomes).toEqual(['misconfigured', 'misconfigured'])
  })

  it.each([
    ['a bare 403', fault(403, '<html>Request blocked'), 'invalid'],
    ['a 500', fault(500, '<html>Internal server error'), 'conflict'],
  ] as const)('among tasks and their texts is left alone too: %s', async (_, rule, code) => {
    const stand = await bench.open()
    const ids = good(await stand.connector.write(writesWith(stand, 6, new Set()), anySignal())).map(({ id }) => id)
    await stand.arm(rule)
    const tasks = ids.map((id, n) => ({
      ...{ id: `follow-up-${n}`, record: { object: facts.target, id }, subject: 'Call back', owner: null },
      ...{ body: n === 4 ? Poison : 'Asked when.', dueAt: '2026-11-24T10:00:00.000Z', timeZone: 'UTC' },
      ...{ type: 'call' as const, priority: 'high' as const },
    }))
    const made = await stand.connector.createTasks(tasks, anySignal())
    expect(made.map((one) => (one instanceof DeliveryError ? one.code : one.result))).toEqual(
      range(6).map((n) => (n === 4 ? code : 'created')),
    )
    await stand.heal()
    expect(good(await stand.connector.createTasks(tasks, anySignal())).map(({ result }) => result)).toEqual(
      range(6).map((n) => (n === 4 ? 'created' : 'unchanged')),
    )
  })
}
