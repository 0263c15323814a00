import { expect } from 'vitest'
import { followUpCrm, followUps, NoQualification } from '../../src/core/index.ts'
import { knownAliases } from '../../src/store/contact-lookup.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { arriving, Keep, openStore, type StoreParts } from '../kit/store-parts.ts'
import { CrmWorld } from './crm-world.ts'
import { type ModelCrm, modelCrms, type RunningCrm } from './crms.ts'
import { followUpRules } from './follow-up-rules.ts'
import { FollowUpWorld } from './follow-up-world.ts'
import type { Death } from './mortal.ts'
import {
  type Alias,
  Beginning,
  emailOf,
  HourMs,
  type KnownLead,
  type LeadChoice,
  PeopleModel,
  phoneOf,
  Secret,
} from './people.ts'
import { type Clock, ModelProcess } from './process.ts'
import type { RecordEnd, TaskDeed } from './sales.ts'
import { AnyOffer, mayFollowUp, type Said } from './suppression-model.ts'

export interface Stand {
  readonly crm: ModelCrm
  readonly running: RunningCrm
}

/** The product and its model side by side: whatever happens, happens to both. */
export class World {
  readonly people = new PeopleModel()
  readonly crms: readonly CrmWorld[]
  readonly followUps: FollowUpWorld
  readonly #clock: Clock = { ms: Beginning }
  readonly #hand: StoreParts
  readonly #redisUrl: string
  readonly #stands: readonly Stand[]
  #process: ModelProcess
  #other: ModelProcess | null = null

