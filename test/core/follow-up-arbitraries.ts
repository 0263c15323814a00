import fc from 'fast-check'
import { LeadPart } from '../../src/core/condition.ts'
import type { FollowUpCondition } from '../../src/core/follow-ups/rules.ts'
import type { Lead } from '../../src/core/lead.ts'
import { NoQualification, type QualificationRules } from '../../src/core/qualify.ts'
import { makeLead } from '../kit/made-lead.ts'

/** Few words of each kind, in several spellings, so that leads and conditions meet. */
const Actions = ['PLT', 'plt', 'INS']
const Countries = ['US', 'us', 'DE']
const Stages = ['trial', 'Trial ', 'active']
const Sources = ['AppSource', 'AzureMarketplace', 'spza']
const Channels = ['marketplace', 'api'] as const
const Tags = ['a', 'A', 'b']
const Publishers = ['contoso', 'fabrikam']
const OfferIds = ['one', 'two', 'beta.one']
/** None is an offer's id in other letters: an id is taken for nothing else. */
const Titles = ['Contoso One', 'Gizmo', 'contoso two']
const Words = ['cto', 'sales', 'vice president']
const Emails = ['jane@contoso.com', 'jane@gmail.com']

function maybe<T>(values: readonly T[]): fc.Arbitrary<T | null> {
  return fc.option(fc.constantFrom(...values))
}

function some<T>(values: readonly T[]): fc.Arbitrary<T[]> {
  return fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 })
}

export const anyLead: fc.Arbitrary<Lead> = fc
  .record({
    action: maybe(Actions),
    stage: maybe(Stages),
    source: maybe(Sources),
    sourceRaw: maybe(Sources),
    channel: fc.constantFrom(...Channels),
    tags: fc.uniqueArray(fc.constantFrom(...Tags)),
    notes: maybe(Words),
    campaign: fc.constantFrom<Record<string, string>>({}, { mktcmpid: '1' }),
    offer: fc.record({ publisherId: maybe(Publishers), offerId: maybe(OfferIds), title: maybe(Titles) }),
    person: fc.record({
      email: maybe(Emails),
      phoneRaw: maybe(['1']),
      company: maybe(['Contoso']),
      jobTitle: maybe(Words),
      country: maybe(Countries),
      countryRaw: maybe(['Ruritania']),
    }),
  })
  .map(makeLead)

const offerName = fc.oneof(
  fc.tuple(fc.constantFrom(...Publishers), fc.constantFrom(...OfferIds)).map(([publisher, offer]) => `${publisher}.${offer}`),
  fc.constantFrom(...OfferIds, ...Titles),
)
const parts = fc.uniqueArray(fc.constantFrom(...LeadPart), { minLength: 1, maxLength: 2 })
const bound = fc.integer({ min: -1, max: 4 })

/** A key or two, as people write them; more of them would hardly ever fit. */
export const condition: fc.Arbitrary<FollowUpCondition> = fc
  .tuple(
    ...Array.from({ length: 2 }, () =>
      fc.oneof(
        fc.record({ actions: some(Actions) }),
        fc.record({ offers: fc.uniqueArray(offerName, { minLength: 1, maxLength: 2 }) }),
        fc.record({ countries: some(Countries) }),
        fc.record({ stages: some(Stages) }),
        fc.record({ sources: some(Sources) }),
        fc.record({ tags: some(Tags) }),
        fc.record({ channels: some(Channels) }),
        fc.record({ has: parts }),
        fc.record({ lacks: parts }),
        fc.record({ freeMail: fc.boolean() }),
        fc.record({ jobTitle: some(Words) }),
        fc.record({ notes: some(Words) }),
        fc.record({ score: fc.record({ from: bound, below: bound }, { requiredKeys: [] }) }),
      ),
    ),
  )
  .map((keys) => Object.assign({}, ...keys))

export const scored: QualificationRules = {
  ...NoQualification,
  rules: [
    { when: { actions: ['PLT'] }, score: 2, reason: 'asked' },
    { when: { has: ['company'] }, score: 1, reason: 'a company' },
    { when: { freeMail: true }, score: -1, reason: 'free mail' },
  ],
}
