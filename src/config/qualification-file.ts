import { z } from 'zod'
import { Channel, LeadPart, readDomain } from '../core/index.ts'
import { Country } from './crm-settings.ts'

const List = z.array(z.string().min(1)).min(1).optional()
const Phrases = z
  .array(z.string().regex(/[\p{L}\p{N}]/u, 'must hold a letter or digit: whole words are looked for'))
  .min(1)
  .optional()

/** Kept in the form that the addresses of leads have, so that `müller.example` and its punycode are one. */
export const DomainSetting = z.string().transform((text, context) => {
  const domain = readDomain(text)
  if (domain !== null) return domain
  context.addIssue({ code: 'custom', message: 'must be a domain, e.g. contoso.com' })
  return z.NEVER
})

/** Which leads a rule is about: of a score, and of a follow-up, which asks more. */
export const Condition = z
  .strictObject({
    actions: List.describe('E.g. INS, PLT, Create, StartTestDrive.'),
    offers: List.describe('publisher.offer, the offer id alone, or the title.'),
    countries: z.array(Country).min(1).optional(),
    stages: List,
    sources: List.describe('E.g. AppSource, AzureMarketplace.'),
    tags: List,
    channels: z.array(Channel).min(1).optional(),
    has: z.array(z.enum(LeadPart)).min(1).optional().describe('It must have all of them.'),
    lacks: z.array(z.enum(LeadPart)).min(1).optional().describe('It must have none of them.'),
    freeMail: z
      .boolean()
      .optional()
      .describe('Whether its e-mail is at a free provider; a lead without an e-mail fits neither true nor false.'),
    jobTitle: Phrases.describe('Whole words of which one must be there; letter case does not matter.'),
    notes: Phrases.describe('As jobTitle.'),
  })
  .describe('Which leads it is about. Of several keys each must agree; of a list one is enough, except has and lacks.')

export const Priority = z.enum(['low', 'normal', 'high'])

const Verdict = {
  followUp: z.boolean().optional().describe('false: nobody is asked to call.'),
  owner: z.string().trim().min(1).max(200).optional().describe('Who is to follow up, as the CRM knows them.'),
  priority: Priority.optional(),
}

export const Score = z.int().min(-1_000_000).max(1_000_000)

const RuleSetting = z.strictObject({
  when: Condition,
  score: Score.default(0).describe('Added to the score; may be below 0.'),
  reason: z.string().trim().min(1).max(200).describe('Why, in words for sales.'),
  ...Verdict,
})

const BandSetting = z.strictObject({ from: Score.describe('The least score of this band.'), ...Verdict })

/** `qualification:` of `leadsync.yaml`. */
export const QualificationSetting = z.strictObject({
  rules: z
    .array(RuleSetting)
    .default([])
    .describe('The scores of all rules that fit add up; the first of them that names owner, priority or followUp decides it.'),
  bands: z
    .array(BandSetting)
    .default([])
    .describe('From the highest to the lowest: what a score means where no rule that fits says otherwise.'),
  freeMail: z.array(DomainSetting).default([]).describe('Free e-mail providers beside those that are known.'),
})