  constructor(redisUrl: string, stands: readonly Stand[]) {
    this.#redisUrl = redisUrl
    this.#stands = stands
    this.#hand = openStore(redisUrl)
    this.crms = stands.map(({ crm, running }) => new CrmWorld(crm, running.url, this.people))
    this.followUps = new FollowUpWorld({
      hand: this.#hand,
      people: this.people,
      clock: this.#clock,
      crms: this.crms,
      later: (ms) => this.move((ms - this.#clock.ms) / HourMs),
    })
    this.#process = this.#start()
  }

  get store() {
    return this.#process.store
  }

  async come(choice: LeadChoice): Promise<void> {
    const known = this.people.add(choice)
    await this.#enter(known)
    for (const crm of this.crms) crm.expect(known)
    await this.followUps.look()
  }

  /** A repetition after a crash changes nothing. */
  async comeAgain(index: number): Promise<void> {
    const known = this.people.leads[index % Math.max(1, this.people.leads.length)]
    if (known) await this.#enter(known)
    await this.followUps.look()
  }

  async #enter({ lead }: KnownLead): Promise<void> {
    const route = modelCrms.map(({ name }) => ({ name, wants: 'yes' as const }))
    const owner = followUpCrm(followUpRules.crms, lead, NoQualification, () => true)
    await this.store.register.admit(arriving(lead, { route, followUpCrm: owner }))
  }

  async adminSays(person: number, wanted: Alias, no: Pick<Said, 'channel' | 'offer'>): Promise<void> {
    const alias = this.people.aliasOf(person, wanted)
    const since = this.#clock.ms
    const key = strongAlias(textOf(person, alias), Secret) ?? ''
    await this.#strong().add(key, { source: 'admin', ...no, since, reason: '' }, await this.#known(person, alias))
    this.people.adminSays(person, alias, { by: 'admin', ...no, since, liftedAt: null })
  }

  async adminLifts(person: number, wanted: Alias): Promise<void> {
    const alias = this.people.aliasOf(person, wanted)
    const at = this.#clock.ms
    const key = strongAlias(textOf(person, alias), Secret) ?? ''
    await this.#strong().lift(key, { channel: null, offer: null, at, reason: '' }, await this.#known(person, alias))
    this.people.adminLifts(person, alias, at)
  }

  move(hours: number): void {
    this.#clock.ms += hours * HourMs
    for (const process of [this.#process, this.#other]) if (process) process.store.clock.ms = this.#clock.ms
  }

  /** Does jobs whose time has come, in one process or the other, until none is left or the picks are. */
  async work(picks: readonly number[]): Promise<void> {
    for (const pick of picks) await this.followUps.work(pick % 2 === 0 ? this.#process : this.#second(), pick)
  }

  /** Nothing is left to be done now: the queues are empty but for what waits for its time. */
  async catchUp(): Promise<void> {
    for (const crm of this.crms) await crm.drain(this.#process)
    await this.followUps.look()
    await this.followUps.catchUp(this.#process)
  }

  async review(inOther: boolean): Promise<void> {
    await this.followUps.review(inOther ? this.#second() : this.#process)
  }

  async crashFollowUp(pick: number, death: Death, no: Said['channel'] | null): Promise<void> {
    const dying = this.#process
    const person = await this.followUps.crash(dying, pick, death, async () => {
      await dying.close()
      this.#process = this.#start()
    })
    if (person !== null && no !== null) await this.adminSays(person, 'email', { channel: no, offer: AnyOffer })
  }

  async intrude(pick: number, exchange: number, channel: Said['channel']): Promise<void> {
    const say = (person: number) => this.adminSays(person, 'email', { channel, offer: AnyOffer })
    await this.followUps.intrude(this.#process, this.#second(), pick, { exchange, say })
  }

  async salesTask(crm: CrmWorld, pick: number, deed: TaskDeed): Promise<void> {
    await this.followUps.sales(crm, pick, deed)
  }

  async salesEnd(crm: CrmWorld, pick: number, how: RecordEnd): Promise<void> {
    await crm.salesEnd(pick, how)
    await this.followUps.look()
  }

  async deliver(crm: CrmWorld, picks: readonly number[]): Promise<void> {
    await crm.deliver(this.#process, picks)
    await this.followUps.look()
  }

  async redeliver(crm: CrmWorld, pick: number): Promise<void> {
    await crm.redeliver(this.#process, pick)
    await this.followUps.look()
  }

  async race(crm: CrmWorld, one: readonly number[], other: readonly number[]): Promise<void> {
    await crm.race(this.#process, this.#second(), one, other)
    await this.followUps.look()
  }

  async interrupt(crm: CrmWorld, picks: readonly number[], fault: { commit: boolean; reset: boolean }): Promise<void> {
    await crm.interrupt(this.#process, picks, fault)
    await this.followUps.look()
  }

  async crash(crm: CrmWorld, picks: readonly number[], death: Death): Promise<void> {
    const dying = this.#process
    await crm.crash(dying, picks, death, async () => {
      await dying.close()
      this.#process = this.#start()
      return this.#process
    })
    await this.followUps.look()
  }

  async unlock(crm: CrmWorld): Promise<void> {
    await crm.unlock(this.#process)
  }

  async mark(crm: CrmWorld, person: number, wanted: Alias): Promise<void> {
    await crm.mark(this.#process, this.people.contactOf({ person, alias: this.people.aliasOf(person, wanted) }))
  }

  /** Everything that waits is delivered, and all is as it must be. */
  async drain(): Promise<void> {
    await this.catchUp()
    await this.followUps.drain(this.#process)
    const { crms, ...counted } = await this.store.counters()
    expect(counted).toMatchObject({ received: this.people.leads.length, accepted: this.people.leads.length })
    expect(crms).toBeDefined()
    for (const { lead, signal, ...known } of this.people.leads) {
      const said = this.people.saidOf(this.people.contactOf(known))
      const verdicts = followUps(lead, await this.store.suppression.of(await this.store.contactOf(lead)))
      for (const channel of ['email', 'phone'] as const) {
        expect(verdicts[channel].kind === 'allowed', `${channel} of ${lead.id}`).toBe(mayFollowUp(said, signal, channel))
      }
    }
  }

  async close(): Promise<void> {
    await this.#process.close()
    await this.#other?.close()
    await this.#hand.close()
  }

  #second(): ModelProcess {
    this.#other ??= this.#start()
    return this.#other
  }

  #start(): ModelProcess {
    const crms = this.#stands.map(({ crm, running }) => ({ crm, url: running.url }))
    return new ModelProcess({ redisUrl: this.#redisUrl, clock: this.#clock, board: this.followUps.board, crms })
  }

  #strong(): StrongSuppressions {
    return new StrongSuppressions(this.store.scripts, Keep)
  }

  #known(person: number, alias: Alias): Promise<readonly string[]> {
    return knownAliases(this.store.scripts, textOf(person, alias), Secret)
  }
}

function textOf(person: number, alias: Alias): string {
  return alias === 'email' ? emailOf(person) : phoneOf(person)
}
