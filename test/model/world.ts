import { type ContactChannel, type Fields, leadKey } from '../../src/core/index.ts'
import type { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { recordsOf } from '../../src/store/contact-records.ts'
import { type Lift, StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { type CrmStand, openStand, type StoredRecord } from '../kit/crm-stand.ts'
import { makeLead, Noon } from '../kit/made-lead.ts'
import { arriving, Keep } from '../kit/store-parts.ts'
import { Crms } from '../kit/three-crms.ts'
import { CrmNames, heldIn, type ModelCrm, Names, rulesOf } from './crm-side.ts'
import { type End, type Expected, Offers } from './expected.ts'
import { type Death, mortalDelivery } from './mortal.ts'
import type { Policy, ToldLead, Values } from './story.ts'

const Start = Date.parse(Noon)
export const hour = (count: number): number => Start + count * 3_600_000

/** The CRMs, the store that they share, and what happens to them. */
export class World {
  readonly #stands: Readonly<Record<ModelCrm, CrmStand>>
  #modes: Expected['modes'] | undefined
  #by = new Map<ModelCrm, CrmDelivery>()
  readonly #mortals: CrmDelivery[] = []

  constructor(stands: Readonly<Record<ModelCrm, CrmStand>>) {
    this.#stands = stands
  }

  static async open(redisUrl: string): Promise<World> {
    const [hubspot, salesforce] = await Promise.all(CrmNames.map((name) => openStand(Crms[name], redisUrl)))
    if (!hubspot || !salesforce) throw new Error('A CRM is missing.')
    return new World({ hubspot, salesforce })
  }

  /** Forgets everybody. */
  async begin(modes: Expected['modes']): Promise<void> {
    this.#modes = modes
    this.#endMortals()
    await this.#store.redis.flushall()
    for (const crm of CrmNames) {
      await fetch(`${this.#stands[crm].url}/_sandbox/reset`, { method: 'POST' })
      this.#by.set(crm, this.#stands[crm].delivery(rulesOf(this.#stands[crm], modes[crm])))
    }
  }

  async stop(): Promise<void> {
    this.#endMortals()
    for (const crm of CrmNames) await this.#stands[crm].stop()
  }

  async take(told: ToldLead): Promise<void> {
    const { register } = this.#store
    const route = CrmNames.map((name) => ({ name, wants: 'yes' as const }))
    await register.admit(arriving(leadOf(told), { route }))
  }

  async add(contact: number, entry: { channel: 'any' | ContactChannel; offer: string | null; since: number }): Promise<void> {
    const { offer, ...rest } = entry
    await this.#strong.add(aliasOf(contact), { ...rest, offer: offer ?? '*', source: 'admin', reason: 'asked by letter' })
  }

  async lift(contact: number, lift: Omit<Lift, 'reason'>): Promise<void> {
    await this.#strong.lift(aliasOf(contact), { ...lift, reason: 'called us' })
  }

  /** Of which CRMs a change is to be followed, as `leadsync dnc` finds them. */
  async known(contact: number): Promise<readonly string[]> {
    const id = await this.#contactOf(contact)
    return id === null ? [] : [...(await recordsOf(this.#store.scripts, [id])).keys()]
  }

  async deliver(crm: ModelCrm, leads: readonly ToldLead[]): Promise<ReadonlyMap<string, End>> {
    return await all(this.#delivery(crm), leads)
  }

  /** The process that delivers them ends at that step, if it gets there. */
  async deliverUntil(crm: ModelCrm, leads: readonly ToldLead[], death: Death) {
    const stand = this.#stands[crm]
    const mortal = mortalDelivery(stand, rulesOf(stand, this.modes[crm]), death)
    this.#mortals.push(mortal.delivery)
    const ends = new Map<string, End>(leads.map(({ id }) => [id, 'hung']))
    const each = leads.map(async (lead) => ends.set(lead.id, await endOf(mortal.delivery.deliver(leadKey(lead.id)))))
    await Promise.race([mortal.died, Promise.all(each)])
    const among = (keys: readonly string[]) => leads.map(({ id }) => id).filter((id) => keys.includes(leadKey(id)))
    return { ends, recorded: among(mortal.recorded), settled: among(mortal.settled) }
  }

  /** The next write to that CRM is done, but its answer is lost; ends with `done`. */
  async losingAnswer<T>(crm: ModelCrm, doing: () => Promise<T>): Promise<T> {
    const { url, crm: of } = this.#stands[crm]
    const { creating, updating } = of.harness.faults
    await post(
      `${url}/_sandbox/faults`,
      [creating, updating].map((match) => ({ match, commit: true, reset: true })),
    )
    try {
      return await doing()
    } finally {
      await post(`${url}/_sandbox/faults`, [])
    }
  }

  /** So much time goes by that no process that ended holds anybody any more. */
  async locksEnd(): Promise<void> {
    const { redis } = this.#store
    for (const key of await redis.keys('{leadsync}:lock:*')) await redis.pexpire(key, 0)
  }

  async mark(crm: ModelCrm, contact: number): Promise<End> {
    const id = (await this.#contactOf(contact)) ?? 'nobody'
    return await endOf(this.#delivery(crm).mark(id, `mark of ${id}`))
  }

  /** Sales enters somebody, or changes what is there. */
  async salesChange(crm: ModelCrm, contact: number, values: Partial<Values>): Promise<void> {
    const { url, crm: of } = this.#stands[crm]
    const named = Object.entries(values).map(([policy, value]) => [Names[crm][policy as Policy], value] as const)
    const fields: Fields = Object.fromEntries(named)
    const [record] = await this.records(crm, contact)
    if (record) return await of.harness.sales.change(url, record.id, fields)
    await of.harness.sales.create(url, { [of.email]: emailOf(contact), ...Names[crm].needed, ...fields })
  }

  async salesOptOut(crm: ModelCrm, contact: number, wants: boolean): Promise<void> {
    const { url, crm: of } = this.#stands[crm]
    const [record] = await this.records(crm, contact)
    if (!record) throw new Error(`${crm} does not know contact ${contact}.`)
    if (wants) return await of.harness.sales.optOut(url, record.id)
    await of.reopen(url, { id: record.id, email: emailOf(contact) })
  }

  async records(crm: ModelCrm, contact: number): Promise<readonly StoredRecord[]> {
    const stand = this.#stands[crm]
    return (await stand.records()).filter(({ fields }) => fields[stand.crm.email] === emailOf(contact))
  }

  /** Every channel that is closed in a record. */
  async optedOut(): Promise<readonly string[]> {
    const closed = CrmNames.map(async (crm) => {
      const records = await this.#stands[crm].records()
      return records.flatMap((one) => heldIn(one, this.#stands[crm]).optOuts.map((channel) => `${crm} ${one.id} ${channel}`))
    })
    return (await Promise.all(closed)).flat()
  }

  /** What is in a CRM, in the words of the model: one for each record. */
  async held(crm: ModelCrm, contact: number) {
    return (await this.records(crm, contact)).map((record) => heldIn(record, this.#stands[crm]))
  }

  async outcome(crm: ModelCrm, { id }: ToldLead): Promise<string | undefined> {
    return (await this.#stands[crm].store.ledger.entry(crm, leadKey(id)))?.state.split(':')[0]
  }

  async followUps(contact: number): Promise<readonly string[]> {
    const id = (await this.#contactOf(contact)) ?? 'nobody'
    const next = Offers.map((offer) => leadOf({ id: 'next', contact, action: 'INS', offer, at: hour(99), values: NoValues }))
    return await Promise.all(next.map((lead) => this.#stands.hubspot.followUpsOf(id, lead)))
  }

  /** For what the ledger takes for now. */
  moveClock(hours: number): void {
    for (const { store } of Object.values(this.#stands)) store.clock.ms = hour(hours)
  }

  get modes(): Expected['modes'] {
    if (!this.#modes) throw new Error('Nothing has begun.')
    return this.#modes
  }

  get #store() {
    return this.#stands.hubspot.store
  }

  get #strong() {
    return new StrongSuppressions(this.#store.scripts, Keep)
  }

  async #contactOf(contact: number): Promise<string | null> {
    return await this.#store.redis.get(`{leadsync}:alias:${aliasOf(contact)}`)
  }

  #delivery(crm: ModelCrm): CrmDelivery {
    const found = this.#by.get(crm)
    if (!found) throw new Error('Nothing has begun.')
    return found
  }

  #endMortals(): void {
    for (const one of this.#mortals.splice(0)) one.stop()
  }
}

const NoValues: Values = { fill: null, over: null, ours: null, once: null }

function emailOf(contact: number): string {
  return `person-${contact}@people.example`
}

function aliasOf(contact: number): string {
  return strongAlias(emailOf(contact), 'a secret') ?? 'none'
}

function leadOf({ id, contact, action, offer, at, values }: ToldLead) {
  const [publisherId, offerId] = offer?.split('.') ?? [null, null]
  return makeLead({
    id,
    action,
    receivedAt: new Date(hour(24)).toISOString(),
    occurredAt: new Date(at).toISOString(),
    offer: { publisherId: publisherId ?? null, offerId: offerId ?? null, title: null },
    person: { email: emailOf(contact), firstName: values.fill, jobTitle: values.ours, country: values.once },
    notes: values.over,
  })
}

async function all(by: CrmDelivery, leads: readonly ToldLead[]): Promise<ReadonlyMap<string, End>> {
  const ends = await Promise.all(leads.map(({ id }) => endOf(by.deliver(leadKey(id)))))
  return new Map(leads.map(({ id }, index) => [id, ends[index] ?? 'failed']))
}

async function endOf(delivery: Promise<{ readonly kind: 'settled' | 'later' }>): Promise<End> {
  try {
    return (await delivery).kind
  } catch {
    return 'failed'
  }
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
}
