import { type ContactChannel, leadKey } from '../../src/core/index.ts'
import { CrmNames, type ModelCrm, toTheSecond } from './crm-side.ts'
import { Refusals } from './refusals.ts'
import { delivered, type Mode, marked, Nobody, ownWord, type Side, salesChanged, type ToldLead, type Values } from './story.ts'

export const Contacts = [0, 1, 2] as const
export const Offers = ['contoso.analytics', 'contoso.backup', null] as const

/** How a delivery came back; `hung`: its process ended with it. */
export type End = 'settled' | 'later' | 'failed' | 'hung'

/** One lead on its way to one CRM. */
interface Delivery {
  readonly lead: ToldLead
  readonly crm: ModelCrm
  /** `recorded`: the CRM has it and the ledger knows, only the settling is missing. */
  state: 'waiting' | 'recorded' | 'done'
}

/** What a process that ended had come to. */
export interface Ended {
  /** Whether it may have ended before the CRM was written to; false: it got as far as recording a write. */
  readonly beforeWrite: boolean
  /** Ids of the leads that it had recorded, and of those that it had settled. */
  readonly recorded: readonly string[]
  readonly settled: readonly string[]
}

interface Mark {
  readonly contact: number
  readonly crm: ModelCrm
}

/** What everything that happened must have come to, by the words of the design. */
export class Expected {
  readonly modes: Readonly<Record<ModelCrm, Mode>>
  readonly deliveries: Delivery[] = []
  marks: Mark[] = []
  readonly #refusals = Contacts.map(() => new Refusals())
  readonly #sides = new Map<string, Side>()
  /** By which lead a process that ended holds a contact. */
  readonly #inDeadHands = new Map<string, string>()

  constructor(modes: Expected['modes']) {
    this.modes = modes
  }

  side(contact: number, crm: ModelCrm): Side {
    return this.#sides.get(`${crm} ${contact}`) ?? Nobody
  }

  knows(contact: number): boolean {
    return this.deliveries.some(({ lead }) => lead.contact === contact)
  }

  waiting(): readonly Delivery[] {
    return this.deliveries.filter(({ state }) => state !== 'done')
  }

  told(lead: ToldLead): void {
    this.#of(lead.contact).told(lead)
    for (const crm of CrmNames) this.deliveries.push({ lead, crm, state: 'waiting' })
  }

  /** Whether something changed; then the marks that are due are waiting. */
  adminSays(contact: number, change: (refusals: Refusals) => boolean): boolean {
    const changed = change(this.#of(contact))
    const known = CrmNames.filter((crm) => this.side(contact, crm).remembered?.hasRecord)
    if (changed) this.marks = [...this.marks, ...known.map((crm) => ({ contact, crm }))]
    return changed
  }

  salesChange(contact: number, crm: ModelCrm, values: Partial<Values>): void {
    const side = this.side(contact, crm)
    this.#put(contact, crm, salesChanged(side, values))
  }

  salesOptOuts(contact: number, crm: ModelCrm, optOuts: readonly ContactChannel[]): void {
    const side = this.side(contact, crm)
    if (side.held) this.#put(contact, crm, { ...side, held: { ...side.held, optOuts } })
  }

  locksEnd(): void {
    this.#inDeadHands.clear()
  }

  /** A mark came back. */
  marked(mark: Mark, end: End): void {
    const { contact, crm } = mark
    if ((end === 'later') !== this.#inDeadHands.has(`${crm} ${contact}`)) throw new Error(`${crm}: a mark was "${end}".`)
    if (end === 'later') return
    const refusal = this.#of(contact).marker()
    const after = marked(this.side(contact, crm), refusal, this.modes[crm])
    const { held } = after
    this.#put(contact, crm, end === 'failed' ? { ...this.side(contact, crm), held } : after)
    if (end === 'settled') this.marks = this.marks.filter((one) => one !== mark)
  }

  /**
   * Deliveries of one contact to one CRM that were begun at once came back. The first goes alone; those that wait for it are written together
   * afterwards. Who finds the contact in the hands of a process that ended comes back later, but for the one by which it is held.
   */
  came(together: readonly Delivery[], ends: ReadonlyMap<string, End>, ended: Ended | null = null): void {
    const [any] = together
    if (!any) return
    const { crm } = any
    const place = `${crm} ${any.lead.contact}`
    const holder = this.#inDeadHands.get(place)
    const first = holder === undefined ? any : together.find(({ lead }) => lead.id === holder)
    const later = together.filter(({ lead }) => ends.get(lead.id) === 'later')
    if (later.length !== (first ? 0 : together.length)) throw new Error(`${place}: ${later.length} deliveries were put off.`)
    if (!first) return
    this.#inDeadHands.delete(place)
    this.#group(place, [first], ends, ended)
    const rest = together.filter((one) => one !== first)
    if (ends.get(first.lead.id) !== 'hung') this.#group(place, rest, ends, ended)
  }

  #group(place: string, group: readonly Delivery[], ends: ReadonlyMap<string, End>, ended: Ended | null): void {
    const [first] = group
    if (!first) return
    const { crm } = first
    const { contact } = first.lead
    const before = this.side(contact, crm)
    const open = group.filter(({ state }) => state === 'waiting')
    const recorded = open.filter(({ lead }) => ends.get(lead.id) === 'settled' || ended?.recorded.includes(lead.id))
    const failed = open.some(({ lead }) => ends.get(lead.id) === 'failed')
    const hung = group.some(({ lead }) => ends.get(lead.id) === 'hung')
    const wrote = recorded.length > 0 || !hung || ended?.beforeWrite === false
    if (open.length > 0 && wrote) this.#write(contact, crm, open, recorded.length > 0)
    if (failed && this.modes[crm].closesAfterwards) this.salesOptOuts(contact, crm, before.held?.optOuts ?? [])
    for (const one of recorded) one.state = 'recorded'
    for (const one of group) if (ends.get(one.lead.id) === 'settled' || ended?.settled.includes(one.lead.id)) one.state = 'done'
    if (hung) this.#inDeadHands.set(place, first.lead.id)
  }

  /** What Leadsync did not record it does not remember, but the CRM has it. */
  #write(contact: number, crm: ModelCrm, open: readonly Delivery[], remembers: boolean): void {
    const before = this.side(contact, crm)
    const leads = open.map(({ lead }) => lead)
    const after = delivered(before, leads, this.#of(contact).marker(), this.modes[crm])
    this.#put(contact, crm, remembers ? after : { ...before, held: after.held })
  }

  /** What is to be found in a CRM, which may keep no fractions of a second; null: nobody. */
  record(contact: number, crm: ModelCrm) {
    const { held } = this.side(contact, crm)
    const marker = held?.marker && { at: toTheSecond(held.marker.at), liftedAt: toTheSecond(held.marker.liftedAt) }
    return held && { ...held, marker, touches: held.touches.map(leadKey).sort(), optOuts: held.optOuts.toSorted() }
  }

  /** By which channels the next lead about each offer may be followed up. */
  followUps(contact: number): readonly string[] {
    const saidByCrm = CrmNames.flatMap((crm) => ownWord(this.side(contact, crm)))
    return Offers.map((offer) => {
      const channels = (['email', 'phone'] as const).filter(
        (channel) => !saidByCrm.includes(channel) && this.#of(contact).allows(offer, channel),
      )
      return channels.join(' and ') || 'none'
    })
  }

  #of(contact: number): Refusals {
    return this.#refusals[contact] ?? new Refusals()
  }

  #put(contact: number, crm: ModelCrm, side: Side): void {
    this.#sides.set(`${crm} ${contact}`, side)
  }
}
