import { describe, expect, it } from 'vitest'
import { decide } from '../../src/core/decide.ts'
import type { DecideInput } from '../../src/core/decision.ts'
import { explainFields } from '../../src/core/explain-fields.ts'
import { compileMapping } from '../../src/core/mapping.ts'
import { Earlier, makeLead, makeRules, Nobody, Now, no, one } from './deciding.ts'

const mapping = compileMapping({
  contact: {
    firstname: { from: 'person.firstName' },
    company: { from: 'person.company', policy: 'ours' },
    status: { value: 'new', policy: 'create-only' },
    jobtitle: { from: 'person.jobTitle' },
    stage: { from: 'stage', policy: 'overwrite' },
    last_offer: { from: 'offer.title', policy: 'overwrite' },
    country: { from: 'person.country', values: { DE: 'Germany' }, policy: 'overwrite' },
    notes: { value: null, policy: 'overwrite' },
  },
})
const lead = makeLead({ person: { email: 'jane@contoso.com', firstName: 'Jane', company: 'Contoso', country: 'US' } })

function explained(parts: Partial<DecideInput>) {
  const rules = makeRules({ mapping })
  const input: DecideInput = { ...rules, lead, contactId: 'C1', match: Nobody, suppression: [], known: null, ...parts }
  const decision = decide(input)
  const changes = explainFields(input, decision)
  // What it says is written is what is written.
  const gets = changes.flatMap(({ field, gets: value }) => (value === undefined ? [] : [[field, value]]))
  expect(Object.fromEntries(gets)).toEqual(decision.kind === 'write' ? decision.write.fields : {})
  return Object.fromEntries(changes.map(({ field, note }) => [field, note]))
}

const held = {
  our_id: 'C1',
  email: 'jane@contoso.com',
  firstname: 'Johanna',
  company: 'Sales wrote this',
  stage: 'active',
  last_offer: 'Old',
  notes: 'Old',
}

describe('what became of each field', () => {
  it('is said for a new record', () => {
    expect(explained({})).toMatchObject({
      our_id: 'new',
      firstname: 'new',
      status: 'new',
      jobtitle: 'the lead says nothing',
      country: 'left out: What the lead has in person.country is not listed under values.',
      notes: 'there is nothing to clear yet',
      dnc_at: 'nothing was ever said against contacting',
    })
  })

  it.each([
    { where: 'where there is no record', match: Nobody, company: 'not written: the delivery is parked' },
    { where: 'where there is one', match: one({ our_id: 'C1', company: 'Contoso' }), company: 'has it already' },
  ])('is said of a parked delivery without a word of a record’s policies, $where', ({ match, company }) => {
    const parking = compileMapping({
      contact: {
        firstname: { from: 'person.firstName' },
        company: { from: 'person.company' },
        status: { value: 'new', policy: 'create-only' },
        jobtitle: { from: 'person.jobTitle' },
        country: { from: 'person.country', values: { DE: 'Germany' }, onUnknown: 'park' },
        language: { from: 'person.country', values: { DE: 'German' } },
      },
    })
    const parked = 'not written: the delivery is parked'
    const reason = 'What the lead has in person.country is not listed under values.'
    expect(explained({ mapping: parking, match })).toEqual({
      our_id: parked,
      email: parked,
      firstname: parked,
      company,
      status: parked,
      jobtitle: 'the lead says nothing',
      country: expect.stringContaining('country'),
      language: `left out: ${reason}`,
      dnc_at: parked,
      dnc_lifted_at: parked,
      dnc_reason: parked,
    })
  })

  it('is said for one that is there', () => {
    const known = { lastLeadId: 'lead-1', lastLeadAt: Earlier, wrote: { company: 'digest of Contoso' } }
    expect(explained({ match: one(held), known })).toEqual({
      our_id: 'never changed where the record has it',
      email: 'never changed where the record has it',
      firstname: 'kept: fill-if-empty, and it is not empty',
      company: 'kept: ours, and it is not what Leadsync last wrote',
      status: 'kept: create-only, and the record is there',
      jobtitle: 'the lead says nothing',
      stage: 'has it already',
      last_offer: 'overwritten',
      country: 'left out: What the lead has in person.country is not listed under values.',
      notes: 'cleared',
      dnc_at: 'nothing was ever said against contacting',
      dnc_lifted_at: 'nothing was ever said against contacting',
      dnc_reason: 'nothing was ever said against contacting',
    })
  })

  it('is said for an older lead, and for one of an earlier stage', () => {
    const known = { lastLeadId: 'lead-3', lastLeadAt: Now, wrote: {} }
    const older = makeLead({ ...lead, id: 'lead-1', occurredAt: Earlier })
    expect(explained({ match: one(held), known, lead: older })).toMatchObject({
      last_offer: 'kept: a newer lead was delivered before',
    })
    const interest = makeLead({ ...lead, stage: 'initial-interest' })
    expect(explained({ match: one(held), lead: interest })).toMatchObject({
      stage: 'kept: an earlier stage replaces no later one',
    })
  })

  it('is said for a do-not-contact, which looks at no mapping', () => {
    const refusing = makeLead({ ...lead, action: 'DNC' })
    const said = explained({ match: one(held), lead: refusing, suppression: [no({ since: Now })] })
    expect(said).toEqual({
      our_id: 'never changed where the record has it',
      email: 'never changed where the record has it',
      dnc_at: 'was empty',
      dnc_lifted_at: 'shows it already',
      dnc_reason: 'was empty',
    })
  })

  it('is nothing where there is no record to write', () => {
    const known = { lastLeadId: lead.id, lastLeadAt: lead.occurredAt, wrote: {} }
    expect(explained({ match: one(held), known })).toEqual({})
  })
})
