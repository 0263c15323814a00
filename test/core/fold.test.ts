import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/core/decide.ts'
import type { DecideRules } from '../../src/core/decision.ts'
import { DeliveryError } from '../../src/core/errors.ts'
import { type FoldInput, fold } from '../../src/core/fold.ts'
import type { Lead } from '../../src/core/lead.ts'
import { compareLeads, type Known } from '../../src/core/lead-order.ts'
import { mapLead } from '../../src/core/map-lead.ts'
import { compileMapping } from '../../src/core/mapping.ts'
import type { Match, WriteOutcome } from '../../src/core/record.ts'
import { settleFold } from '../../src/core/settle-fold.ts'
import type { SuppressionEntry } from '../../src/core/suppression.ts'
import { afterWrite, contents } from './crm-model.ts'
import { Earlier, Later, makeLead, makeRecord, makeRules, Nobody, Now, no, one } from './deciding.ts'
import { known, lead, match, rules, suppression } from './deciding-arbitraries.ts'

interface Situation {
  readonly rules: DecideRules
  readonly match: Match
  readonly known: Known | null
  readonly suppression: readonly SuppressionEntry[]
}

/** The same leads one after the other, each with its own match. */
function oneByOne(given: Situation, leads: readonly Lead[]) {
  let { match, known } = given
  const kinds: string[] = []
  for (const lead of leads) {
    const decision = decide({ ...given.rules, contactId: 'C1', suppression: given.suppression, lead, match, known })
    kinds.push(`${lead.id} ${decision.kind}`)
    if (decision.kind === 'write') match = afterWrite(match, decision.write)
    if (decision.kind !== 'park') known = decision.known
  }
  return { kinds, contents: contents(match), known }
}

function foldOf(given: Situation, leads: readonly Lead[]) {
  const input: FoldInput = {
    ...given.rules,
    contactId: 'C1',
    suppression: given.suppression,
    first: given.match,
    known: given.known,
  }
  return fold(
    input,
    leads.map((lead) => ({ lead })),
  )
}

function situation(parts: Partial<Situation> = {}): Situation {
  return { rules: makeRules(), match: Nobody, known: null, suppression: [], ...parts }
}

const Written: WriteOutcome = { object: 'contact', id: '9', result: 'created', dropped: [] }
const First = makeLead({ id: 'a', occurredAt: Earlier, person: { firstName: 'Jane' }, offer: { title: 'One' } })
const Second = makeLead({ id: 'b', occurredAt: Now, offer: { title: 'Two' } })
const Again = { ...Second }

