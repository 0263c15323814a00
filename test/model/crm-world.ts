import { expect } from 'vitest'
import type { Circumstances, LeadModel } from './contact-model.ts'
import type { ModelCrm } from './crms.ts'
import { recordShown } from './look.ts'
import type { Death } from './mortal.ts'
import type { KnownLead, PeopleModel } from './people.ts'
import { afterDelivery, afterInterruption, afterMark, afterRace, type Possible } from './possible.ts'
import type { ModelProcess } from './process.ts'
import { type RecordEnd, type ShownTask, type TaskDeed, tasksIn } from './sales.ts'
import { type SalesField, Witness } from './witness.ts'

const MostAtOnce = 4
const Settled = /^(delivered|suppressed)/

/** One CRM and what the model says that it must hold. */
export class CrmWorld {
  readonly #crm: ModelCrm
  readonly #url: string
  readonly #people: PeopleModel
  readonly #witness: Witness
  #waiting: readonly KnownLead[] = []
  /** The CRM has them, and the ledger knows: delivering them only settles them. */
  readonly #written = new Set<string>()
  /** A process died with contacts in hand: their locks stand until their time is over. */
  #lockedByDead = false
  /** Those whose deliveries are at their end. */
  readonly settled = new Set<KnownLead>()

  constructor(crm: ModelCrm, url: string, people: PeopleModel) {
    this.#crm = crm
    this.#url = url
    this.#people = people
    this.#witness = new Witness(crm, url, people)
  }

  get name(): string {
    return this.#crm.name
  }

  /** Whether Leadsync itself closes the CRM's channels. */
  get mayClose(): boolean {
    return this.#crm.mode === 'opt-out'
  }

  get isLocked(): boolean {
    return this.#lockedByDead
  }

  diedWithLock(): void {
    this.#lockedByDead = true
  }

  endOf(contact: string): RecordEnd | 'any' | null {
    return this.#witness.endOf(contact)
  }

  optOutsOf(contact: string): readonly string[] {
    return this.#witness.optOutsOf(contact)
  }

  everClosed(contact: string): ReadonlySet<string> {
    return this.#witness.everClosed(contact)
  }

