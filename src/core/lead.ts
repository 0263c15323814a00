import { z } from 'zod'

/** Where leads come in. */
export const Channel = z.enum(['marketplace', 'azure-table', 'referrals-csv', 'file', 'api', 'queue'])
export type Channel = z.infer<typeof Channel>

const Text = z.string().nullable().default(null)
const Instant = z.iso.datetime({ offset: false })

export const Offer = z.object({
  publisherId: Text,
  offerId: Text,
  title: Text,
  productId: Text,
})
export type Offer = z.infer<typeof Offer>

export const Person = z.object({
  email: Text.describe('Trimmed and lower-cased; plus tags are kept.'),
  phone: Text.describe('E.164 where it could be read, else null.'),
  phoneRaw: Text.describe('As it arrived.'),
  firstName: Text,
  lastName: Text,
  company: Text,
  jobTitle: Text,
  country: Text.describe('ISO 3166-1 alpha-2 where it could be read, else null.'),
  countryRaw: Text.describe('As it arrived.'),
})
export type Person = z.infer<typeof Person>

const NoOffer = { publisherId: null, offerId: null, title: null, productId: null }
/** A person of whom nothing is known. */
export const Nobody: Person = {
  email: null,
  phone: null,
  phoneRaw: null,
  firstName: null,
  lastName: null,
  company: null,
  jobTitle: null,
  country: null,
  countryRaw: null,
}

/**
 * One signal from one customer about one offer: immutable; its `id` is the idempotency key. This is the public contract of
 * the queue `leads` (job name `lead`) and of `POST /intake/leads`. Times are ISO 8601 in UTC.
 */
export const Lead = z.object({
  v: z.literal(1),
  id: z.string().min(1).max(256),
  channel: Channel,
  externalId: Text.describe('The id that the channel itself gave, if it has one.'),
  receivedAt: Instant,
  occurredAt: Instant.describe("The channel's own time, else receipt; never later than receipt."),
  occurredPrecision: z.enum(['exact', 'day']).default('exact'),
  source: Text.describe('The storefront, e.g. AppSource; unknown ones verbatim.'),
  sourceRaw: Text,
  action: Text.describe('INS, PLT, DNC, Create, StartTestDrive; unknown ones verbatim.'),
  stage: Text.describe('Funnel stage by the configured table over source and action.'),
  offer: Offer.default(NoOffer),
  person: Person.default(Nobody),
  notes: Text,
  campaign: z.record(z.string(), z.string()).default({}),
  test: z.boolean().default(false),
  tags: z.array(z.string()).default([]),
  raw: z.unknown().describe('What arrived, as it was read.'),
})
export type Lead = z.infer<typeof Lead>

/** One of these must be there, or nobody could be found or entered. */
export function hasIdentity(person: Person): boolean {
  return Boolean(person.email ?? person.phone ?? person.phoneRaw ?? person.firstName ?? person.lastName ?? person.company)
}

/** The do-not-contact heads-up of the marketplace: design §6. */
export function isDoNotContact(lead: Pick<Lead, 'action'>): boolean {
  return lead.action?.toUpperCase() === 'DNC'
}
