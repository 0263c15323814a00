import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SuppressionEntry } from '../../src/core/index.ts'
import { markerValues } from '../../src/core/markers.ts'
import { hours } from '../kit/made-lead.ts'
import { no } from './deciding.ts'
import { suppression } from './deciding-arbitraries.ts'

function said(parts: Partial<SuppressionEntry> = {}): SuppressionEntry {
  return no({ source: 'admin', offer: null, since: hours(0), reason: 'asked by letter', ...parts })
}

describe('the reason that a CRM record shows', () => {
  it.each([
    { entries: [no()], text: 'Microsoft marketplace: do not contact about contoso.analytics (DNC)' },
    { entries: [said()], text: 'An admin: do not contact about any offer (asked by letter)' },
    { entries: [said({ reason: null })], text: 'An admin: do not contact about any offer' },
    { entries: [said({ channel: 'phone', offer: 'a.b' })], text: 'An admin: do not phone about a.b (asked by letter)' },
    {
      entries: [no(), said({ source: 'import', channel: 'email', reason: 'unsubscribed' }), said()],
      text:
        'An admin: do not contact about any offer (asked by letter); An opt-out list: do not e-mail about any offer (unsubscribed); ' +
        'Microsoft marketplace: do not contact about contoso.analytics (DNC)',
    },
    {
      entries: [no(), said({ liftedAt: hours(1), liftReason: 'a mistake' })],
      text: 'Microsoft marketplace: do not contact about contoso.analytics (DNC)',
    },
  ])('says who said it, for which channel and why: $text', ({ entries, text }) => {
    expect(markerValues(entries)).toMatchObject({ liftedAt: null, reason: text })
  })

  it.each([
    { entries: [no({ liftedAt: hours(9) })], text: /^Lifted: the customer asked to be contacted again\. Before: Microsoft/ },
    { entries: [said({ liftedAt: hours(9) })], text: /^Lifted: an admin took it back\. Before: An admin: do not contact/ },
    { entries: [no({ liftedAt: hours(9), liftedBy: 'admin' })], text: /^Lifted: an admin took it back\. Before: Microsoft/ },
  ])('says who lifted it: $text', ({ entries, text }) => {
    expect(markerValues(entries)).toMatchObject({ liftedAt: hours(9), reason: expect.stringMatching(text) })
  })

  it.each([
    { order: 'in order', turn: (entries: SuppressionEntry[]) => entries },
    { order: 'in reverse', turn: (entries: SuppressionEntry[]) => entries.toReversed() },
  ])('says several offers and reasons once each, read $order', ({ turn }) => {
    const entries = [
      said({ offer: 'a.b', reason: 'x' }),
      said({ offer: 'a.b', reason: 'y' }),
      said({ offer: 'c.d', reason: 'y' }),
    ]
    expect(markerValues(turn(entries))).toMatchObject({ reason: 'An admin: do not contact about a.b, c.d (x, y)' })
  })

  it('is the same in whatever order the entries are read, and fits the field', () => {
    fc.assert(
      fc.property(suppression, fc.string({ maxLength: 400 }), (entries, reason) => {
        const all = entries.map((entry) => ({ ...entry, reason }))
        expect(markerValues(all.toReversed())).toEqual(markerValues(all))
        expect(markerValues(all)?.reason?.length ?? 0).toBeLessThanOrEqual(250)
      }),
    )
  })
})
