import { describe, expect, it } from 'vitest'
import { DeliveryError, type Judged } from '../../../src/core/index.ts'
import { anySignal, type Bench, creation, each, emailOf, good, keys, type Stand, update } from './bench.ts'

/** No CRM needs more to say the same no to three items. */
const MostRequestsForANo = 4
/** How long a connector may stop by itself where the CRM said no delay. */
const MostMsWithoutDelay = 60_000
/** With short retries, or with each item asked for by itself. */
const MostRequestsForAny = 10

/** What a CRM says no with reaches the queue as one code, with the CRM's own delay, and leaves nobody asking for ever. */
export function signalGuarantees(bench: Bench): void {
  const { facts, faults } = bench
  const { text } = facts.fields
  const three = [1, 2, 3]

  const calls = {
    match: ({ connector }: Stand): Promise<readonly Judged<unknown>[]> =>
      connector.match(
        three.map((n) => keys(facts, { email: emailOf(n) })),
        anySignal(),
      ),
    write: ({ connector }: Stand): Promise<readonly Judged<unknown>[]> =>
      connector.write(
        three.map((n) => creation(bench, connector, n)),
        anySignal(),
      ),
  }
  const methods = ['match', 'write'] as const
  const signals = Object.entries({ ...faults.signals, ...faults.moreSignals })

  describe.each(methods)('%s', (method) => {
    it.concurrent.each(signals)('says of %s what it is and how long to wait, and works again afterwards', async (_, signal) => {
      const stand = await bench.open()
      await stand.arm({ ...signal.rule, times: 1_000 })
      const before = stand.sent.length
      const answers = await each(3, calls[method](stand))
      expect(stand.sent.length - before).toBeLessThanOrEqual(MostRequestsForAny)
      const seen = answers.map((one) => one instanceof DeliveryError && [one.code, one.retryAfterMs ?? null])
      expect(seen).toEqual(three.map(() => [signal.code, signal.retryAfterMs]))
      await stand.heal()
      stand.pass(signal.retryAfterMs ?? MostMsWithoutDelay)
      expect(good(await calls[method](stand))).toHaveLength(3)
    })

    it.each([
      ['401 for ever', faults.signals['a refused token']],
      ['a rate limit', faults.signals['a rate limit without a delay']],
      ['a used-up quota', faults.signals['a used-up quota without a delay']],
    ])('ends after a bounded number of requests under %s', async (_, { rule }) => {
      const stand = await bench.open()
      await stand.arm({ ...rule, times: 1_000 })
      const before = stand.sent.length
      await each(3, calls[method](stand))
      expect(stand.sent.length - before).toBeLessThanOrEqual(MostRequestsForANo)
    })

    it('gets over a short failure by itself', async () => {
      const stand = await bench.open()
      await stand.arm({ status: 503 })
      expect(good(await calls[method](stand))).toHaveLength(3)
    })
  })

  it('a token that expires in mid-batch fails the rest of it and nothing that was done', async () => {
    const stand = await bench.open()
    const { connector } = stand
    const ids = good(
      await connector.write(
        [1, 2].map((n) => creation(bench, connector, n)),
        anySignal(),
      ),
    ).map(({ id }) => id)
    const changes = ids.map((id, index) => update(bench, index + 1, id, { [text]: 'changed' }))
    const writes = [creation(bench, connector, 3), ...changes]
    await stand.arm(faults.tokenExpires)
    const outcomes = await connector.write(writes, anySignal())
    const rest = facts.renewsToken ? 'updated' : 'unauthorized'
    expect(outcomes.map((one) => (one instanceof DeliveryError ? one.code : one.result))).toEqual(['created', rest, rest])
    const again = good(await connector.write(writes, anySignal()))
    expect(again.map(({ id }) => id).slice(1)).toEqual(ids)
    expect(await stand.records()).toHaveLength(3)
    for (const id of ids) expect(await stand.read(id, text)).toMatchObject({ [text]: 'changed' })
  })

  it('no catalog is made up when it can’t be had', async () => {
    const stand = await bench.open()
    await stand.arm({ ...faults.signals['a refused token'].rule, times: 1_000 })
    await expect(stand.connector.catalog(anySignal())).rejects.toMatchObject({ code: 'unauthorized' })
  })
}