describe('folding leads of one contact', () => {
  it('leaves the CRM and the ledger as delivering them one after the other does', () => {
    fc.assert(
      fc.property(fc.record({ rules, match, known, suppression }), fc.array(lead, { maxLength: 5 }), (given, leads) => {
        const ordered = leads.toSorted(compareLeads)
        const folded = foldOf(given, leads)
        const expected = oneByOne(given, ordered.slice(0, folded.deliveries.length))

        const end = folded.write === null ? given.match : afterWrite(given.match, folded.write)
        expect(contents(end)).toEqual(expected.contents)
        expect(folded.known.done).toEqual(expected.known)
        expect(folded.deliveries.map(({ delivery, decision }) => `${delivery.lead.id} ${decision.kind}`)).toEqual(expected.kinds)
        expect(folded.apart.map(({ lead }) => lead)).toEqual(ordered.slice(folded.deliveries.length))
      }),
      { numRuns: 2000 },
    )
  })

  it('creates somebody first without and then with an e-mail in one write', () => {
    const { write } = foldOf(situation(), [Second, First])
    expect(write).toMatchObject({
      recordId: null,
      email: 'jane@contoso.com',
      fields: { email: 'jane@contoso.com', our_id: 'C1', last_offer: 'Two', last_lead_at: Now, status: 'new' },
    })
  })

  it('gives each lead its own outcome', () => {
    const { deliveries, known } = settleFold(foldOf(situation(), [Again, Second, First]), Written)
    expect(deliveries.map((one) => [one.delivery.lead.id, one.kind === 'done' && one.result])).toEqual([
      ['a', 'created'],
      ['b', 'updated'],
      ['b', 'unchanged'],
    ])
    expect(deliveries.map((one) => one.kind === 'done' && one.record?.id)).toEqual(['9', '9', '9'])
    expect(known).toMatchObject({ lastLeadId: 'b', wrote: { company: 'digest of Contoso' } })
  })

  it('gives a lead the dropped fields that were its own, and the ledger none of them', () => {
    const dropped = [{ field: 'company', reason: 'Refused.' }]
    const { deliveries, known } = settleFold(foldOf(situation(), [First, Second]), { ...Written, dropped })
    expect(deliveries.map((one) => one.kind === 'done' && one.dropped)).toEqual([[], dropped])
    expect(known?.wrote).toEqual({})
  })

  it('leaves apart what belongs to another record than the first write: after a flag on a closed one comes a new one', () => {
    const closed: Match = { kind: 'one', record: makeRecord({ our_id: 'C1' }, { closed: true }) }
    const dnc = makeLead({ id: 'c', occurredAt: Earlier, action: 'DNC' })
    const folded = foldOf(situation({ match: closed, suppression: [no()] }), [Second, dnc])
    expect(folded.write).toMatchObject({ recordId: '7', fields: { dnc_at: Earlier } })
    expect(settleFold(folded, Written).deliveries).toMatchObject([
      { kind: 'done', outcome: 'suppressed' },
      { kind: 'alone', delivery: { lead: { id: 'b' } } },
    ])
  })

  it('tells every lead of what was left out beside the record', () => {
    const dropped = [{ field: 'a note', reason: 'Refused.' }]
    const { deliveries } = settleFold(foldOf(situation(), [First, Second]), { ...Written, dropped })
    expect(deliveries.map((one) => one.kind === 'done' && one.dropped)).toEqual([dropped, dropped])
  })

  it('does not let a lead that must be parked stop the others', () => {
    const mapping = compileMapping({ contact: { plan: { from: 'stage', values: { ok: 'OK' }, onUnknown: 'park' } } })
    const leads = [makeLead({ id: 'a', occurredAt: Earlier }), makeLead({ id: 'b', stage: 'ok' })]
    const folded = foldOf(situation({ rules: makeRules({ mapping }) }), leads)
    expect(settleFold(folded, Written).deliveries).toMatchObject([
      { kind: 'park', code: 'invalid' },
      { kind: 'done', result: 'created' },
    ])
  })

  it('handles a DNC among others as suppressed, and the others as delivered', () => {
    const dnc = makeLead({ id: 'c', occurredAt: Later, action: 'DNC' })
    const folded = foldOf(situation({ suppression: [no({ since: Later })] }), [dnc, Second])
    expect(folded.write?.fields).toMatchObject({ dnc_at: Later, last_lead_at: Now })
    expect(settleFold(folded, Written).deliveries).toMatchObject([
      { kind: 'done', outcome: 'delivered', result: 'created' },
      { kind: 'done', outcome: 'suppressed', result: 'unchanged', record: { id: '9' } },
    ])
  })

  it('sends each alone when the CRM refuses their values, and otherwise fails those that depended on the write', () => {
    const full = { our_id: 'C1', email: 'x@y.z', last_lead_at: Earlier }
    const given = situation({ match: one(full), known: { lastLeadId: 'a', lastLeadAt: Earlier, wrote: {} } })
    const folded = foldOf(given, [First, Second, makeLead({ id: 'c', occurredAt: Later })])
    const kinds = (error: DeliveryError) => settleFold(folded, error).deliveries.map(({ kind }) => kind)

    expect(kinds(new DeliveryError('invalid', 'Refused.'))).toEqual(['done', 'alone', 'alone'])
    expect(kinds(new DeliveryError('unavailable', 'Away.'))).toEqual(['done', 'failed', 'failed'])
    expect(settleFold(folded, new DeliveryError('invalid', 'Refused.')).known).toEqual(given.known)
  })

  it('fails a lead that is alone with the error itself', () => {
    const error = new DeliveryError('invalid', 'Refused.')
    expect(settleFold(foldOf(situation(), [First]), error).deliveries).toMatchObject([{ kind: 'failed', error }])
  })

  it('settles without a write when nothing is to be written', () => {
    const known = { lastLeadId: 'a', lastLeadAt: Earlier, wrote: {} }
    const settled = settleFold(foldOf(situation({ match: one({ our_id: 'C1' }), known }), [First]), null)
    expect(settled).toMatchObject({
      known,
      deliveries: [{ kind: 'done', result: 'unchanged', record: { id: '7' }, reason: expect.any(String) }],
    })
  })

  it('takes only those that a person asked for once more for newer than what was delivered', () => {
    const known = { lastLeadId: Second.id, lastLeadAt: Second.occurredAt, wrote: {} }
    const record = one({ our_id: 'C1', email: 'jane@contoso.com', last_lead_at: Now, last_offer: 'Wrong' })
    const input: FoldInput = { ...makeRules(), contactId: 'C1', suppression: [], first: record, known }
    expect(fold(input, [{ lead: First }, { lead: Second }]).write?.fields).not.toHaveProperty('last_offer')
    const again = fold(input, [{ lead: Second, again: true }, { lead: First }])
    expect(again.write?.fields).toMatchObject({ last_offer: 'Two' })
  })
})

