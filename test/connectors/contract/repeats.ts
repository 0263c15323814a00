import { describe, expect, it } from 'vitest'
import type { RecordWrite } from '../../../src/core/index.ts'
import {
  anySignal,
  type Bench,
  briefTimeoutMs,
  contactIdOf,
  creation,
  each,
  emailOf,
  good,
  keys,
  range,
  type Stand,
  type StoredRecord,
  update,
} from './bench.ts'

/** Every method may be called twice with the same arguments and leaves the CRM as one call would. */
export function repeatGuarantees(bench: Bench): void {
  const { facts, faults } = bench
  const { text } = facts.fields

  /** What is there, without what changes by itself. */
  async function snapshot(stand: Stand): Promise<StoredRecord[]> {
    const still = (record: StoredRecord) => {
      const kept = Object.entries(record.fields).filter(([name]) => !facts.restless.includes(name))
      return { ...record, fields: Object.fromEntries(kept) }
    }
    return (await stand.records()).map(still).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  async function mixed(stand: Stand): Promise<RecordWrite[]> {
    const { connector } = stand
    const [known] = good(await connector.write([creation(bench, connector, 0)], anySignal()))
    return [
      creation(bench, connector, 1),
      creation(bench, connector, 2, { email: null }),
      update(bench, 0, known?.id ?? '', { [text]: 'changed' }),
      creation(bench, connector, 3, { fields: { [text]: 'with a text' } }),
    ]
  }

  it('the second identical call changes nothing', async () => {
    const stand = await bench.open()
    const writes = await mixed(stand)
    const first = good(await stand.connector.write(writes, anySignal()))
    const before = await snapshot(stand)
    for (const connector of [stand.connector, await stand.restart()]) {
      const again = good(await connector.write(writes, anySignal()))
      expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id))
      expect(again.map(({ result }) => result)).not.toContain('created')
      expect(await snapshot(stand)).toEqual(before)
    }
  })

  it('looking changes nothing', async () => {
    const stand = await bench.open()
    await stand.connector.write(await mixed(stand), anySignal())
    const before = await stand.records()
    const asked = range(5).map((n) => keys(facts, { email: emailOf(n), contactIds: [contactIdOf(n)] }))
    const first = await stand.connector.match(asked, anySignal())
    expect(await stand.connector.match(asked, anySignal())).toEqual(first)
    expect(await stand.connector.catalog(anySignal())).toEqual(await stand.connector.catalog(anySignal()))
    expect(await stand.records()).toEqual(before)
  })

  describe('an answer lost after the write', () => {
    const createsAs = (email?: null) => (stand: Stand, _: string) =>
      creation(bench, stand.connector, 1, email === undefined ? {} : { email })
    const ways: [string, typeof faults.creating, (stand: Stand, known: string) => RecordWrite][] = [
      ['a record by e-mail', faults.creating, createsAs()],
      ['a record by contact id', faults.creating, createsAs(null)],
      ['a change', faults.updating, (_, known) => update(bench, 0, known, { [text]: 'changed' })],
    ]

    async function known(stand: Stand): Promise<string> {
      const [outcome] = good(await stand.connector.write([creation(bench, stand.connector, 0)], anySignal()))
      return outcome?.id ?? ''
    }

    it.concurrent.each(ways)('and then repeated: %s is there once', async (_, match, make) => {
      const stand = await bench.open({ timeoutMs: briefTimeoutMs(facts) })
      const write = make(stand, await known(stand))
      await stand.arm({ match, commit: true })
      expect(await each(1, stand.connector.write([write], anySignal()))).toMatchObject([{ code: 'unavailable' }])
      const committed = await snapshot(stand)
      const [outcome] = good(await (await stand.restart()).write([write], anySignal()))
      expect(committed.map(({ id }) => id)).toContain(outcome?.id)
      expect(await snapshot(stand)).toEqual(committed)
    })

    it.concurrent.each(ways)('with the connection, in the middle of a call: %s is there once', async (_, match, make) => {
      const stand = await bench.open()
      const write = make(stand, await known(stand))
      const count = write.recordId === null ? 2 : 1
      await stand.arm({ match, commit: true, reset: true })
      await each(1, stand.connector.write([write], anySignal()))
      good(await stand.connector.write([write], anySignal()))
      expect(await stand.records()).toHaveLength(count)
    })
  })

  it('a batch of which one half was refused is repeated whole, and each record is there once', async () => {
    const stand = await bench.open()
    const writes = await mixed(stand)
    await stand.arm({ match: faults.updating, times: 20, status: 503 })
    const outcomes = await stand.connector.write(writes, anySignal())
    expect(outcomes.map((one) => ('result' in one ? one.result : one.code))).toEqual([
      'created',
      'created',
      'unavailable',
      'created',
    ])
    await stand.heal()
    good(await stand.connector.write(writes, anySignal()))
    expect(await stand.records()).toHaveLength(4)
  })
}
