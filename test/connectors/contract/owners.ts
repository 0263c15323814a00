import { describe, expect, it } from 'vitest'
import type { TaskWrite } from '../../../src/core/index.ts'
import { anySignal, type Bench, contactIdOf, creation, good, keys, type Stand } from './bench.ts'

const tenMinutes = 10 * 60_000

/** Who may have a task: people who are there. The CRM's records and the admin's words mean the same people. */
export function ownerGuarantees(bench: Bench): void {
  const { facts, sales } = bench
  const { sellers, groups } = facts
  const [sam, kim] = sellers.active

  async function assignees({ connector }: Pick<Stand, 'connector'>, ...owners: readonly string[]): Promise<(string | null)[]> {
    return good(await connector.assignees(owners, anySignal()))
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
    it("is an active person, told by the CRM's id, asked for by e-mail in any letter case or by id, alone or among others, in that order", async () => {
      const stand = await bench.open()
      const [samId, kimId, goneId] = await Promise.all(
        ([sam, kim, sellers.inactive] as const).map((email) => sales.userId(stand.url, email)),
      )
      const expected: readonly (readonly [string, string | null | undefined])[] = [
        ['nobody@sandbox.example', null],
        [sam.toUpperCase(), samId],
        [sellers.inactive, null],
        [samId ?? '', samId],
        [facts.otherSpelling(kimId ?? ''), kimId],
        [goneId ?? '', null],
        [` ${kim} `, kimId],
        ['nobody', null],
        ['', null],
        [sam, samId],
      ]
      expect(await assignees(stand, ...expected.map(([asked]) => asked))).toEqual(expected.map(([, id]) => id))
      const alone = await stand.restart()
      for (const [asked, id] of expected) expect(await assignees({ connector: alone }, asked)).toEqual([id])
    })

    it.each(Object.entries(groups))('is %s: %s', async (group, isAssignable) => {
      const stand = await bench.open()
      const [id = null] = await assignees(stand, group)
      expect(id !== null).toBe(isAssignable)
      expect(id).not.toBe(group)
      const byId = id === null ? [] : await assignees({ connector: await stand.restart() }, id)
      expect(byId).toEqual(id === null ? [] : [id])
    })

    it('costs few requests for many, none for nobody, and none when it was asked for less than ten minutes ago', async () => {
      const stand = await bench.open()
      const id = await sales.userId(stand.url, kim)
      const before = stand.sent.length
      expect(await assignees(stand)).toEqual([])
      expect(stand.sent.length).toBe(before)
      const many = [sam, kim, sellers.inactive, id, ...Array.from({ length: 50 }, (_, n) => `nobody${n}@sandbox.example`)]
      const first = await assignees(stand, ...many)
      const asked = stand.sent.length - before
      expect(asked).toBeGreaterThan(0)
      // One may be for the token.
      expect(asked).toBeLessThanOrEqual(3)
      stand.pass(tenMinutes - 1)
      expect(await assignees(stand, ...many)).toEqual(first)
      expect(stand.sent.length).toBe(before + asked)
    })

    it('is nobody who left, ten minutes later', async () => {
      const stand = await bench.open()
      const id = await sales.userId(stand.url, sam)
      expect(await assignees(stand, id, sam)).toEqual([id, id])
      await sales.deactivate(stand.url, id)
      stand.pass(tenMinutes + 1)
      expect(await assignees(stand, id, sam)).toEqual([null, null])
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
    expect(await assignees(stand, id, kim)).toEqual([id, id])
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
      expect(await assignees(stand, id)).toEqual([id])
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
