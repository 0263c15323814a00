import { contactId, contactKey, type Lead, leadKey, type SuppressionEntry } from '../core/index.ts'
import type { ContactLink } from '../delivery/ports.ts'
import { type LeadRules, leadArgument } from './lead-argument.ts'
import { readLink } from './ledger.ts'
import type { Scripts } from './redis.ts'
import { readSuppression } from './suppression-list.ts'

/** What a delivery would know of the person behind a lead. */
export interface ForeseenContact {
  /** `lead`: it came in already; `contact`: its person is known; `nobody`: it would be their first; `forgotten`: it would be left out. */
  readonly known: 'lead' | 'contact' | 'nobody' | 'forgotten'
  readonly contactId: string
  readonly joinedIds: readonly string[]
  readonly link: ContactLink
  /** What the lead itself says is among it. */
  readonly suppression: readonly SuppressionEntry[]
  /** A person asked for it once more, and it was not delivered since. */
  readonly again: boolean
}

/** Whose a lead is, or would be once it was admitted. Only reads. */
export async function foreseeContact(scripts: Scripts, crm: string, lead: Lead, rules: LeadRules): Promise<ForeseenContact> {
  const argument = { k: leadKey(lead.id), ...leadArgument(lead, rules) }
  const [known, id, joined, link, suppression, again] = (await scripts.run('foresee', JSON.stringify(argument), crm)) as [
    ForeseenContact['known'],
    string,
    string,
    string,
    string[],
    number,
  ]
  return {
    known,
    contactId: id,
    joinedIds: joined === '' ? [] : joined.split(' '),
    link: readLink(link),
    suppression: readSuppression(suppression),
    again: again === 1,
  }
}

/** The same while there is no store: nobody is known. */
export function foreseeStranger(lead: Lead, rules: LeadRules): ForeseenContact {
  const { dnc, occurred } = leadArgument(lead, rules) as { readonly dnc?: string; readonly occurred: number }
  return {
    known: 'nobody',
    contactId: contactId(contactKey(lead), rules.secret),
    joinedIds: [],
    link: readLink(''),
    suppression: dnc === undefined ? [] : readSuppression([`d:${dnc}`, String(occurred)]),
    again: false,
  }
}
