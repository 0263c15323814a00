import { parseArgs } from 'node:util'
import { shownData } from '../admin/job-view.ts'
import { readInstallation } from '../config/installation.ts'
import { type Qualification, type QualificationRules, qualify } from '../core/index.ts'
import { type ContactEntry, contactsKnownBy, findContact } from '../store/contact-lookup.ts'
import { planOf } from '../store/follow-up-lookup.ts'
import { findLead, findLeadByKey, type LeadEntry, leadBody } from '../store/lead-lookup.ts'
import { possiblePairs } from '../store/possible-duplicates.ts'
import type { Scripts } from '../store/redis.ts'
import { type Found, type ShownPlan, shownPlan } from './found-lead.ts'
import { formatFound, formatPairs } from './lead-text.ts'
import { type OpenStore, withStore } from './open-store.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { WrongUse } from './wrong-use.ts'

/**
 * `lead EMAIL|PHONE|LEAD-ID|CONTACT-ID`: where it stands in each CRM, and why. Exit code 1 when nobody is known by it.
 * `lead --possible-duplicates`: contacts that may be one person.
 */
export async function lead(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      json: { type: 'boolean' },
      'show-personal-data': { type: 'boolean', default: false },
      'possible-duplicates': { type: 'boolean', default: false },
    },
  })
  if (values['possible-duplicates']) return await showPairs(values, positionals)
  const [asked, ...more] = positionals
  if (asked === undefined || more.length > 0) {
    throw new WrongUse('name one e-mail, phone number, lead id or contact id (a phone number with spaces in quotes)')
  }
  const config = readConfig(values.config)
  const installation = await readInstallation(config.leadsync.dataDir)
  return await withStore(config, 'lead', async ({ scripts }: OpenStore) => {
    const found = await find(scripts, asked, installation?.secret ?? null)
    const { qualification } = config.leadsync
    const shown = await Promise.all(found.map((one) => withBodies(scripts, one, qualification, values['show-personal-data'])))
    if (values.json) printJson({ found: shown })
    else if (shown.length > 0) printLines(shown.flatMap(formatFound))
    if (shown.length === 0) process.stderr.write('Nothing is known by that: no contact, and no lead that came in.\n')
    return shown.length === 0 ? 1 : 0
  })
}

async function showPairs({ config, json }: { config: string; json?: boolean }, positionals: readonly string[]): Promise<number> {
  if (positionals.length > 0) throw new WrongUse('--possible-duplicates shows all of them; name nobody beside it')
  return await withStore(readConfig(config), 'lead', async ({ scripts }: OpenStore) => {
    const pairs = await possiblePairs(scripts)
    if (json) printJson({ possibleDuplicates: pairs })
    else printLines(formatPairs(pairs))
    return 0
  })
}

interface Bare {
  readonly contact: ContactEntry | null
  readonly leads: readonly LeadEntry[]
}

/** A foreign lead's id may look like anything, an e-mail included, so that is tried first. */
async function find(scripts: Scripts, asked: string, secret: string | null): Promise<readonly Bare[]> {
  const one = (await findLead(scripts, asked)) ?? (await findLeadByKey(scripts, asked))
  if (one) return [await ofLead(scripts, one)]
  const ids = [asked, ...(secret === null ? [] : await contactsKnownBy(scripts, asked, secret))]
  const contacts = await Promise.all(ids.map((id) => findContact(scripts, id)))
  return await Promise.all(contacts.filter((contact) => contact !== null).map((contact) => ofContact(scripts, contact)))
}

/** Of the contact's history only what is about this lead. */
async function ofLead(scripts: Scripts, one: LeadEntry): Promise<Bare> {
  const contact = one.contactId === null ? null : await findContact(scripts, one.contactId)
  const timeline = contact?.timeline.filter((line) => line.lead === one.key) ?? []
  return { contact: contact && { ...contact, timeline }, leads: [one] }
}

async function ofContact(scripts: Scripts, contact: ContactEntry): Promise<Bare> {
  const keys = new Set(contact.timeline.flatMap((line) => line.lead ?? []))
  const leads = await Promise.all([...keys].map((key) => findLeadByKey(scripts, key)))
  // Those that aged out of the ledger still stand in the history.
  return { contact, leads: leads.filter((one) => one !== null) }
}

async function withBodies(
  scripts: Scripts,
  { contact, leads }: Bare,
  rules: QualificationRules,
  personal: boolean,
): Promise<Found> {
  const shown = leads.map(async (one) => {
    const [body, kept] = await Promise.all([leadBody(scripts, one.key), planOf(scripts, one.key)])
    const plan = kept && shownPlan(kept)
    const about = body && (personal ? body : shownData(body))
    const qualification = body && asks(rules) ? qualify(body, rules) : null
    if (personal) return { ...one, about, qualification, followUp: plan }
    return { ...one, about, qualification: qualification && withoutOwner(qualification), followUp: plan && withoutOwners(plan) }
  })
  return { contact, leads: await Promise.all(shown) }
}

/** Salespeople are people, too: who is named by an e-mail address is nobody's to read over a shoulder. */
function withoutOwner<Owned extends Pick<Qualification, 'owner'>>(owned: Owned): Owned {
  return owned.owner?.includes('@') ? { ...owned, owner: '(hidden)' } : owned
}

function withoutOwners(plan: ShownPlan): ShownPlan {
  return { ...plan, steps: plan.steps.map(withoutOwner) }
}

function asks({ rules, bands }: QualificationRules): boolean {
  return rules.length > 0 || bands.length > 0
}
