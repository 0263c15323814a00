import { namesOne, offerNames } from './accept.ts'
import { domainOf } from './domain.ts'
import { isFreeMail } from './free-mail.ts'
import type { Lead } from './lead.ts'
import { holdsPhrase, wordsOf } from './words.ts'

/** What a lead may have or lack. */
export const LeadPart = [
  'email',
  'phone',
  'firstName',
  'lastName',
  'company',
  'jobTitle',
  'country',
  'notes',
  'campaign',
] as const
export type LeadPart = (typeof LeadPart)[number]

/** Which leads a rule is about. Absent asks nothing; of several keys each must agree. Of a list one is enough, of `has` and `lacks` all must be so. */
export interface QualificationCondition {
  readonly actions?: readonly string[] | undefined
  /** As in `accept`: `publisherId.offerId`, the offer id alone, or the title. */
  readonly offers?: readonly string[] | undefined
  readonly countries?: readonly string[] | undefined
  readonly stages?: readonly string[] | undefined
  readonly sources?: readonly string[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly channels?: readonly string[] | undefined
  readonly has?: readonly LeadPart[] | undefined
  readonly lacks?: readonly LeadPart[] | undefined
  /** A lead without an e-mail has neither a free one nor a company's. */
  readonly freeMail?: boolean | undefined
  /** Whole words. */
  readonly jobTitle?: readonly string[] | undefined
  readonly notes?: readonly string[] | undefined
}

/** What conditions ask of one lead. */
export interface Facts {
  readonly lead: Lead
  /** Null where there is no e-mail. */
  readonly freeMail: boolean | null
  jobTitle(): string
  notes(): string
}

/** The words only when a rule asks for them, and once: notes may be long, and rules many. `moreFreeMail`: domains besides those that are known. */
export function factsOf(lead: Lead, moreFreeMail: readonly string[]): Facts {
  const { email, jobTitle } = lead.person
  const freeMail = email === null ? null : isFreeMail(domainOf(email), moreFreeMail)
  return { lead, freeMail, jobTitle: once(() => wordsOf(jobTitle)), notes: once(() => wordsOf(lead.notes)) }
}

function once(make: () => string): () => string {
  let made: string | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Whether a condition is about the lead of these facts. */
export function fits(when: QualificationCondition, facts: Facts): boolean {
  const { lead } = facts
  return (
    namesOne(when.actions, [lead.action]) &&
    namesOne(when.offers, offerNames(lead.offer)) &&
    namesOne(when.countries, [lead.person.country]) &&
    namesOne(when.stages, [lead.stage]) &&
    namesOne(when.sources, [lead.source, lead.sourceRaw]) &&
    namesOne(when.tags, lead.tags) &&
    namesOne(when.channels, [lead.channel]) &&
    (when.has ?? []).every((part) => has(lead, part)) &&
    !(when.lacks ?? []).some((part) => has(lead, part)) &&
    (when.freeMail === undefined || when.freeMail === facts.freeMail) &&
    (when.jobTitle === undefined || when.jobTitle.some((phrase) => holdsPhrase(facts.jobTitle(), phrase))) &&
    (when.notes === undefined || when.notes.some((phrase) => holdsPhrase(facts.notes(), phrase)))
  )
}

/** A number or country that could not be read is still one that a person can. */
function has({ person, notes, campaign }: Lead, part: LeadPart): boolean {
  if (part === 'notes') return notes !== null
  if (part === 'campaign') return Object.keys(campaign).length > 0
  if (part === 'phone') return (person.phone ?? person.phoneRaw) !== null
  if (part === 'country') return (person.country ?? person.countryRaw) !== null
  return person[part] !== null
}
