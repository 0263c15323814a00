import { expect, it } from 'vitest'
import { anySignal, type Bench, contactIdOf, creation, emailOf, good, keys, range } from './bench.ts'

/** The rest of the company lives on the same quota. */
export function requestGuarantees(bench: Bench): void {
  const { facts } = bench

  it(`1,000 fresh leads with one task each take at most ${facts.requestsPerThousand} requests at full batches`, async () => {
    const stand = await bench.open()
    const { connector } = stand
    const { matchBatch, writeBatch, taskBatch } = connector.limits
    const people = range(1_000)

    for (const batch of batches(people, matchBatch)) {
      const asked = batch.map((n) => keys(facts, { contactIds: [contactIdOf(n)], email: emailOf(n) }))
      expect(new Set(good(await connector.match(asked, anySignal())).map(({ kind }) => kind))).toEqual(new Set(['none']))
    }
    const ids: string[] = []
    for (const batch of batches(people, writeBatch)) {
      const writes = batch.map((n) => creation(bench, connector, n, { fields: { [facts.fields.longText]: 'PLT of 23 Nov' } }))
      ids.push(...good(await connector.write(writes, anySignal())).map(({ id }) => id))
    }
    const tasks = ids.map((id, n) => ({
      id: `task-${n}`,
      record: { object: facts.target, id },
      subject: 'Call',
      body: '',
      dueAt: '2026-11-24T10:00:00.000Z',
      timeZone: 'UTC',
      type: 'call' as const,
      priority: 'high' as const,
      owner: null,
    }))
    for (const batch of batches(tasks, taskBatch)) good(await connector.createTasks(batch, anySignal()))

    const made = (await stand.records()).map(({ object }) => object)
    expect(made.filter((object) => object === facts.target)).toHaveLength(1_000)
    expect(made.filter((object) => object === 'task')).toHaveLength(1_000)
    expect(stand.sent.length).toBeGreaterThan(10)
    expect(stand.sent.length).toBeLessThanOrEqual(facts.requestsPerThousand)
  })
}

function batches<T>(all: readonly T[], size: number): T[][] {
  return range(Math.ceil(all.length / size)).map((n) => all.slice(n * size, (n + 1) * size))
}
