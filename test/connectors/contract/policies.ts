import { expect, it } from 'vitest'
import type { FieldPolicy, FieldValue } from '../../../src/core/index.ts'
import type { Bench } from './bench.ts'
import { deliver, leadAt, rulesOf } from './delivering.ts'

/** What the CRM holds in the field after each step of the story below. */
interface Story {
  readonly policy: FieldPolicy
  readonly newer: FieldValue
  readonly afterSales: FieldValue
  readonly afterEmptied: FieldValue
  readonly afterStale: FieldValue
  readonly staleOnEmptied: FieldValue
}

const Stories: readonly Story[] = [
  {
    policy: 'fill-if-empty',
    newer: 'told at 1',
    afterSales: 'by sales',
    afterEmptied: 'told at 4',
    afterStale: 'told at 4',
    staleOnEmptied: 'told at 0',
  },
  {
    policy: 'overwrite',
    newer: 'told at 2',
    afterSales: 'told at 3',
    afterEmptied: 'told at 4',
    afterStale: 'told at 4',
    staleOnEmptied: 'told at 0',
  },
  {
    policy: 'create-only',
    newer: 'told at 1',
    afterSales: 'by sales',
    afterEmptied: null,
    afterStale: null,
    staleOnEmptied: null,
  },
  { policy: 'ours', newer: 'told at 2', afterSales: 'by sales', afterEmptied: null, afterStale: null, staleOnEmptied: null },
]

/** A mapping's policies mean the same in every CRM. */
export function policyGuarantees(bench: Bench): void {
  const { facts, sales } = bench
  const { text, otherText } = facts.fields

  it.each(Stories)('$policy', async ({ policy, newer, afterSales, afterEmptied, afterStale, staleOnEmptied }) => {
    const stand = await bench.open()
    const rules = rulesOf(facts, stand, { [text]: { from: 'person.jobTitle', policy } })
    let { outcome, link } = await deliver(facts, stand, leadAt(1), { rules })
    const id = outcome?.id ?? ''
    const change = (value: FieldValue) => sales.change(stand.url, id, { [text]: value })
    const afterLead = async (hour: number) => {
      ;({ link } = await deliver(facts, stand, leadAt(hour), { rules, link }))
      return (await stand.read(id, text))[text]
    }

    expect(await stand.read(id, text)).toMatchObject({ [text]: 'told at 1' })
    expect(await afterLead(2)).toBe(newer)
    await change('by sales')
    expect(await afterLead(3)).toBe(afterSales)
    await change(null)
    expect(await afterLead(4)).toBe(afterEmptied)
    expect(await afterLead(-1)).toBe(afterStale)
    await change(null)
    expect(await afterLead(0)).toBe(staleOnEmptied)
  })

  it('absent, clear and set are three different things', async () => {
    const stand = await bench.open()
    const rules = rulesOf(facts, stand, {
      [text]: { from: 'person.jobTitle', policy: 'overwrite' },
      [otherText]: { from: 'action', policy: 'overwrite', values: { gone: null }, onUnknown: 'keep' },
    })
    const first = await deliver(facts, stand, leadAt(1, { action: 'there' }), { rules })
    const id = first.outcome?.id ?? ''
    const absent = await deliver(facts, stand, leadAt(2, { action: null, person: { jobTitle: null } }), {
      rules,
      link: first.link,
    })
    expect(await stand.read(id, text, otherText)).toMatchObject({ [text]: 'told at 1', [otherText]: 'there' })
    await deliver(facts, stand, leadAt(3, { action: 'gone' }), { rules, link: absent.link })
    expect(await stand.read(id, text, otherText)).toMatchObject({ [text]: 'told at 3', [otherText]: null })
  })
}
