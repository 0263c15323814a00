import { describe, expect, it } from 'vitest'
import { anySignal, type Bench, contactIdOf, creation, emailOf, good, type Stand } from './bench.ts'
import { deliver, enter, leadAt, look, rulesOf } from './delivering.ts'

/** Each state in which people may have left a record, through the connector's own match into what is decided and written. */
export function recordGuarantees(bench: Bench): void {
  const { facts, sales } = bench
  const { text } = facts.fields
  const told = { [text]: { from: 'person.jobTitle', policy: 'overwrite' } } as const

  const entered = () => enter(bench, told)

  /** Ids of the Contact and Lead records that are there. */
  async function ids({ connector, records }: Stand): Promise<string[]> {
    const all = await records()
    return all.filter(({ object }) => connector.objects.includes(object)).map(({ id }) => id)
  }

  it('somebody whom the CRM does not know is entered with e-mail and contact id', async () => {
    const { stand, first, id } = await entered()
    expect(first.match).toMatchObject({ kind: 'none', deleted: false })
    expect(first.outcome).toMatchObject({ object: facts.target, result: 'created', dropped: [] })
    const names = stand.connector.identity(facts.target)
    expect(await stand.read(id, text, names.email, names.contactId)).toMatchObject({
      [text]: 'told at 1',
      [names.email]: emailOf(1),
      [names.contactId]: contactIdOf(1),
    })
  })

  it('the same lead again writes nothing, and a newer one changes the same record', async () => {
    const { stand, rules, first, id } = await entered()
    const again = await deliver(facts, stand, leadAt(1), { link: first.link, rules })
    expect(again).toMatchObject({ decision: { kind: 'skip', record: { id } }, outcome: null })
    const forgotten = await deliver(facts, stand, leadAt(1), { rules })
    expect(forgotten).toMatchObject({ match: { kind: 'one', record: { id, ours: true } }, decision: { kind: 'skip' } })
    const newer = await deliver(facts, stand, leadAt(2), { link: again.link, rules })
    expect(newer.outcome).toMatchObject({ id, result: 'updated' })
    expect(await ids(stand)).toEqual([id])
  })

  it('somebody without an e-mail is found by contact id, and gets the e-mail when it comes', async () => {
    const stand = await bench.open()
    const rules = rulesOf(facts, stand, told)
    const nameless = leadAt(1, { person: { email: null, phone: '+16175555555' } })
    const first = await deliver(facts, stand, nameless, { rules })
    expect(first.outcome).toMatchObject({ result: 'created' })
    const second = await deliver(facts, stand, leadAt(2), { rules })
    expect(second.outcome).toMatchObject({ id: first.outcome?.id, result: 'updated' })
    const { email } = stand.connector.identity(facts.target)
    expect(await stand.read(first.outcome?.id ?? '', email)).toMatchObject({ [email]: emailOf(1) })
  })

  describe('a deleted record', () => {
    it('stays deleted for a lead that was there before', async () => {
      const { stand, rules, first, id } = await entered()
      await sales.remove(stand.url, id)
      const again = await deliver(facts, stand, leadAt(1), { link: first.link, rules })
      expect(again.match).toMatchObject({ kind: 'none', deleted: true })
      expect(again.match).not.toHaveProperty('erased', true)
      expect(again.decision).toMatchObject({ kind: 'skip', record: null })
      const stale = await deliver(facts, stand, leadAt(0), { link: first.link, rules })
      expect(stale.decision.kind).toBe('skip')
      expect(await ids(stand)).toEqual([])
    })

    it('is entered anew for a newer lead, once', async () => {
      const { stand, rules, first, id } = await entered()
      await sales.remove(stand.url, id)
      const newer = await deliver(facts, stand, leadAt(2), { link: first.link, rules })
      expect(newer.outcome).toMatchObject({ result: 'created' })
      expect(newer.outcome?.id).not.toBe(id)
      const next = await deliver(facts, stand, leadAt(3), { link: newer.link, rules })
      expect(next.outcome).toMatchObject({ id: newer.outcome?.id, result: 'updated' })
      expect(await ids(stand)).toEqual([newer.outcome?.id])
    })

    it('waits for a person when told to', async () => {
      const { stand, first, id } = await entered()
      await sales.remove(stand.url, id)
      const rules = rulesOf(facts, stand, told, { onDeleted: 'park' })
      const newer = await deliver(facts, stand, leadAt(2), { link: first.link, rules })
      expect(newer.decision).toMatchObject({ kind: 'park', code: 'invalid' })
      expect(await ids(stand)).toEqual([])
    })

    it('that goes between the look and the write is a conflict, or is not brought back', async () => {
      const { stand, id } = await entered()
      await sales.remove(stand.url, id)
      const write = { ...creation(bench, stand.connector, 1), recordId: id, fields: { [text]: 'too late' }, required: [] }
      const [judged] = await stand.connector.write([write], anySignal())
      expect(judged).toMatchObject({ code: 'conflict' })
      expect(await ids(stand)).toEqual([])
    })
  })

  const { erase } = sales
  if (erase) {
    it('a record that was erased for privacy is told from one that was deleted', async () => {
      const { stand, rules, first, id } = await entered()
      await erase(stand.url, id)
      const again = await look(facts, stand, leadAt(2), { link: first.link, rules })
      expect(again.match).toMatchObject({ kind: 'none', deleted: true, erased: true })
    })
  }

  const { merge } = sales
  if (merge) {
    it('a merged record is followed to the survivor, whose id is remembered', async () => {
      const { stand, rules, first, id } = await entered()
      const survivor = await sales.create(stand.url, creation(bench, stand.connector, 7).fields)
      await merge(stand.url, survivor, id)
      const same = await deliver(facts, stand, leadAt(1), { link: first.link, rules })
      expect(same.match).toMatchObject({ kind: 'one', record: { id: survivor, mergedFrom: id } })
      expect(same.link.record).toEqual({ object: facts.target, id: survivor })
      const newer = await deliver(facts, stand, leadAt(2), { link: first.link, rules })
      expect(newer.outcome).toMatchObject({ id: survivor, result: 'updated' })
      expect(await stand.read(survivor, text)).toMatchObject({ [text]: 'told at 2' })
      expect(await ids(stand)).toEqual([survivor])
    })
  }

  it('a record that sales made without our id is adopted and stamped', async () => {
    const stand = await bench.open()
    const rules = rulesOf(facts, stand, told)
    const names = stand.connector.identity(facts.target)
    const id = await sales.create(stand.url, { ...facts.newFields(1), [names.email]: emailOf(1) })
    const first = await deliver(facts, stand, leadAt(1), { rules })
    expect(first.match).toMatchObject({ kind: 'one', record: { id, ours: false } })
    expect(first.outcome).toMatchObject({ id, result: 'updated' })
    expect(await stand.read(id, names.contactId)).toMatchObject({ [names.contactId]: contactIdOf(1) })
    const second = await deliver(facts, stand, leadAt(2), { rules })
    expect(second.match).toMatchObject({ kind: 'one', record: { id, ours: true } })
    expect(await ids(stand)).toEqual([id])
  })

  it.each([true, false])('an e-mail that sales changed stays, and makes no second record (ledger kept: %s)', async (kept) => {
    const { stand, rules, first, id } = await entered()
    const { email } = stand.connector.identity(facts.target)
    await sales.change(stand.url, id, { [email]: emailOf(99) })
    const newer = await deliver(facts, stand, leadAt(2), kept ? { link: first.link, rules } : { rules })
    expect(newer.match).toMatchObject({ kind: 'one', record: { id, ours: true } })
    expect(newer.outcome).toMatchObject({ id, result: 'updated' })
    expect(await stand.read(id, email, text)).toMatchObject({ [email]: emailOf(99), [text]: 'told at 2' })
    expect(await ids(stand)).toEqual([id])
  })

  describe('several records that are this person', () => {
    it('wait for a person', async () => {
      const stand = await bench.open()
      const twins = await sales.makeTwins(stand.url, emailOf(1), contactIdOf(1))
      const { match, decision } = await deliver(facts, stand, leadAt(1))
      expect(match.kind === 'many' && match.records.map(({ id }) => id).toSorted()).toEqual(twins.toSorted())
      expect(decision).toMatchObject({ kind: 'park', code: 'multiple_matches' })
    })

    it('are told apart by the last change when told to take the newest', async () => {
      const stand = await bench.open()
      const [, newest] = await sales.makeTwins(stand.url, emailOf(1), contactIdOf(1))
      const rules = rulesOf(facts, stand, told, { onMany: 'newest' })
      const { decision, outcome } = await deliver(facts, stand, leadAt(1), { rules })
      expect(decision).toMatchObject({ kind: 'write', write: { recordId: newest } })
      expect(outcome).toMatchObject({ id: newest, result: 'updated' })
    })
  })

  const { close } = sales
  if (close) {
    it('a closed record says so', async () => {
      const { stand, rules, first, id } = await entered()
      await close(stand.url, id)
      const again = await deliver(facts, stand, leadAt(1), { link: first.link, rules })
      expect(again).toMatchObject({ match: { kind: 'one', record: { id, closed: true } }, decision: { kind: 'skip' } })
      const forgotten = await deliver(facts, stand, leadAt(1), { rules })
      expect(forgotten).toMatchObject({ match: { kind: 'one', record: { closed: true } }, decision: { kind: 'skip' } })
      expect(await ids(stand)).toEqual([id])
    })

    it.each([true, false])(
      'a closed record stays closed, and a newer lead is entered beside it, once (ledger kept: %s)',
      async (kept) => {
        const { stand, rules, first, id } = await entered()
        const { contactId } = stand.connector.identity(facts.target)
        let link = first.link
        let last = id
        for (const n of [1, 2]) {
          await close(stand.url, last)
          const newer = await deliver(facts, stand, leadAt(2 * n), kept ? { link, rules } : { rules })
          expect(newer.outcome).toMatchObject({ result: 'created' })
          last = newer.outcome?.id ?? ''
          expect(await stand.read(last, contactId)).toMatchObject({ [contactId]: `${contactIdOf(1)}.${n}` })
          const next = await deliver(facts, stand, leadAt(2 * n + 1), kept ? { link: newer.link, rules } : { rules })
          expect(next).toMatchObject({ match: { record: { ours: true } }, outcome: { id: last, result: 'updated' } })
          link = next.link
        }
        expect(await ids(stand)).toHaveLength(3)
        expect(await stand.read(id, text)).toMatchObject({ [text]: 'told at 1' })
      },
    )

    it('a lead after a closed record waits for a person when told to, or is put onto it as it is', async () => {
      const { stand, first, id } = await entered()
      await close(stand.url, id)
      const parked = await deliver(facts, stand, leadAt(2), {
        link: first.link,
        rules: rulesOf(facts, stand, told, { onClosed: 'park' }),
      })
      expect(parked.decision).toMatchObject({ kind: 'park', code: 'invalid' })
      const put = await deliver(facts, stand, leadAt(2), {
        link: first.link,
        rules: rulesOf(facts, stand, told, { onClosed: 'task' }),
      })
      expect(put.outcome).toMatchObject({ id, result: 'updated' })
      expect(await ids(stand)).toEqual([id])
    })
  }

  const { convert } = sales
  if (convert) {
    it('a converted record leads to what it became', async () => {
      const { stand, rules, first, id } = await entered()
      const became = await convert(stand.url, id)
      const newer = await deliver(facts, stand, leadAt(2), { link: first.link, rules })
      expect(newer).toMatchObject({ match: { kind: 'one', record: became }, outcome: { ...became, result: 'updated' } })
      expect(newer.link.record).toEqual(became)
    })
  }

  it('several records of one call keep their states apart', async () => {
    const stand = await bench.open()
    const made = good(
      await stand.connector.write(
        [1, 2, 3].map((n) => creation(bench, stand.connector, n)),
        anySignal(),
      ),
    )
    const [gone = '', opted = '', plain = ''] = made.map(({ id }) => id)
    await sales.remove(stand.url, gone)
    await sales.optOut(stand.url, opted)
    const asked = [gone, opted, plain].map((id) => ({
      contactIds: [],
      email: null,
      record: { object: facts.target, id },
      fields: { [facts.target]: [text] },
    }))
    expect(await stand.connector.match(asked, anySignal())).toMatchObject([
      { kind: 'none', deleted: true },
      { kind: 'one', record: { id: opted, optOuts: [facts.fields.optOut.channel] } },
      { kind: 'one', record: { id: plain, optOuts: [] } },
    ])
  })
}
