import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/core/decide.ts'
import type { Decision } from '../../src/core/decision.ts'
import { held, isEmpty } from '../../src/core/field-type.ts'
import { leadOrder } from '../../src/core/lead-order.ts'
import type { Fields, Match } from '../../src/core/record.ts'
import { afterWrite } from './crm-model.ts'
import { situation } from './deciding-arbitraries.ts'

type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never

const Runs = { numRuns: 1500 }

function decideIn({ rules, ...rest }: Situation): Decision {
  return decide({ ...rules, ...rest })
}

/** What the record held that a write goes to; nothing for a new one. */
function targetFields(match: Match, decision: Decision & { kind: 'write' }): Fields {
  const records = match.kind === 'one' ? [match.record] : match.kind === 'many' ? match.records : []
  return records.find(({ object, id }) => object === decision.write.object && id === decision.write.recordId)?.fields ?? {}
}

describe('any decision', () => {
  it('is made without throwing, and a write is never empty', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const decision = decideIn(given)
        if (decision.kind === 'write') expect(Object.keys(decision.write.fields).length).toBeGreaterThan(0)
      }),
      Runs,
    )
  })

  it('never writes an opt-out false or empty', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const decision = decideIn(given)
        if (decision.kind !== 'write' || !Object.hasOwn(decision.write.fields, 'opted_out')) return
        if (decision.write.object === 'contact') expect(String(decision.write.fields.opted_out)).toBe('true')
      }),
      Runs,
    )
  })

  it('never changes an e-mail or a contact id that the record has', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const decision = decideIn(given)
        if (decision.kind !== 'write') return
        const before = targetFields(given.match, decision)
        for (const name of ['email', 'our_id']) {
          if (!isEmpty(held(before, name))) expect(Object.hasOwn(decision.write.fields, name)).toBe(false)
        }
      }),
      Runs,
    )
  })

  it('of a stale lead overwrites nothing but the markers', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const decision = decideIn(given)
        const record = given.match.kind === 'one' ? given.match.record : null
        const order = leadOrder(given.lead, given.known, record, given.rules.lastLeadField)
        if (decision.kind !== 'write' || order === 'newer') return
        for (const name of Object.keys(decision.write.fields)) {
          if (!name.startsWith('dnc_')) expect(isEmpty(held(targetFields(given.match, decision), name))).toBe(true)
        }
      }),
      Runs,
    )
  })

  it('of a DNC lead writes markers only, and identity where it creates', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const decision = decideIn({ ...given, lead: { ...given.lead, action: 'DNC' } })
        if (decision.kind === 'park') return
        expect(decision.outcome).toBe('suppressed')
        if (decision.kind !== 'write') return
        expect(decision.write.recordId !== null || given.rules.doNotContact.createIfMissing).toBe(true)
        const allowed = [
          'dnc_at',
          'dnc_lifted_at',
          'dnc_reason',
          ...(decision.write.recordId === null ? ['email', 'our_id'] : []),
        ]
        expect(allowed).toEqual(expect.arrayContaining(Object.keys(decision.write.fields)))
      }),
      Runs,
    )
  })

  it('once written, made again changes nothing, whether or not the ledger heard of it', () => {
    fc.assert(
      fc.property(situation, fc.boolean(), (given, crashed) => {
        const decision = decideIn(given)
        if (decision.kind !== 'write') return
        const known = crashed ? given.known : decision.known
        const again = decideIn({ ...given, match: afterWrite(given.match, decision.write), known })
        expect(again).toMatchObject({ kind: 'skip', outcome: decision.outcome })
      }),
      Runs,
    )
  })
})
