import { expect, it } from 'vitest'
import { DeliveryError, type MatchKeys, type RecordWrite } from '../../../src/core/index.ts'
import { anySignal, type Bench, contactIdOf, creation, each, emailOf, good, keys, range, type Stand, update } from './bench.ts'

/** Arrays in, arrays out: same length, same order, and nobody's fault is another's. */
export function batchGuarantees(bench: Bench): void {
  const { facts } = bench
  const { text, option, otherText } = facts.fields

  async function enter(stand: Stand, count: number): Promise<string[]> {
    const writes = range(count).map((n) => creation(bench, stand.connector, n))
    return good(await stand.connector.write(writes, anySignal())).map(({ id }) => id)
  }

  it('answers nothing to nothing, without a request', async () => {
    const { connector, sent } = await bench.open()
    const before = sent.length
    expect(await connector.match([], anySignal())).toEqual([])
    expect(await connector.write([], anySignal())).toEqual([])
    expect(connector.preview([])).toEqual([])
    expect(sent).toHaveLength(before)
  })

  it('judges a batch of one', async () => {
    const stand = await bench.open()
    const [outcome, ...more] = good(await stand.connector.write([creation(bench, stand.connector, 1)], anySignal()))
    expect([outcome?.object, outcome?.result, outcome?.dropped, more]).toEqual([facts.target, 'created', [], []])
    const [match] = good(await stand.connector.match([keys(facts, { email: emailOf(1) })], anySignal()))
    expect(match).toMatchObject({ kind: 'one', record: { object: facts.target, id: outcome?.id } })
  })

  it('answers the writes of a full batch in their order, whatever they are', async () => {
    const stand = await bench.open()
    const { connector } = stand
    const size = connector.limits.writeBatch
    const ids = await enter(stand, size)
    const kinds = [
      { make: (n: number) => creation(bench, connector, size + n), results: ['created'] },
      { make: (n: number) => creation(bench, connector, size + n, { email: null }), results: ['created'] },
      { make: (n: number) => update(bench, n, ids[n] ?? '', { [text]: `changed ${n}` }), results: ['updated'] },
      { make: (n: number) => update(bench, n, ids[n] ?? '', {}), results: ['unchanged'] },
    ]
    const kindOf = (n: number) => kinds[n % kinds.length]
    const writes = range(size).map((n) => kindOf(n)?.make(n) as RecordWrite)
    const outcomes = good(await connector.write(writes, anySignal()))
    expect(outcomes).toHaveLength(size)
    for (const [n, { result }] of outcomes.entries()) expect(kindOf(n)?.results, `write ${n}`).toContain(result)
    const { contactId } = connector.identity(facts.target)
    const stored = new Map((await stand.records()).map(({ id, fields }) => [id, fields[contactId]]))
    expect(outcomes.map(({ id }) => stored.get(id))).toEqual(writes.map((write) => write.contactId))
  })

  it('answers the keys of a full match in their order, in one batch with people whom it does not find', async () => {
    const stand = await bench.open()
    const size = stand.connector.limits.matchBatch
    const ids = await enter(stand, Math.min(size, stand.connector.limits.writeBatch))
    const ways: ((n: number) => Partial<MatchKeys>)[] = [
      (n) => ({ email: emailOf(n) }),
      (n) => ({ contactIds: [contactIdOf(n)] }),
      (n) => ({ record: { object: facts.target, id: ids[n] ?? '' } }),
      (n) => ({ email: emailOf(10_000 + n), contactIds: [contactIdOf(10_000 + n)] }),
    ]
    const backwards = range(size).toReversed()
    const asked = backwards.map((n) => {
      const { fields: _, ...some } = ways[n % ways.length]?.(n % ids.length) ?? {}
      return keys(facts, some)
    })
    const matches = good(await stand.connector.match(asked, anySignal()))
    const found = matches.map((match) => (match.kind === 'one' ? match.record.id : match.kind))
    expect(found).toEqual(backwards.map((n) => (n % ways.length === 3 ? 'none' : ids[n % ids.length])))
  })

  it.each([
    ['the fields are known', null],
    ['the fields may not be read', bench.faults.catalogForbidden],
  ])('one bad record in a full batch fails alone and says which field, when %s', async (_, blind) => {
    const stand = await bench.open({ blind })
    const size = stand.connector.limits.writeBatch
    const bad = new Set([0, Math.floor(size / 3), size - 1])
    const writes = range(size).map((n) =>
      creation(bench, stand.connector, n, bad.has(n) ? { fields: { [option.name]: option.refused } } : {}),
    )
    const outcomes = await each(size, stand.connector.write(writes, anySignal()))
    const seen = outcomes.map((one) => (one instanceof DeliveryError ? [one.code, ...one.fields] : one.result))
    expect(seen).toEqual(range(size).map((n) => (bad.has(n) ? ['invalid', option.name] : 'created')))
    expect(await stand.records()).toHaveLength(size - bad.size)
  })

  if (facts.refusedEmail !== null) {
    it('one address that the CRM does not take fails alone and says so', async () => {
      const stand = await bench.open()
      const { email } = stand.connector.identity(facts.target)
      const writes = [1, 2, 3].map((n) => creation(bench, stand.connector, n, n === 2 ? { email: facts.refusedEmail } : {}))
      const outcomes = await stand.connector.write(writes, anySignal())
      expect(outcomes).toMatchObject([{ result: 'created' }, { code: 'invalid', fields: [email] }, { result: 'created' }])
    })
  }

  it('sets, clears and leaves alone are three different things', async () => {
    const stand = await bench.open()
    const fields = { [text]: 'stays', [otherText]: 'goes' }
    const [made] = good(await stand.connector.write([creation(bench, stand.connector, 1, { fields })], anySignal()))
    const id = made?.id ?? ''
    good(await stand.connector.write([update(bench, 1, id, { [otherText]: null })], anySignal()))
    expect(await stand.read(id, text, otherText)).toMatchObject({ [text]: 'stays', [otherText]: null })
  })
}