  tasks(): Promise<readonly ShownTask[]> {
    return tasksIn(this.#crm, this.#url)
  }

  work(task: string, deed: TaskDeed): Promise<void> {
    return this.#crm.work(this.#url, task, deed)
  }

  /** Sales close, convert or delete a record. */
  async salesEnd(pick: number, how: RecordEnd): Promise<void> {
    const [contact, record] = this.#witness.pick(pick) ?? []
    const end = this.#crm.ends[how]
    if (contact === undefined || !record || !end) return
    await end(this.#url, record.id)
    this.#witness.end(contact, how)
    await this.#witness.look()
  }

  expect(lead: KnownLead): void {
    this.#waiting = [...this.#waiting, lead]
  }

  async deliver(process: ModelProcess, picks: readonly number[]): Promise<void> {
    const leads = this.#pick(picks)
    const ended = await process.deliver(this.#crm.name, keysOf(leads))
    const settled = leads.filter((lead) => this.#isSettled(lead, ended))
    if (!this.#lockedByDead) expect(settled.length, JSON.stringify([...ended.values()])).toBe(leads.length)
    this.#leave(settled)
    const written = this.#written
    this.#each(settled, (possible, own, now) =>
      this.#lockedByDead ? afterRace(possible, [own], written, now) : afterDelivery(possible, { leads: own, written }, now),
    )
    await this.#witness.look()
  }

  /** BullMQ may hand out a job once more that was done. */
  async redeliver(process: ModelProcess, pick: number): Promise<void> {
    const done = this.#people.leads.filter((lead) => !this.#waiting.includes(lead))
    const lead = done[pick % Math.max(1, done.length)]
    if (!lead) return
    const ended = await process.deliver(this.#crm.name, [lead.model.key])
    if (this.endOf(this.#people.contactOf(lead)) === null) expect(ended.get(lead.model.key)).toMatch(Settled)
    await this.#witness.look()
  }

  async race(one: ModelProcess, other: ModelProcess, picks: readonly number[], others: readonly number[]): Promise<void> {
    const leads = this.#pick([...picks.slice(0, MostAtOnce / 2), ...others.slice(0, MostAtOnce / 2)])
    const own = leads.slice(0, picks.length)
    const rest = leads.slice(picks.length)
    const { name } = this.#crm
    const [a, b] = await Promise.all([one.deliver(name, keysOf(own)), other.deliver(name, keysOf(rest))])
    const ended = new Map([...a, ...b])
    const settled = leads.filter((lead) => this.#isSettled(lead, ended))
    for (const lead of leads.filter((one) => !settled.includes(one))) expect(ended.get(lead.model.key)).toBe('later')
    this.#leave(settled)
    this.#each(settled, (possible, all, now) => {
      const isOfOne = (lead: LeadModel) => own.some(({ model }) => model === lead)
      return afterRace(possible, [all.filter(isOfOne), all.filter((lead) => !isOfOne(lead))], this.#written, now)
    })
    await this.#witness.look()
  }

  /** The CRM's answer to a write gets lost, or an error comes instead of one, whether or not it did the work. */
  async interrupt(
    process: ModelProcess,
    picks: readonly number[],
    { commit, reset }: { readonly commit: boolean; readonly reset: boolean },
  ): Promise<void> {
    const leads = this.#pick(picks)
    const answer = reset
      ? { reset }
      : { status: 503, headers: { 'retry-after': '1', 'content-type': 'text/html' }, body: '<html>' }
    await this.#arm(this.#crm.writing.map((match) => ({ match, times: 1, commit, ...answer })))
    await process.deliver(this.#crm.name, keysOf(leads))
    await this.#arm([])
    await this.#interrupted(process, leads)
  }

  async crash(
    process: ModelProcess,
    picks: readonly number[],
    death: Death,
    restart: () => Promise<ModelProcess>,
  ): Promise<void> {
    const leads = this.#pick(picks)
    const died = await process.dieAt(death, () => process.deliver(this.#crm.name, keysOf(leads)))
    await this.#interrupted(died ? await restart() : process, leads)
    this.#lockedByDead ||= died
  }

  /** The locks of a dead process end. */
  async unlock({ store: { redis } }: ModelProcess): Promise<void> {
    const locks = await redis.keys(`{leadsync}:lock:${this.#crm.name}:*`)
    if (locks.length > 0) await redis.del(locks)
    this.#lockedByDead = false
  }

  async mark(process: ModelProcess, contact: string): Promise<void> {
    const lead = this.#people.leads.find((one) => this.#people.contactOf(one) === contact)
    if (!lead || this.#lockedByDead) return
    const ended = await process.mark(this.#crm.name, await process.store.contactOf(lead.lead))
    expect(ended).toMatch(/^(marked|unchanged)$/)
    this.#witness.set(contact, afterMark(this.#witness.of(contact), this.#now(contact)))
    await this.#witness.look()
  }

  async salesWrite(pick: number, field: SalesField, value: string | null): Promise<void> {
    const [contact, record] = this.#witness.pick(pick) ?? []
    if (contact === undefined || !record) return
    await this.#crm.change(this.#url, record.id, { [this.#crm.names[field]]: value })
    this.#witness.wrote(contact, field, value)
    await this.#witness.look()
  }

  async salesOptOut(pick: number, no: boolean): Promise<void> {
    const [contact, record] = this.#witness.pick(pick) ?? []
    if (contact === undefined || !record || recordShown(this.#crm, record).email === null) return
    await this.#crm.optOut(this.#url, record, no)
    this.#witness.optedOut(contact, no)
    await this.#witness.look()
  }

  async drain(process: ModelProcess): Promise<void> {
    await this.unlock(process)
    while (this.#waiting.length > 0) await this.deliver(process, [0, 0, 0, 0, 0, 0])
  }

  async #interrupted(process: ModelProcess, leads: readonly KnownLead[]): Promise<void> {
    const done = new Set<string>()
    const settled: KnownLead[] = []
    for (const lead of leads) {
      const entry = await process.store.ledger.entry(this.#crm.name, lead.model.key)
      if (entry && (entry.state === 'written' || Settled.test(entry.state))) done.add(lead.model.key)
      if (entry && Settled.test(entry.state)) settled.push(lead)
    }
    const anyOrder = this.#lockedByDead
    const written = this.#written
    this.#each(leads, (possible, own, now) => afterInterruption(possible, { leads: own, written }, { done, anyOrder }, now))
    this.#leave(settled)
    for (const key of done) written.add(key)
    await this.#witness.look()
  }

  #pick(picks: readonly number[]): readonly KnownLead[] {
    const left = [...this.#waiting]
    return picks.slice(0, MostAtOnce + 2).flatMap((pick) => (left.length > 0 ? left.splice(pick % left.length, 1) : []))
  }

  /** What can't be delivered to records that sales ended is a person's to look at, and no news here. */
  #isSettled(lead: KnownLead, ended: ReadonlyMap<string, string>): boolean {
    const how = ended.get(lead.model.key) ?? ''
    const isFree = this.endOf(this.#people.contactOf(lead)) !== null
    return Settled.test(how) || (isFree && how !== 'later')
  }

  #leave(settled: readonly KnownLead[]): void {
    for (const lead of settled) this.settled.add(lead)
    this.#waiting = this.#waiting.filter((lead) => !settled.includes(lead))
  }

  /** By contact, in the order in which they were delivered. */
  #each(
    leads: readonly KnownLead[],
    after: (possible: Possible, leads: readonly LeadModel[], now: Circumstances) => Possible,
  ): void {
    for (const contact of new Set(leads.map((lead) => this.#people.contactOf(lead)))) {
      this.#witness.deliveredTo(contact)
      const own = leads.filter((lead) => this.#people.contactOf(lead) === contact).map(({ model }) => model)
      this.#witness.set(contact, after(this.#witness.of(contact), own, this.#now(contact)))
    }
  }

  #now(contact: string): Circumstances {
    return { mode: this.#crm.mode, markers: this.#people.markersOf(contact) }
  }

  async #arm(faults: readonly object[]): Promise<void> {
    const response = await fetch(`${this.#url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(faults) })
    if (!response.ok) throw new Error(await response.text())
  }
}

function keysOf(leads: readonly KnownLead[]): string[] {
  return leads.map(({ model }) => model.key)
}
