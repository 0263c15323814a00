import { hasIdentity, type Lead, type Person } from '../lead.ts'
import { isMarkedAsTest, type MarketplaceContext, tagsOf } from './context.ts'
import { readDescription } from './description.ts'
import { isJsonObject, KeyReader, MostLevels, parseJsonObject, tooDeep } from './keys.ts'
import { readOffer } from './offer.ts'
import { notesWith, readPerson } from './person.ts'
import { readLeadSource } from './source.ts'
import { stageOf } from './stage.ts'
import { cleanId, cleanText } from './text.ts'
import { notAfter, readTime } from './time.ts'

export type NormalizedMarketplace =
  | { readonly ok: true; readonly lead: Lead }
  /** `reason` is a sentence for a person; it quotes nothing of the lead. */
  | { readonly ok: false; readonly reason: string }

/** Where the person's fields are: `UserDetails` over HTTPS, `CustomerInfo` (JSON in text) in the Azure table, else beside the other fields. */
const PersonContainers = ['UserDetails', 'CustomerInfo']

/** A lead from the marketplace's own fields, in any of the forms that its destinations are documented or reported to send. */
export function normalizeMarketplace(parsed: unknown, context: MarketplaceContext): NormalizedMarketplace {
  if (!isJsonObject(parsed)) return { ok: false, reason: `A lead is a JSON object; this body is ${kindOf(parsed)}.` }
  if (tooDeep(parsed)) return { ok: false, reason: `The body nests deeper than ${MostLevels} levels; no lead does.` }
  const reader = new KeyReader(parsed)
  const { person, unreadEmail } = readPerson(arrivedPerson(reader))
  if (!hasIdentity(person)) return { ok: false, reason: nobody(unreadEmail) }
  const { source, sourceRaw, action, offer } = readLeadSource(reader.text('LeadSource'), reader.text('ActionCode'))
  const description = describe(reader)
  const occurred = context.occurredAt ? readTime(context.occurredAt) : null
  return {
    ok: true,
    lead: {
      v: 1,
      id: context.id,
      channel: context.channel,
      externalId: cleanId(context.externalId ?? null),
      receivedAt: context.receivedAt,
      occurredAt: notAfter(occurred?.at ?? context.receivedAt, context.receivedAt),
      occurredPrecision: context.occurredPrecision ?? occurred?.precision ?? 'exact',
      source,
      sourceRaw,
      action,
      stage: stageOf(source, action, context.stages),
      offer: readOffer(arrivedOffer(reader, offer), context.offer),
      person,
      notes: notesWith(description.notes, unreadEmail),
      campaign: description.campaign,
      test: isMarkedAsTest(parsed),
      tags: tagsOf([], context),
      raw: parsed,
    },
  }
}

/** Field by field through the containers, so that an empty `UserDetails` does not hide fields beside it. */
function arrivedPerson(reader: KeyReader): Record<keyof Person, string | null> {
  const readers = [...PersonContainers.flatMap((name) => reader.all(name)).flatMap(inside), reader]
  function text(...names: readonly string[]): string | null {
    for (const candidate of readers) {
      const found = candidate.text(...names)
      if (found !== null) return found
    }
    return null
  }
  return {
    email: text('Email', 'EmailAddress'),
    phone: text('Phone', 'PhoneNumber'),
    phoneRaw: null,
    firstName: text('FirstName'),
    lastName: text('LastName'),
    company: text('Company', 'CompanyName'),
    jobTitle: text('Title', 'JobTitle'),
    country: text('Country'),
    countryRaw: null,
  }
}

function inside(container: unknown): KeyReader[] {
  const object = typeof container === 'string' ? parseJsonObject(container) : container
  return isJsonObject(object) ? [new KeyReader(object)] : []
}

function arrivedOffer(reader: KeyReader, named: string | null) {
  return {
    publisherId: reader.text('PublisherId'),
    offerId: reader.text('OfferId'),
    title: reader.text('OfferTitle', 'OfferDisplayName'),
    productId: reader.text('ProductId'),
    named,
  }
}

/** `Notes` is not documented; which field carries the notes of "Contact me" is not either, so it is read beside `Description`. */
function describe(reader: KeyReader): { notes: string | null; campaign: Record<string, string> } {
  const value = reader.all('Description').find((candidate) => isJsonObject(candidate)) ?? reader.text('Description')
  const { notes, campaign } = readDescription(value)
  const more = cleanText(reader.text('Notes'))
  return { notes: [notes, more].filter((text) => text !== null).join('\n') || null, campaign: { ...campaign } }
}

function nobody(unreadEmail: string | null): string {
  return unreadEmail === null
    ? 'The lead names nobody: it has no e-mail, phone, name or company.'
    : 'The lead names nobody: it has no phone, name or company, and its e-mail can not be read as an address.'
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
