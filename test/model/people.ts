import { contactId, contactKey, type Lead, leadKey } from '../../src/core/index.ts'
import { makeLead } from '../kit/made-lead.ts'
import type { LeadModel } from './contact-model.ts'
import {
  lifted,
  markersModel,
  type Said,
  type Signal,
  saidByLeads,
  standsModel,
  toTheSecond,
  withNo,
} from './suppression-model.ts'

export type Alias = 'email' | 'phone'

/** What fast-check chooses of a lead; the rest follows from its number. */
export interface LeadChoice {
  readonly person: number
  readonly form: Alias | 'both'
  readonly action: string
  readonly offer: string | null
  readonly hour: number
  readonly first: boolean
  readonly title: 'some' | 'none' | 'absent'
  readonly company: boolean
  readonly stage: string | null
  /** Leads of one time are told apart by their ids, in whatever order they come. */
  readonly prefix: string
  /** Nobody is to follow it up: it says so. */
  readonly quiet: boolean
}

/** By e-mail only, by phone and last name only, and by either until a lead with both joins the two. */
const FormsOf: readonly (readonly LeadChoice['form'][])[] = [['email'], ['phone'], ['email', 'phone', 'both']]
export const People = FormsOf.length

export const Secret = 'a secret'
/** What the clock shows at first. */
export const Beginning = Date.parse('2026-11-23T12:00:00.000Z')
export const HourMs = 3_600_000
/** Some leads are too old to be followed up from the beginning, others become it. */
const OldestHours = 80
const HoursBetween = 8
const Start = Beginning - OldestHours * HourMs

export interface KnownLead {
  readonly model: LeadModel
  readonly signal: Signal
  readonly person: number
  readonly alias: Alias
  readonly lead: Lead
  readonly followed: boolean
}

/** Who is known by what, and what was said of whom: what Leadsync's register must make of the leads that came. */
export class PeopleModel {
  readonly leads: KnownLead[] = []
  readonly #joined = new Set<number>()
  /** Contact ids that were ever given to each person. */
  readonly #ids = new Map<string, number>()
  readonly #admin = new Map<string, readonly Said[]>()
  /** When an admin took back what the marketplace had said of a contact: contact → offer → ms. */
  readonly #takenBack = new Map<string, Map<string, number>>()

  /** Two contacts that have a record each stay two: so before they are joined, the e-mail alone comes with a no only, which enters nobody. */
  add(choice: LeadChoice): KnownLead {
    const { person } = choice
    const forms = FormsOf[person] ?? []
    const wanted = forms.includes(choice.form) ? choice.form : (forms[0] ?? 'email')
    const isEntered = person === 2 && wanted === 'email' && choice.action !== 'DNC' && !this.#joined.has(person)
    const form = isEntered ? 'both' : wanted
    const known = knownLead({ ...choice, form }, this.leads.length)
    this.leads.push(known)
    if (form === 'both') this.#join(person)
    this.#ids.set(contactId(contactKey(known.lead), Secret), person)
    return known
  }

  /** Under which contact a lead is delivered now. */
  contactOf({ person, alias }: Pick<KnownLead, 'person' | 'alias'>): string {
    return this.#joined.has(person) || person < 2 ? `${person}` : `${person} by ${alias}`
  }

  personOf(id: unknown): number | undefined {
    // A record beside one that sales ended has a number behind it.
    return this.#ids.get(String(id).replace(/\.\d+$/, ''))
  }

  isJoined(person: number): boolean {
    return this.#joined.has(person)
  }

  /** The wanted one, if that person has any such. */
  aliasOf(person: number, wanted: Alias): Alias {
    const own = this.aliasesOf(person)
    return own.includes(wanted) ? wanted : (own[0] ?? wanted)
  }

  aliasesOf(person: number): readonly Alias[] {
    return (FormsOf[person] ?? []).filter((form) => form !== 'both')
  }

  adminSays(person: number, alias: Alias, no: Said): void {
    this.#admin.set(`${person} ${alias}`, withNo(this.#saidOf(person, alias), no))
  }

  /** Of the marketplace's no he takes back what stands against whoever is known by that alias now. */
  adminLifts(person: number, alias: Alias, at: number): void {
    this.#admin.set(`${person} ${alias}`, lifted(this.#saidOf(person, alias), at))
    const contact = this.contactOf({ person, alias })
    const standing = this.#saidByLeads(contact).filter(standsModel)
    for (const { offer, since } of standing) this.#takeBack(contact, offer, Math.max(at, since + 1))
  }

  saidOf(contact: string): readonly Said[] {
    const person = Number(contact[0])
    const aliases = this.aliasesOf(person).filter((alias) => this.contactOf({ person, alias }) === contact)
    return [...this.#saidByLeads(contact), ...aliases.flatMap((alias) => this.#saidOf(person, alias))]
  }

  markersOf(contact: string) {
    return markersModel(this.saidOf(contact))
  }

  #join(person: number): void {
    this.#joined.add(person)
    for (const alias of this.aliasesOf(person)) {
      for (const [offer, at] of this.#takenBack.get(`${person} by ${alias}`) ?? []) this.#takeBack(`${person}`, offer, at)
      this.#takenBack.delete(`${person} by ${alias}`)
    }
  }

  #takeBack(contact: string, offer: string, at: number): void {
    const all = this.#takenBack.get(contact) ?? new Map<string, number>()
    this.#takenBack.set(contact, all.set(offer, Math.max(at, all.get(offer) ?? 0)))
  }

  #saidByLeads(contact: string): readonly Said[] {
    const own = this.leads.filter((lead) => this.contactOf(lead) === contact)
    return saidByLeads(
      own.map(({ signal }) => signal),
      this.#takenBack.get(contact) ?? new Map(),
    )
  }

  #saidOf(person: number, alias: Alias): readonly Said[] {
    return this.#admin.get(`${person} ${alias}`) ?? []
  }
}

export function emailOf(person: number): string {
  return `model-${person}@people.example`
}

export function phoneOf(person: number): string {
  return `+4930123456${person}`
}

function knownLead(choice: LeadChoice, n: number): KnownLead {
  const { person, form, action, offer, hour } = choice
  const at = Start + hour * HoursBetween * HourMs
  const id = `${choice.prefix}-${n}`
  const own = { email: form === 'phone' ? null : emailOf(person), last: form === 'email' ? null : `Last${person}` }
  const title = choice.title === 'some' ? `Title ${n}` : choice.title === 'none' ? 'none' : null
  const said = { first: choice.first ? `First ${n}` : null, title, company: choice.company ? `Company ${n}` : null }
  const wish = `Wish ${n}`
  const lead = makeLead({
    id,
    action,
    stage: choice.stage,
    notes: wish,
    tags: choice.quiet ? ['noFollowUp'] : [],
    receivedAt: new Date(Start + 1_000 * HourMs).toISOString(),
    occurredAt: new Date(at).toISOString(),
    offer: { publisherId: null, offerId: null, title: offer },
    person: {
      email: own.email,
      phone: form === 'email' ? null : phoneOf(person),
      lastName: own.last,
      firstName: said.first,
      jobTitle: said.title,
      company: said.company,
    },
  })
  const model = { at: toTheSecond(at), id, key: leadKey(id), isNo: action === 'DNC', ...own, ...said, stage: choice.stage, wish }
  return {
    model,
    signal: { at, action, offer },
    person,
    alias: form === 'phone' ? 'phone' : 'email',
    lead,
    followed: !choice.quiet,
  }
}
