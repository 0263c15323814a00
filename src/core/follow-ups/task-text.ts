import { DateTime } from 'luxon'
import type { Lead } from '../lead.ts'
import { type LeadScope, leadScope } from '../lead-paths.ts'
import type { Qualification } from '../qualify.ts'
import type { SuppressionEntry } from '../suppression.ts'
import { noOf } from './decide-step.ts'
import type { FollowUpName } from './names.ts'
import type { FollowUpPlan, PlannedStep } from './plan.ts'
import type { FollowUpStep } from './rules.ts'

/** One of the contact's other leads; `at` is ISO 8601. */
export interface EarlierTouch {
  readonly at: string
  readonly action: string | null
  readonly offer: string | null
}

export interface TaskTextInput {
  readonly lead: Lead
  readonly plan: FollowUpPlan
  readonly step: PlannedStep
  readonly set: FollowUpStep
  readonly qualification: Qualification
  readonly touches: readonly EarlierTouch[]
  /** Those that stand and do not stand in this step's way. */
  readonly suppression: readonly SuppressionEntry[]
  /** In ms since the epoch, and the zone in which it is said. */
  readonly dueAt: number
  readonly timeZone: string
  /** As the CRM knows them; null: nobody. */
  readonly owner: string | null
}

export interface TaskText {
  readonly subject: string
  readonly body: string
}

type FollowUpScope = LeadScope & Readonly<Record<FollowUpName, string | number>>

/** https://learn.microsoft.com/partner-center/marketplace-offers/commercial-marketplace-get-customer-leads */
const Deeds: Readonly<Record<string, string>> = {
  INS: 'got the product',
  PLT: 'asked to be contacted',
  CREATE: 'deployed the product',
  STARTTESTDRIVE: 'started a test drive',
  DNC: 'was not to be contacted',
}
/** As many as a salesperson reads. */
const MostTouches = 10

/** What a task says. Throws where a template can't be rendered for this lead. */
export function taskText(input: TaskTextInput): TaskText {
  const { subject, body } = input.set
  // A fresh scope each: a template may write into it.
  return { subject: subject.render(scopeOf(input)) || 'Follow up', body: body.render(scopeOf(input)) }
}

function scopeOf({
  lead,
  plan,
  step,
  qualification,
  touches,
  suppression,
  dueAt,
  timeZone,
  owner,
}: TaskTextInput): FollowUpScope {
  const attempts = plan.steps.filter(({ rule }) => rule === step.rule)
  return {
    ...leadScope(lead, plan.contactId, qualification),
    did: deedOf(lead.action),
    offerName: lead.offer.title ?? lead.offer.offerId ?? '',
    campaignName: lead.campaign.mktcmpid ?? lead.campaign.utm_campaign ?? lead.campaign.campaigns ?? '',
    earlier: touches.slice(0, MostTouches).map(touchLine).join('\n'),
    earlierCount: touches.length,
    optOuts: suppression.map(noOf).join('\n'),
    attempt: attempts.findIndex(({ id }) => id === step.id) + 1,
    attempts: attempts.length,
    dueText: DateTime.fromMillis(dueAt, { zone: timeZone, locale: 'en' }).toFormat("ccc d LLL yyyy, HH:mm '('z')'"),
    ownerName: owner ?? '',
  }
}

function deedOf(action: string | null): string {
  if (action === null) return 'showed interest'
  return Deeds[action.toUpperCase()] ?? `showed interest (${action})`
}

function touchLine({ at, action, offer }: EarlierTouch): string {
  return `${at.slice(0, 10)}: ${deedOf(action)}${offer === null ? '' : ` (${offer})`}`
}
