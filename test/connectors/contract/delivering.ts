import {
  compileMapping,
  type DecideRules,
  type Decision,
  DefaultStageOrder,
  decide,
  type FieldRule,
  fieldsToRead,
  type Known,
  type Lead,
  type Match,
  NoQualification,
  type RecordRef,
  type SuppressionEntry,
  type WriteOutcome,
} from '../../../src/core/index.ts'
import { hours, type LeadParts, makeLead } from '../../kit/made-lead.ts'
import { type Bench, contactIdOf, emailOf, type Stand } from './bench.ts'
import type { CrmFacts } from './harness.ts'

/** What the ledger holds of the contact between two deliveries. */
export interface Link {
  readonly record: RecordRef | null
  readonly known: Known | null
}

export interface Looked {
  readonly match: Match
  readonly decision: Decision
}

export interface Delivered extends Looked {
  readonly outcome: WriteOutcome | null
  readonly link: Link
}

export interface Delivery {
  readonly link?: Link
  readonly suppression?: readonly SuppressionEntry[]
  readonly rules?: DecideRules
}

const Nothing: Link = { record: null, known: null }

/** The rules of a small configuration: what the CRM demands, the time of the newest lead, and the fields that the test is about. */
export function rulesOf(
  facts: CrmFacts,
  { connector }: Stand,
  rules: Readonly<Record<string, FieldRule>> = {},
  policies: Partial<DecideRules['policies']> = {},
): DecideRules {
  const lastLeadAt: FieldRule = { from: 'occurredAt', type: 'datetime', policy: 'overwrite' }
  const object = { ...facts.newRules, [facts.fields.lastLeadAt]: lastLeadAt, ...rules }
  return {
    mapping: compileMapping(Object.fromEntries(connector.objects.map((name) => [name, object]))),
    identity: (name) => connector.identity(name),
    target: facts.target,
    doNotContact: { mode: 'flag', createIfMissing: false, markers: facts.fields.markers },
    policies: { onMany: 'park', onDeleted: 'recreate', onClosed: 'new-record', optOutFields: facts.optOutFields, ...policies },
    lastLeadField: facts.fields.lastLeadAt,
    digest: (value) => `digest of ${value}`,
    stageOrder: DefaultStageOrder,
    qualification: NoQualification,
  }
}

/** The first person's lead of so many hours after noon, and a fraction of a second; it is the same one whenever the hour is the same. */
export function leadAt(hour: number, { person = {}, ...parts }: LeadParts = {}): Lead {
  // Not every CRM keeps fractions of a second: what comes back then must not look like another time.
  const occurredAt = hours(hour).replace('.000Z', '.437Z')
  return makeLead({
    id: `lead-${hour}`,
    occurredAt,
    receivedAt: hours(100),
    person: {
      email: emailOf(1),
      firstName: 'Ada',
      lastName: 'Lovelace',
      company: 'Contoso',
      jobTitle: `told at ${hour}`,
      ...person,
    },
    ...parts,
  })
}

/** Match and decide: what one lead of the first person would do. */
export async function look(facts: CrmFacts, stand: Stand, lead: Lead, delivery: Delivery = {}): Promise<Looked> {
  const { link = Nothing, suppression = [], rules = rulesOf(facts, stand) } = delivery
  const contactId = contactIdOf(1)
  const match = await stand.batched.match({
    contactIds: [contactId],
    email: lead.person.email,
    record: link.record,
    fields: fieldsToRead(rules),
  })
  return { match, decision: decide({ ...rules, lead, contactId, match, suppression, known: link.known }) }
}

/** Match, decide, write, remember: what the delivery does, with its real parts. */
export async function deliver(facts: CrmFacts, stand: Stand, lead: Lead, delivery: Delivery = {}): Promise<Delivered> {
  const { match, decision } = await look(facts, stand, lead, delivery)
  const { link = Nothing } = delivery
  if (decision.kind === 'park') return { match, decision, outcome: null, link }
  const outcome = decision.kind === 'write' ? await stand.batched.write(decision.write) : null
  const record = outcome ?? (decision.kind === 'skip' ? decision.record : null)
  const ref = record && { object: record.object, id: record.id }
  return { match, decision, outcome, link: { record: ref ?? link.record, known: decision.known } }
}

/** A stand whose CRM has the first person's record, by a lead of one hour after noon. */
export async function enter(bench: Bench, mapped: Readonly<Record<string, FieldRule>>) {
  const stand = await bench.open()
  const rules = rulesOf(bench.facts, stand, mapped)
  const first = await deliver(bench.facts, stand, leadAt(1), { rules })
  return { stand, rules, first, id: first.outcome?.id ?? '' }
}