describe('delivering the same leads in any order, folded or not', () => {
  const mapping = compileMapping({
    contact: {
      stage: { from: 'stage', policy: 'overwrite', values: { gone: null }, onUnknown: 'keep', mayGoBack: true },
      note: { from: 'notes', policy: 'overwrite' },
      last_lead_at: { from: 'occurredAt', policy: 'overwrite' },
    },
  })
  const leads = fc.uniqueArray(lead, { minLength: 1, maxLength: 5, selector: ({ id }) => id })
  const shuffled = leads.chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }))

  it("ends with the newest lead's values in the fields that are overwritten", () => {
    fc.assert(
      fc.property(
        shuffled,
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('last_lead_at', null),
        (order, together, lastLeadField) => {
          const newest = order
            .filter(({ action }) => action !== 'DNC')
            .toSorted(compareLeads)
            .at(-1)
          if (!newest) return
          let given = situation({ rules: makeRules({ mapping, lastLeadField }) })
          for (let from = 0; from < order.length; from += together) {
            const folded = foldOf(given, order.slice(from, from + together))
            const end = folded.write === null ? given.match : afterWrite(given.match, folded.write)
            given = { ...given, match: end, known: folded.known.done }
          }
          const record = contents(given.match)[0] ?? {}
          for (const { field, mapped } of mapLead(mapping, 'contact', newest, 'C1')) {
            if (mapped.state === 'clear') expect(record).not.toHaveProperty(field.name)
            if (mapped.state === 'set') expect(record[field.name]).toBe(String(mapped.value))
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('never turns a stage back', () => {
    const words = { trial: 'In trial', active: 'Customer' }
    const staged = compileMapping({
      contact: {
        stage: { from: 'stage', policy: 'overwrite', values: words, onUnknown: 'keep', default: 'nothing known' },
        last_lead_at: { from: 'occurredAt', policy: 'overwrite' },
      },
    })
    const ranks = ['initial-interest', 'In trial', 'Customer']
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: 5 }), (order, together) => {
        let given = situation({ rules: makeRules({ mapping: staged }) })
        let furthest = -1
        for (let from = 0; from < order.length; from += together) {
          const folded = foldOf(given, order.slice(from, from + together))
          const end = folded.write === null ? given.match : afterWrite(given.match, folded.write)
          given = { ...given, match: end, known: folded.known.done }
          const rank = ranks.indexOf(contents(given.match)[0]?.stage ?? '')
          expect(rank).toBeGreaterThanOrEqual(furthest)
          furthest = rank
        }
      }),
      { numRuns: 1000 },
    )
  })
})
