import { type ContactChannel, refusedOffers } from '../../core/index.ts'
import { type ContactEntry, findContact } from '../../store/contact-lookup.ts'
import { findLead, type LeadEntry } from '../../store/lead-lookup.ts'
import type { Scripts } from '../../store/redis.ts'
import type { Fed } from './feed.ts'
import type { Story } from './sample.ts'

/** What the store holds of the leads of one story. */
interface Told {
  readonly leads: readonly LeadEntry[]
  readonly contacts: readonly ContactEntry[]
}

const Titles = {
  'a no': 'A do-not-contact',
  'a burst': 'A burst',
  'a phone': 'Known by phone only',
  'one CRM': 'For one CRM only',
} satisfies Partial<Record<Story, string>>
type LeadStory = keyof typeof Titles

/** What Leadsync is there for, in words: read from the store, whatever stands there. A story of whose leads nothing is known is left out. */
export async function tellStories(fed: readonly Fed[], scripts: Scripts): Promise<readonly string[]> {
  const lines: string[] = []
  for (const story of Object.keys(Titles) as LeadStory[]) {
    const told = await readStory(fed, story, scripts)
    if (told.leads.length > 0) lines.push(`${Titles[story]}: ${sentences(story, told)}`)
  }
  return lines
}

async function readStory(fed: readonly Fed[], story: LeadStory, scripts: Scripts): Promise<Told> {
  const ids = fed.filter(({ sample }) => sample.story === story).map(({ leadId }) => leadId)
  const leads = (await Promise.all([...new Set(ids)].map((id) => findLead(scripts, id)))).filter((one) => one !== null)
  const contacts = await Promise.all(leads.map(({ contactId }) => (contactId === null ? null : findContact(scripts, contactId))))
  const distinct = new Map(contacts.flatMap((one) => (one === null ? [] : [[one.id, one] as const])))
  return { leads, contacts: [...distinct.values()] }
}

function sentences(story: LeadStory, told: Told): string {
  switch (story) {
    case 'a no':
      return told.contacts.map(whoSaidNo).join(' ')
    case 'a burst':
      return `${told.leads.length} leads that came at one moment are ${people(told)}. ${told.contacts.map(recordsText).join(' ')}`
    case 'a phone':
      return `a lead with a number and no address, then one with both: ${people(told)}. ${told.contacts.map(recordsText).join(' ')}`
    case 'one CRM':
      return told.leads.map(whoWanted).join(' ')
  }
}

function whoSaidNo({ records, suppression, crmSuppression }: ContactEntry): string {
  const all = [...suppression, ...crmSuppression]
  const stops = (['email', 'phone'] as const).map((channel) => stopText(channel, refusedOffers(all, channel)))
  return `Omar said no. His records are kept and flagged (${recordList(records)}); ${stops.join(', ')}.`
}

function stopText(channel: ContactChannel, offers: 'any' | readonly string[]): string {
  const by = channel === 'email' ? 'nobody is to write to him' : 'nobody is to call him'
  if (offers === 'any') return `${by} about anything`
  return offers.length === 0 ? `${by.replace('nobody is to', 'sales may')} again` : `${by} about ${offers.join(' or ')}`
}

function people({ contacts: { length } }: Told): string {
  return length === 1 ? 'one contact' : `${length} contacts`
}

function recordsText({ id, records }: ContactEntry): string {
  return `Contact ${id} is ${recordList(records)}.`
}

export function recordList(records: ContactEntry['records']): string {
  const list = Object.entries(records)
    .toSorted(byCrm)
    .map(([crm, { record }]) => (record ? `${record.object}/${record.id} in ${crm}` : `nobody in ${crm}`))
  return list.length === 0 ? 'in no CRM' : list.join(', ')
}

function whoWanted({ deliveries }: LeadEntry): string {
  const all = Object.entries(deliveries).toSorted(byCrm)
  const names = (wanted: boolean) => all.filter(([, { state }]) => (state !== 'notWanted') === wanted).map(([crm]) => crm)
  return `taken by ${names(true).join(', ') || 'nobody'}; not wanted by ${names(false).join(', ') || 'nobody'}, as accept: there says.`
}

function byCrm([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}
