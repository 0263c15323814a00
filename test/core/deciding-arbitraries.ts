import fc from 'fast-check'
import type { DecideRules } from '../../src/core/decision.ts'
import type { FieldRule, MappingRules } from '../../src/core/field-rule.ts'
import type { Lead } from '../../src/core/lead.ts'
import type { Known } from '../../src/core/lead-order.ts'
import { compileMapping, type Mapping } from '../../src/core/mapping.ts'
import { NoQualification, type QualificationRules } from '../../src/core/qualify.ts'
import type { Fields, FieldValue, Match, MatchedRecord } from '../../src/core/record.ts'
import { DefaultStageOrder } from '../../src/core/stage-order.ts'
import type { SuppressionEntry } from '../../src/core/suppression.ts'
import { makeLead, makeRecord, makeRules } from './deciding.ts'

/** Few values of each kind, so that they meet. */
const Times = ['2026-11-20T10:00:00.000Z', '2026-11-21T10:00:00.000Z', '2026-11-22T10:00:00.000Z']
const FieldNames = ['f1', 'f2', 'f3', 'opted_out', 'email', 'our_id', 'dnc_at', 'constructor', '__proto__']

const time = fc.constantFrom(...Times)
const word = fc.constantFrom('a', 'b', 'A', ' ', '7', 'true', 'false', 'gone', '2026-11-20', Times[0] ?? '')
const text = fc.option(fc.oneof(word, fc.string()))
const value: fc.Arbitrary<FieldValue> = fc.oneof(
  word,
  fc.constantFrom('initial-interest', 'trial', 'Active'),
  fc.constantFrom(0, 7, true, false, null),
  fc.string(),
  fc.double(),
)

export const lead: fc.Arbitrary<Lead> = fc
  .record({
    id: fc.constantFrom('l1', 'l2', 'l3', 'l4'),
    occurredAt: time,
    action: fc.constantFrom('INS', 'PLT', 'DNC', null),
    stage: fc.oneof(text, fc.constantFrom('initial-interest', 'Trial', 'active')),
    notes: text,
    test: fc.boolean(),
    person: fc.record({ email: fc.constantFrom('jane@contoso.com', 'x@y.z', null), firstName: text, company: text }),
    raw: fc.oneof(fc.anything(), fc.record({ n: fc.anything() })),
  })
  .map(makeLead)

