import { expect } from 'vitest'
import { Nobody, type RecordModel } from './contact-model.ts'
import type { ModelCrm, ShownRecord } from './crms.ts'
import { peopleIn, recordShown } from './look.ts'
import type { PeopleModel } from './people.ts'
import { agreeing, type Possible } from './possible.ts'
import type { RecordEnd } from './sales.ts'

/** What salespeople may write. */
export const SalesFields = ['first', 'company', 'wish', 'title'] as const
export type SalesField = (typeof SalesFields)[number]

/** Holds what each contact may be in one CRM, looks at what the CRM shows, and says where the two disagree. */
export class Witness {
  readonly #crm: ModelCrm
  readonly #url: string
  readonly #people: PeopleModel
  readonly #possible = new Map<string, Possible>()
  #shown: ReadonlyMap<string, ShownRecord> = new Map()
  /** What people said in this CRM, which nobody may overwrite or take back but they themselves; by person, who stays the same when joined. */
  readonly #bySales = new Map<string, Map<SalesField, string>>()
  readonly #closed = new Map<string, Set<string>>()
  /** How sales ended the record of a person; `any` once Leadsync has delivered there again. Then nobody but sales knows what there is. */
  readonly #ended = new Map<string, RecordEnd | 'any'>()
  readonly #everClosed = new Map<string, Set<string>>()

  constructor(crm: ModelCrm, url: string, people: PeopleModel) {
    this.#crm = crm
    this.#url = url
    this.#people = people
  }

  /** Who was joined is what was known by phone: the e-mail alone had no record. */
  of(contact: string): Possible {
    return this.#possible.get(contact) ?? this.#possible.get(`${contact} by phone`) ?? [Nobody]
  }

  set(contact: string, possible: Possible): void {
    this.#possible.set(contact, possible)
  }

  /** One of those who have a record. */
  pick(index: number): [contact: string, record: ShownRecord] | undefined {
    const all = [...this.#shown]
    return all[index % Math.max(1, all.length)]
  }

  endOf(contact: string): RecordEnd | 'any' | null {
    return this.#ended.get(personIn(contact)) ?? null
  }

  end(contact: string, how: RecordEnd): void {
    this.#ended.set(personIn(contact), this.#ended.has(personIn(contact)) ? 'any' : how)
  }

  /** What is there now is told apart no further. */
  deliveredTo(contact: string): void {
    if (this.#ended.has(personIn(contact))) this.#ended.set(personIn(contact), 'any')
  }

  /** As the CRM shows them. */
  optOutsOf(contact: string): readonly string[] {
    const record = this.#shown.get(contact)
    return record ? recordShown(this.#crm, record).optOuts : []
  }

  everClosed(contact: string): ReadonlySet<string> {
    return this.#everClosed.get(personIn(contact)) ?? new Set()
  }

  wrote(contact: string, field: SalesField, value: string | null): void {
    this.#change(contact, (before) => ({ ...before, [field]: value }))
    // The title is Leadsync's own by its policy: the next lead may overwrite what sales wrote there.
    if (field === 'title') return
    const own = this.#bySales.get(personIn(contact)) ?? new Map()
    if (value === null) own.delete(field)
    else own.set(field, value)
    this.#bySales.set(personIn(contact), own)
  }

  optedOut(contact: string, no: boolean): void {
    this.#change(contact, (before) => {
      const others = before.optOuts.filter((channel) => channel !== 'email')
      return { ...before, optOuts: no ? ['email', ...others] : others }
    })
    this.#closed.get(personIn(contact))?.delete('email')
  }

  /** What the CRM shows now must be possible, one record for each contact; the rest of what was possible is out. */
  async look(): Promise<void> {
    const shown = new Map<string, ShownRecord>()
    for (const record of await peopleIn(this.#crm, this.#url)) {
      const person = this.#people.personOf(record.fields[this.#crm.names.contactId])
      expect(person, `${this.#crm.name} has a record of nobody`).toBeDefined()
      const contact = this.#people.contactOf({ person: person ?? 0, alias: 'phone' })
      const { optOuts } = recordShown(this.#crm, record)
      this.#everClosed.set(personIn(contact), new Set([...this.everClosed(contact), ...optOuts]))
      if (this.endOf(contact) !== null) continue
      expect(shown.has(contact), `${this.#crm.name} has two records of contact ${contact}`).toBe(false)
      shown.set(contact, record)
    }
    this.#shown = shown
    for (const contact of new Set([...this.#possible.keys(), ...shown.keys()])) {
      if (this.endOf(contact) === null) this.#compare(contact)
    }
  }

  #compare(contact: string): void {
    const shown = this.#shown.get(contact)
    const isPast = this.#people.contactOf({ person: Number(personIn(contact)), alias: 'phone' }) !== contact
    if (!shown && isPast) return
    const record = shown ? recordShown(this.#crm, shown) : null
    const says = `contact ${contact} in ${this.#crm.name}`
    const possible = this.of(contact)
    const left = agreeing(possible, record)
    if (left.length === 0) expect({ [says]: record }).toEqual({ [says]: possible[0]?.record })
    this.#possible.set(contact, left)
    for (const [field, value] of this.#bySales.get(personIn(contact)) ?? []) {
      expect(record?.[field], `${field} of ${says}, which sales wrote`).toBe(value)
    }
    for (const channel of this.#closed.get(personIn(contact)) ?? []) {
      expect(record?.optOuts, `the opt-outs of ${says}`).toContain(channel)
    }
    this.#closed.set(personIn(contact), new Set(record?.optOuts ?? []))
  }

  #change(contact: string, change: (record: RecordModel) => RecordModel): void {
    const changed = this.of(contact).map((one) => ({ ...one, record: one.record && change(one.record) }))
    this.#possible.set(contact, changed)
  }
}

function personIn(contact: string): string {
  return contact.slice(0, 1)
}
