import { describe, expect, it } from 'vitest'
import type { Connector, Judged } from '../../../src/core/index.ts'
import { until } from '../../kit/until.ts'
import { type Bench, briefTimeoutMs, creation, each, emailOf, good, keys, type Stand } from './bench.ts'

/** What a machine that two cores share may be late by. */
const LateMs = 1_500

/** A call ends when its time is up, when it is told to, and when the connector stops; and it takes its connection with it. */
export function interruptionGuarantees(bench: Bench): void {
  const { facts } = bench
  const two = [1, 2]
  const calls: [string, (connector: Connector, signal: AbortSignal) => Promise<readonly Judged<unknown>[]>][] = [
    [
      'match',
      (connector, signal) =>
        connector.match(
          two.map((n) => keys(facts, { email: emailOf(n) })),
          signal,
        ),
    ],
    [
      'write',
      (connector, signal) =>
        connector.write(
          two.map((n) => creation(bench, connector, n)),
          signal,
        ),
    ],
  ]

  async function hung({ sent }: Stand, before: number): Promise<void> {
    await until('a request hangs', () => sent.length > before)
  }

  async function closed({ sent }: Stand): Promise<void> {
    await until('the CRM sees the connection close', () => sent.at(-1)?.abandoned === true, { withinMs: 2_000 })
  }

  describe.concurrent.each(calls)('%s', (_, call) => {
    it('aborts within its time limit when the CRM is silent, and is not made again at once', async () => {
      const timeoutMs = briefTimeoutMs(facts)
      const stand = await bench.open({ timeoutMs })
      await stand.arm({ times: 100 })
      const before = stand.sent.length
      const started = performance.now()
      const answers = await each(2, call(stand.connector, new AbortController().signal))
      expect(performance.now() - started).toBeLessThan(timeoutMs + LateMs)
      expect(answers).toMatchObject([{ code: 'unavailable' }, { code: 'unavailable' }])
      expect(stand.sent).toHaveLength(before + 1)
      await closed(stand)
      await stand.heal()
      expect(good(await call(stand.connector, new AbortController().signal))).toHaveLength(2)
    })

    it('ends when its signal says so', async () => {
      const stand = await bench.open()
      const stopping = new AbortController()
      await stand.arm({ times: 100 })
      const before = stand.sent.length
      const answers = each(2, call(stand.connector, stopping.signal))
      await hung(stand, before)
      stopping.abort()
      expect(await answers).toMatchObject([{ code: 'unavailable' }, { code: 'unavailable' }])
      await closed(stand)
      expect(stand.sent).toHaveLength(before + 1)
    })

    it('sends nothing when it was told to end before it began', async () => {
      const stand = await bench.open()
      const before = stand.sent.length
      expect(await each(2, call(stand.connector, AbortSignal.abort()))).toMatchObject([
        { code: 'unavailable' },
        { code: 'unavailable' },
      ])
      expect(stand.sent).toHaveLength(before)
    })

    it('ends when the connector is stopped, and sends nothing after that', async () => {
      const stand = await bench.open()
      await stand.arm({ times: 100 })
      const before = stand.sent.length
      const answers = each(2, call(stand.connector, new AbortController().signal))
      await hung(stand, before)
      await stand.connector.stop()
      expect(await answers).toMatchObject([{ code: 'unavailable' }, { code: 'unavailable' }])
      await closed(stand)
      await each(2, call(stand.connector, new AbortController().signal))
      expect(stand.sent).toHaveLength(before + 1)
    })
  })
}
