import { expect } from 'vitest'
import { followUps } from '../../src/core/index.ts'
import { knownAliases } from '../../src/store/contact-lookup.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { Keep } from '../kit/store-parts.ts'
import { CrmWorld } from './crm-world.ts'
import { type ModelCrm, modelCrms, type RunningCrm } from './crms.ts'
import type { Death } from './mortal.ts'
import { type Alias, emailOf, HourMs, type LeadChoice, PeopleModel, phoneOf, Secret } from './people.ts'
import { type Clock, ModelProcess } from './process.ts'
import { mayFollowUp, type Said } from './suppression-model.ts'

export interface Stand {
  readonly crm: ModelCrm
  readonly running: RunningCrm
}

/** The product and its model side by side: whatever happens, happens to both. */
export class World {
  readonly people = new PeopleModel()
  readonly crms: readonly CrmWorld[]
  readonly #clock: Clock = { ms: Date.parse('2026-11-23T12:00:00.000Z') }
  readonly #redisUrl: string
  readonly #stands: readonly Stand[]
  #process: ModelProcess
  #other: ModelProcess | null = null

  constructor(redisUrl: string, stands: readonly Stand[]) {
    this.#redisUrl = redisUrl
    this.#stands = stands
    this.#process = this.#start()
    this.crms = stands.map(({ crm, running }) => new CrmWorld(crm, running.url, this.people))
  }

  get store() {
    return this.#process.store
  }

  async come(choice: LeadChoice): Promise<void> {
    const known = this.people.add(choice)
    await this.store.enter(
      known.lead,
      modelCrms.map(({ name }) => name),
    )
    for (const crm of this.crms) crm.expect(known)
  }

  /** A repetition after a crash changes nothing. */
  async comeAgain(index: number): Promise<void> {
    const known = this.people.leads[index % Math.max(1, this.people.leads.length)]
    if (known)
      await this.store.enter(
        known.lead,
        modelCrms.map(({ name }) => name),
      )
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

  async deliver(crm: CrmWorld, picks: readonly number[]): Promise<void> {
    await crm.deliver(this.#process, picks)
  }

  async redeliver(crm: CrmWorld, pick: number): Promise<void> {
    await crm.redeliver(this.#process, pick)
  }

  async race(crm: CrmWorld, one: readonly number[], other: readonly number[]): Promise<void> {
    this.#other ??= this.#start()
    await crm.race(this.#process, this.#other, one, other)
  }

  async interrupt(crm: CrmWorld, picks: readonly number[], fault: { commit: boolean; reset: boolean }): Promise<void> {
    await crm.interrupt(this.#process, picks, fault)
  }

  async crash(crm: CrmWorld, picks: readonly number[], death: Death): Promise<void> {
    const dying = this.#process
    await crm.crash(dying, picks, death, async () => {
      await dying.close()
      this.#process = this.#start()
      return this.#process
    })
  }

  async unlock(crm: CrmWorld): Promise<void> {
    await crm.unlock(this.#process)
  }

  async mark(crm: CrmWorld, person: number, wanted: Alias): Promise<void> {
    await crm.mark(this.#process, this.people.contactOf({ person, alias: this.people.aliasOf(person, wanted) }))
  }

  /** Everything that waits is delivered, and all is as it must be. */
  async drain(): Promise<void> {
    for (const crm of this.crms) await crm.drain(this.#process)
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
  }

  #start(): ModelProcess {
    const crms = this.#stands.map(({ crm, running }) => ({ crm, url: running.url }))
    return new ModelProcess({ redisUrl: this.#redisUrl, clock: this.#clock, crms })
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
