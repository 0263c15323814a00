import { decide } from '../../src/core/decide.ts'
import type { DecideInput, DecideRules, Decision } from '../../src/core/decision.ts'
import type { MappingRules } from '../../src/core/field-rule.ts'
import { Lead } from '../../src/core/lead.ts'
import { compileMapping } from '../../src/core/mapping.ts'
import { NoQualification } from '../../src/core/qualify.ts'
import type { Fields, FieldValue, Match, MatchedRecord } from '../../src/core/record.ts'
import { DefaultStageOrder } from '../../src/core/stage-order.ts'
import type { SuppressionEntry } from '../../src/core/suppression.ts'

/** What the decide tests share: one made-up CRM, and leads that differ in what the test is about. */
export const Now = '2026-11-23T10:00:00.000Z'
export const Earlier = '2026-11-20T10:00:00.000Z'
export const Later = '2026-11-25T10:00:00.000Z'

export function makeLead(parts: Record<string, unknown> = {}): Lead {
  return Lead.parse({
    v: 1,
    id: 'lead-2',
    channel: 'marketplace',
    receivedAt: Later,
    occurredAt: Now,
    action: 'INS',
    stage: 'active',
    offer: { publisherId: 'contoso', offerId: 'analytics', title: 'Contoso Analytics' },
    person: { email: 'jane@contoso.com', firstName: 'Jane', lastName: 'Doe', company: 'Contoso' },
    raw: {},
    ...parts,
  })
}

const Rules: MappingRules = {
  contact: {
    email: { from: 'person.email' },
    firstname: { from: 'person.firstName' },
    company: { from: 'person.company', policy: 'ours' },
    status: { value: 'new', policy: 'create-only' },
    last_lead_at: { from: 'occurredAt', policy: 'overwrite' },
    last_offer: { from: 'offer.title', policy: 'overwrite' },
  },
}

export function makeRules(parts: Partial<DecideRules> = {}): DecideRules {
  return {
    mapping: compileMapping(Rules),
    identity: () => ({ email: 'email', contactId: 'our_id' }),
    target: 'contact',
    doNotContact: {
      mode: 'flag',
      createIfMissing: false,
      markers: { at: 'dnc_at', liftedAt: 'dnc_lifted_at', reason: 'dnc_reason' },
    },
    policies: { onMany: 'park', onDeleted: 'recreate', onClosed: 'new-record', optOutFields: { contact: ['opted_out'] } },
    lastLeadField: 'last_lead_at',
    digest: (value: FieldValue) => `digest of ${value}`,
    stageOrder: DefaultStageOrder,
    qualification: NoQualification,
    ...parts,
  }
}

export const Nobody: Match = { kind: 'none', deleted: false }
export const Deleted: Match = { kind: 'none', deleted: true }

export function makeRecord(fields: Fields, parts: Partial<MatchedRecord> = {}): MatchedRecord {
  return { object: 'contact', id: '7', fields, optOuts: [], owner: null, closed: false, mergedFrom: null, ours: true, ...parts }
}

export function one(fields: Fields): Match {
  return { kind: 'one', record: makeRecord(fields) }
}

export function decideOn(match: Match, parts: Partial<DecideInput> = {}): Decision {
  return decide({ ...makeRules(), lead: makeLead(), contactId: 'C1', match, suppression: [], known: null, ...parts })
}

/** What a decision writes; nothing when it writes nothing. */
export function fieldsOf(decision: Decision): Fields {
  return decision.kind === 'write' ? decision.write.fields : {}
}

export function no(parts: Partial<SuppressionEntry> = {}): SuppressionEntry {
  return { source: 'marketplace', channel: 'any', offer: 'contoso.analytics', since: Earlier, liftedAt: null, ...parts }
}
