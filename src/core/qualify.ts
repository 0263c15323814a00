import { namesOne, offerNames } from './accept.ts'
import { domainOf } from './domain.ts'
import { isFreeMail } from './free-mail.ts'
import { isDoNotContact, type Lead } from './lead.ts'
import { holdsPhrase, wordsOf } from './words.ts'

export type Priority = 'low' | 'normal' | 'high'

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

interface Verdict {
  readonly followUp?: boolean | undefined
  readonly owner?: string | undefined
  readonly priority?: Priority | undefined
}

export interface QualificationRule extends Verdict {
  readonly when: QualificationCondition
  /** A whole number, so that the sum is the same in any order. */
  readonly score: number
  readonly reason: string
}

/** What a score means where no rule says otherwise. */
export interface QualificationBand extends Verdict {
  readonly from: number
}

export interface QualificationRules {
  readonly rules: readonly QualificationRule[]
  readonly bands: readonly QualificationBand[]
  /** Besides those that are known, as `readDomain` gives them. */
  readonly freeMail: readonly string[]
}

export interface Qualification {
  readonly score: number
  /** In words, in the order of the rules. */
  readonly reasons: readonly string[]
  readonly followUp: boolean
  readonly owner: string | null
  readonly priority: Priority
}

export const NoQualification: QualificationRules = { rules: [], bands: [], freeMail: [] }
export const Unqualified: Qualification = { score: 0, reasons: [], followUp: true, owner: null, priority: 'normal' }

/**
 * How good a lead is, why, and what is to be done. The scores of all rules that fit add up. Owner, priority and follow-up are what the first
 * of them says that says anything: a rule knows the lead, a band only a number, so bands speak where no rule does. Pure; never throws.
 */
export function qualify(lead: Lead, { rules, bands, freeMail }: QualificationRules): Qualification {
  const facts = factsOf(lead, freeMail)
  const fitting = rules.filter((rule) => fits(rule.when, facts))
  const score = fitting.reduce((sum, rule) => sum + rule.score, 0)
  const verdicts: readonly Verdict[] = [...fitting, ...bandOf(score, bands)]
  return {
    score,
    reasons: fitting.map(({ reason }) => reason),
    // No rule may ask for a call to somebody who said no.
    followUp: !isDoNotContact(lead) && (first(verdicts, 'followUp') ?? Unqualified.followUp),
    owner: first(verdicts, 'owner') ?? Unqualified.owner,
    priority: first(verdicts, 'priority') ?? Unqualified.priority,
  }
}

function first<K extends keyof Verdict>(verdicts: readonly Verdict[], key: K): Verdict[K] {
  return verdicts.find((verdict) => verdict[key] !== undefined)?.[key]
}

/** The highest one that the score reaches. */
function bandOf(score: number, bands: readonly QualificationBand[]): readonly QualificationBand[] {
  const reached = bands.filter(({ from }) => score >= from)
  return reached.toSorted((a, b) => b.from - a.from).slice(0, 1)
}

interface Facts {
  readonly lead: Lead
  /** Null where there is no e-mail. */
  readonly freeMail: boolean | null
  jobTitle(): string
  notes(): string
}

/** The words only when a rule asks for them, and once: notes may be long, and rules many. */
function factsOf(lead: Lead, moreFreeMail: readonly string[]): Facts {
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

function fits(when: QualificationCondition, facts: Facts): boolean {
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
