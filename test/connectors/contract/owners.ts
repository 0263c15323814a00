import { describe, expect, it } from 'vitest'
import type { TaskWrite } from '../../../src/core/index.ts'
import { anySignal, type Bench, contactIdOf, creation, good, keys, type Stand } from './bench.ts'

const tenMinutes = 10 * 60_000

/** Who may have a task: people who are there. The CRM's records and the admin's words mean the same people. */
export function ownerGuarantees(bench: Bench): void {
  const { facts, sales } = bench
  const { sellers, groups } = facts
  const [sam, kim] = sellers.active

  async function assignable({ connector }: Pick<Stand, 'connector'>, ...owners: readonly string[]): Promise<boolean[]> {
    return good(await connector.assignable(owners, anySignal()))
  }

  async function withRecord() {
    const stand = await bench.open()
    const [made] = good(await stand.connector.write([creation(bench, stand.connector, 1)], anySignal()))
    return { stand, record: { object: facts.target, id: made?.id ?? '' } }
  }

  async function ownerIn({ connector }: Stand): Promise<string | null> {
    const [match] = good(await connector.match([keys(facts, { contactIds: [contactIdOf(1)] })], anySignal()))
    if (match?.kind !== 'one') throw new Error('The record was not found.')
    return match.record.owner
  }

  describe('who may be given a task', () => {
    it('is an active person, by e-mail in any letter case and by id, alone or among others, in the order of the question', async () => {
      const stand = await bench.open()
      const ids = await Promise.all([sam, sellers.inactive].map((email) => sales.userId(stand.url, email)))
      const asked = ['nobody@sandbox.example', sam.toUpperCase(), sellers.inactive, ...ids, ` ${kim} `, 'nobody', '', sam]
      const expected = [false, true, false, true, false, true, false, false, true]
      expect(await assignable(stand, ...asked)).toEqual(expected)
      const alone = await stand.restart()
      for (const [place, owner] of asked.entries())
        expect(await assignable({ connector: alone }, owner)).toEqual([expected[place]])
    })

    it.each(Object.entries(groups))('is %s: %s', async (group, isAssignable) => {
      expect(await assignable(await bench.open(), group)).toEqual([isAssignable])
    })

    it('costs few requests for many, none for nobody, and none when it was asked for less than ten minutes ago', async () => {
      const stand = await bench.open()
      const id = await sales.userId(stand.url, kim)
      const before = stand.sent.length
      expect(await assignable(stand)).toEqual([])
      expect(stand.sent.length).toBe(before)
      const many = [sam, kim, sellers.inactive, id, ...Array.from({ length: 50 }, (_, n) => `nobody${n}@sandbox.example`)]
      const first = await assignable(stand, ...many)
      const asked = stand.sent.length - before
      expect(asked).toBeGreaterThan(0)
      // One may be for the token.
      expect(asked).toBeLessThanOrEqual(3)
      stand.pass(tenMinutes - 1)
      expect(await assignable(stand, ...many)).toEqual(first)
      expect(stand.sent.length).toBe(before + asked)
    })

    it('is nobody who left, ten minutes later', async () => {
      const stand = await bench.open()
      const id = await sales.userId(stand.url, sam)
      expect(await assignable(stand, id, sam)).toEqual([true, true])
      await sales.deactivate(stand.url, id)
      stand.pass(tenMinutes + 1)
      expect(await assignable(stand, id, sam)).toEqual([false, false])
    })
  })

  it('of a record that nobody was given is nobody', async () => {
    const { stand } = await withRecord()
    expect(await ownerIn(stand)).toBeNull()
    expect(await ownerIn({ ...stand, connector: await stand.restart() })).toBeNull()
  })

  it('of a record that was given to a person is that person, who may be given tasks', async () => {
    const { stand, record } = await withRecord()
    const id = await sales.userId(stand.url, kim)
    await sales.give(stand.url, record.id, id)
    expect(await ownerIn(stand)).toBe(id)
    expect(await assignable(stand, id)).toEqual([true])
  })

  describe('of a task', () => {
    const task = (record: TaskWrite['record'], id: string, owner: string): TaskWrite => {
      const dueAt = '2026-11-24T10:00:00.000Z'
      return { id, record, subject: 'Call back', body: '', dueAt, type: 'call', priority: 'high', owner, timeZone: 'UTC' }
    }

    it('may be named by id, e-mail, or the e-mail in other letters', async () => {
      const { stand, record } = await withRecord()
      const owners = [await sales.userId(stand.url, sam), sam, kim.toUpperCase()]
      const wanted = owners.map((owner, n) => task(record, `follow-up-${n}`, owner))
      const made = good(await stand.connector.createTasks(wanted, anySignal()))
      expect(made.map(({ result, dropped }) => [result, dropped])).toEqual(owners.map(() => ['created', []]))
    })

    it('who left is left out, and it is said why, whether that was known or not', async () => {
      const { stand, record } = await withRecord()
      const id = await sales.userId(stand.url, sam)
      expect(await assignable(stand, id)).toEqual([true])
      await sales.deactivate(stand.url, id)
      const fresh = await stand.restart()
      const known = good(await stand.connector.createTasks([task(record, 'follow-up-1', id)], anySignal()))
      const unknown = good(await fresh.createTasks([task(record, 'follow-up-2', id)], anySignal()))
      for (const [made] of [known, unknown]) {
        expect(made).toMatchObject({ result: 'created', dropped: [{ reason: expect.stringMatching(/\w/) }] })
      }
      const again = good(await fresh.createTasks([task(record, 'follow-up-1', id)], anySignal()))
      expect(again).toMatchObject([{ id: known[0]?.id, result: 'unchanged' }])
    })
  })
}
