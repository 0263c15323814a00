import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalContent, Lead, normalizeLead, normalizeMarketplace, readMarketplaceBody } from '../../src/core/index.ts'
import { readEmail } from '../../src/core/normalize/email.ts'
import { cleanLine, cleanText } from '../../src/core/normalize/text.ts'
import { Context } from './context.ts'

const Awkward = fc.constantFrom(
  '&',
  'amp;',
  '#x26;',
  'lt;',
  '\u200d',
  '\u200c',
  '\ud83d',
  '\ude00',
  '\0',
  '\r',
  '\n',
  ' ',
  '@',
  '.',
  '<',
  '>',
  '"',
  'é',
  'ß',
  'İ',
  '+',
  '1',
  'contoso.com',
  'mailto:',
  '|',
  '-',
)
const Text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.oneof(Awkward, fc.string({ maxLength: 3 })), { maxLength: 12 }).map((parts) => parts.join('')),
)
const Phone = fc.oneof(Text, fc.stringMatching(/^[+0]{0,2}\d{5,14}$/), fc.integer())
const Country = fc.oneof(Text, fc.constantFrom('US', 'USA', 'Deutschland', '250', 'IT', 'AR', 'BR', 'CI'))
const Email = fc.oneof(
  Text,
  fc.emailAddress(),
  fc.tuple(Text, Text).map(([local, domain]) => `${local}@${domain}.com`),
)
const Source = fc.oneof(Text, fc.constantFrom('SPZA-DNC|a.b', 'AppSource (SPZA) - PLT | Offer Name', 'AzureMarketplace'))
const Description = fc.oneof(
  Text,
  fc.jsonValue(),
  fc.json(),
  fc.dictionary(Text, Text).map((parameters) => JSON.stringify(parameters)),
)

const optional = { requiredKeys: [] }
const Details = fc.record({ FirstName: Text, LastName: Text, Email, Phone, Country, Company: Text, Title: Text }, optional)
const Body = fc.record(
  { UserDetails: Details, LeadSource: Source, ActionCode: Source, OfferTitle: Text, ProductId: Text, Description, Notes: Text },
  optional,
)
const Foreign = fc.record({
  v: fc.constant(1),
  person: fc.record(
    {
      email: Email,
      phone: Phone,
      phoneRaw: Phone,
      firstName: Text,
      lastName: Text,
      company: Text,
      jobTitle: Text,
      country: Country,
      countryRaw: Country,
    },
    optional,
  ),
  source: Source,
  sourceRaw: fc.option(Text),
  action: Text,
  stage: fc.option(Text),
  notes: Text,
  campaign: fc.option(fc.dictionary(Text, fc.jsonValue())),
  tags: fc.array(Text),
  externalId: fc.option(Text),
  id: fc.option(Text),
  occurredAt: fc.option(
    fc.date({ noInvalidDate: true, min: new Date('0001-01-02'), max: new Date('9998-01-01') }).map((date) => date.toISOString()),
  ),
})

describe('the normalizer', () => {
  it('never throws on any text and never on any JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          Text,
          fc.json(),
          fc.json().map((text) => text.replace(',', ' ')),
        ),
        (text) => {
          const read = readMarketplaceBody(text)
          if (read.ok) normalizeMarketplace(read.parsed, Context)
        },
      ),
    )
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        normalizeMarketplace(value, Context)
        normalizeMarketplace({ UserDetails: value, LeadSource: value, Description: value, Email: value }, Context)
        normalizeLead(value, Context)
        normalizeLead(
          { v: 1, id: value, person: value, offer: value, campaign: value, tags: value, raw: value, occurredAt: value },
          Context,
        )
      }),
    )
  })

  it('makes leads that the schema takes unchanged and that a second reading leaves unchanged', () => {
    fc.assert(
      fc.property(Body, (body) => {
        const first = normalizeMarketplace(body, Context)
        if (!first.ok) return
        expect(Lead.parse(first.lead)).toEqual(first.lead)
        expect(normalizeLead(JSON.parse(JSON.stringify(first.lead)), Context)).toEqual({
          ok: true,
          lead: JSON.parse(JSON.stringify(first.lead)),
        })
      }),
      { numRuns: 500 },
    )
  })

  it('reads leads in our own schema to what it reads again unchanged', () => {
    fc.assert(
      fc.property(Foreign, (input) => {
        const first = normalizeLead(input, Context)
        if (!first.ok) return
        expect(Lead.parse(first.lead)).toEqual(first.lead)
        expect(normalizeLead(first.lead, Context)).toEqual(first)
      }),
      { numRuns: 500 },
    )
  })

  it('does not care about the order or the case of keys', () => {
    fc.assert(
      fc.property(Body, fc.infiniteStream(fc.boolean()), (body, flips) => {
        const first = normalizeMarketplace(body, Context)
        const second = normalizeMarketplace(respelled(body, flips), Context)
        expect({ ...second, lead: { ...(second.ok && second.lead), raw: null } }).toEqual({
          ...first,
          lead: { ...(first.ok && first.lead), raw: null },
        })
        if (first.ok && second.ok) expect(canonicalContent(second.lead)).toBe(canonicalContent(first.lead))
      }),
    )
  })

  it('has one form for every e-mail, and cleaning a clean text changes nothing', () => {
    fc.assert(
      fc.property(Email, (text) => {
        const { email } = readEmail(text)
        if (email !== null) expect(readEmail(email)).toEqual({ email, unread: null })
        expect(cleanLine(cleanLine(text))).toBe(cleanLine(text))
        expect(cleanText(cleanText(text))).toBe(cleanText(text))
      }),
      { numRuns: 1_000 },
    )
  })
})

/** The same object with its keys in another order and case; what lies in `Description` is content, not keys of ours. */
function respelled(object: object, flips: Iterator<boolean>): Record<string, unknown> {
  const entries = Object.entries(object).map(([key, value]) => {
    const flipped = [...key].map((letter) => (flips.next().value ? letter.toUpperCase() : letter.toLowerCase())).join('')
    return [flipped, key === 'UserDetails' ? respelled(value as object, flips) : value] as const
  })
  return Object.fromEntries(flips.next().value ? entries.reverse() : entries)
}