const source = fc.oneof(
  fc
    .constantFrom('stage', 'notes', 'test', 'person.company', 'person.email', 'occurredAt', 'raw.n', 'tags', 'score', 'priority')
    .map((from) => ({ from })),
  fc.boolean().map((mayGoBack) => ({ from: 'stage', mayGoBack })),
  fc
    .constantFrom('{{ notes }}', '{{ notes | date: "%Y" }} {{ raw.n }}', '{% for t in raw.n %}{{ t }}{% endfor %}')
    .map((template) => ({ template })),
)
const rule: fc.Arbitrary<FieldRule> = fc.oneof(
  fc
    .tuple(
      source,
      fc.record(
        {
          policy: fc.constantFrom('fill-if-empty', 'overwrite', 'create-only', 'ours'),
          type: fc.constantFrom('string', 'number', 'boolean', 'date', 'datetime'),
          maxLength: fc.integer({ min: 1, max: 5 }),
          required: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([from, rest]) => ({ ...from, ...rest })),
  fc.record({
    from: fc.constantFrom('stage', 'notes', 'person.company'),
    policy: fc.constantFrom('fill-if-empty', 'overwrite', 'create-only', 'ours'),
    values: fc.constant({ a: 'Alpha', gone: null, b: 0, false: false, trial: 'a', active: 'Active' }),
    onUnknown: fc.constantFrom('drop', 'keep', 'park'),
  }),
  fc.record({ value: fc.constantFrom<FieldValue>(null, false, 0, 'x'), policy: fc.constantFrom('overwrite', 'fill-if-empty') }),
)

const mapping: fc.Arbitrary<Mapping> = fc.array(fc.tuple(fc.constantFrom(...FieldNames), rule), { maxLength: 6 }).map((rules) => {
  const contact = Object.fromEntries(rules)
  const last: MappingRules = { contact: { ...contact, last_lead_at: { from: 'occurredAt', policy: 'overwrite' } } }
  return compileMapping(last)
})

const fields: fc.Arbitrary<Fields> = fc.record(
  {
    f1: value,
    f2: value,
    f3: value,
    opted_out: fc.constantFrom(true, 'true', false, '', null),
    email: fc.constantFrom('jane@contoso.com', 'other@contoso.com', '', null),
    our_id: fc.constantFrom('C1', 'C0', '', null),
    last_lead_at: fc.oneof(time, fc.constantFrom(null, 'garbage', String(Date.parse(Times[1] ?? '')))),
    dnc_at: fc.oneof(time, fc.constant(null)),
    dnc_lifted_at: fc.oneof(time, fc.constant(null)),
  },
  { requiredKeys: [] },
)

const record: fc.Arbitrary<MatchedRecord> = fc
  .record({
    fields,
    id: fc.constantFrom('1', '2', '3'),
    object: fc.constantFrom('contact', 'other'),
    closed: fc.boolean(),
    modifiedAt: time,
  })
  .map(({ fields, ...parts }) => makeRecord(fields, parts))

export const match: fc.Arbitrary<Match> = fc.oneof(
  fc.boolean().map((deleted): Match => ({ kind: 'none', deleted })),
  record.map((record): Match => ({ kind: 'one', record })),
  fc
    .uniqueArray(record, { minLength: 2, maxLength: 3, selector: ({ object, id }) => object + id })
    .map((records): Match => ({ kind: 'many', records })),
)

const wrote = fc.dictionary(fc.constantFrom('f1', 'f2', 'f3'), fc.constantFrom('digest of null', 'digest of a', 'digest of 7'))
export const known: fc.Arbitrary<Known | null> = fc.option(
  fc.record({ lastLeadId: fc.constantFrom('l1', 'l2', 'l9'), lastLeadAt: time, wrote }),
)

const entry: fc.Arbitrary<SuppressionEntry> = fc.record({
  source: fc.constantFrom('marketplace', 'admin', 'import'),
  channel: fc.constantFrom('any', 'email', 'phone'),
  offer: fc.constantFrom(null, 'contoso.analytics', 'contoso.other'),
  since: time,
  liftedAt: fc.option(time),
})
export const suppression = fc.array(entry, { maxLength: 2 })

const OneRule: QualificationRules = {
  ...NoQualification,
  rules: [{ when: { actions: ['PLT'] }, score: 7, reason: 'asked for it', priority: 'high' }],
}

export const rules: fc.Arbitrary<DecideRules> = fc
  .record({
    mapping,
    onMany: fc.constantFrom('park', 'newest'),
    onDeleted: fc.constantFrom('recreate', 'park'),
    onClosed: fc.constantFrom('new-record', 'task', 'park'),
    mode: fc.constantFrom('flag', 'skip'),
    createIfMissing: fc.boolean(),
    lastLeadField: fc.constantFrom('last_lead_at', null),
    stageOrder: fc.constantFrom(DefaultStageOrder, [], ['a', 'gone', 'b']),
    qualification: fc.constantFrom(NoQualification, OneRule),
  })
  .map(({ mapping, onMany, onDeleted, onClosed, mode, createIfMissing, ...rest }) => {
    const usual = makeRules()
    return {
      ...usual,
      mapping,
      policies: { ...usual.policies, onMany, onDeleted, onClosed },
      doNotContact: { ...usual.doNotContact, mode, createIfMissing },
      ...rest,
    }
  })

export const situation = fc.record({ rules, lead, match, known, suppression, contactId: fc.constant('C1') })
