import { expect, it } from 'vitest'
import type { SuppressionEntry } from '../../../src/core/index.ts'
import { hours } from '../../kit/made-lead.ts'
import type { Bench } from './bench.ts'
import { deliver, enter, leadAt, rulesOf } from './delivering.ts'

/** What somebody said no to in the CRM is read, and never taken back. */
export function optOutGuarantees(bench: Bench): void {
  const { facts, sales } = bench
  const { text } = facts.fields
  const told = { [text]: { from: 'person.jobTitle', policy: 'overwrite' } } as const
  const entered = () => enter(bench, told)
  const { name, channel } = facts.fields.optOut

  it('is read with the record', async () => {
    const { stand, rules, first, id } = await entered()
    expect(first.match.kind).toBe('none')
    expect((await deliver(facts, stand, leadAt(1), { rules })).match).toMatchObject({ record: { optOuts: [] } })
    await sales.optOut(stand.url, id)
    expect((await deliver(facts, stand, leadAt(1), { rules })).match).toMatchObject({ record: { optOuts: [channel] } })
  })

  it.each([false, null, ''])('is never cleared, whatever a mapping says (%j)', async (value) => {
    const { stand, first, id } = await entered()
    await sales.optOut(stand.url, id)
    const clears = value === '' ? { template: '{{ person.jobTitle }}' } : { value }
    const rules = rulesOf(facts, stand, { ...told, [name]: { ...clears, policy: 'overwrite' } })
    for (const hour of [2, 3]) {
      const { outcome } = await deliver(facts, stand, leadAt(hour), { link: first.link, rules })
      expect(outcome).toMatchObject({ id, result: 'updated' })
    }
    const after = await deliver(facts, stand, leadAt(3), { rules })
    expect(after.match).toMatchObject({ kind: 'one', record: { id, optOuts: [channel] } })
  })

  it('is set by a do-not-contact in opt-out mode, once', async () => {
    const { stand, rules: flagging, first, id } = await entered()
    const rules = { ...flagging, doNotContact: { ...flagging.doNotContact, mode: 'opt-out' as const } }
    const no = await deliver(facts, stand, leadAt(2, { action: 'DNC' }), { link: first.link, rules })
    expect(no.outcome).toMatchObject({ id, result: 'updated' })
    const again = await deliver(facts, stand, leadAt(2, { action: 'DNC' }), { link: no.link, rules })
    expect(again.match).toMatchObject({ record: { optOuts: expect.arrayContaining([channel]) } })
  })

  it('is not set by a do-not-contact in flag mode, which writes its markers and nothing else', async () => {
    const { stand, rules, first, id } = await entered()
    const suppression: SuppressionEntry[] = [
      { source: 'marketplace', channel: 'any', offer: null, since: hours(2), liftedAt: null },
    ]
    const no = await deliver(facts, stand, leadAt(2, { action: 'DNC' }), { link: first.link, suppression, rules })
    expect(no.outcome).toMatchObject({ id, result: 'updated', dropped: [] })
    const { at, liftedAt, reason } = facts.fields.markers
    const markers = [at, liftedAt, reason].filter((one) => one !== null)
    const after = await deliver(facts, stand, leadAt(1), { link: first.link, suppression, rules })
    expect(after.match).toMatchObject({ kind: 'one', record: { optOuts: [] } })
    const held = await stand.read(id, text, ...markers)
    expect(held).toMatchObject({ [text]: 'told at 1' })
    if (reason !== null) expect(held[reason]).toMatch(/do not contact/i)
    const again = await deliver(facts, stand, leadAt(2, { action: 'DNC' }), { link: no.link, suppression, rules })
    expect(again).toMatchObject({ decision: { kind: 'skip', outcome: 'suppressed' }, outcome: null })
  })
}
