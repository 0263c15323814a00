import { compileMapping, type DecideRules, type MappingRules, NoQualification } from '../../src/core/index.ts'
import { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { OrgBinding } from '../../src/delivery/org-binding.ts'
import { endings } from '../kit/crm-parts.ts'
import { openFollowUps } from '../kit/follow-up-parts.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { LockMs, openStore, type StoreParts } from '../kit/store-parts.ts'
import { Emptied, Stages } from './contact-model.ts'
import type { ModelCrm } from './crms.ts'
import { type Death, Mortal } from './mortal.ts'

export interface Clock {
  ms: number
}

export interface ProcessParts {
  readonly redisUrl: string
  readonly clock: Clock
  readonly crms: readonly { readonly crm: ModelCrm; readonly url: string }[]
}

/** One daemon's deliveries to each CRM, with a Redis connection and connectors of its own. */
export class ModelProcess {
  readonly store: StoreParts
  readonly #mortal = new Mortal()
  readonly #deliveries = new Map<string, CrmDelivery>()
  readonly #ending = new AbortController()
  readonly #connectors: { stop(): Promise<void> }[] = []

  constructor({ redisUrl, clock, crms }: ProcessParts) {
    this.store = openStore(redisUrl)
    this.store.clock.ms = clock.ms
    const { redis, orgs } = this.store
    const send = redis.sendCommand.bind(redis)
    redis.sendCommand = (command, stream) => this.#mortal.pass(async () => await send(command, stream))
    for (const { crm, url } of crms) {
      const { log } = recordedLog()
      const fetch: typeof globalThis.fetch = (input, init) => this.#mortal.pass(() => globalThis.fetch(input, init))
      const now = () => clock.ms
      const connector = crm.connect(url, { crm: crm.name, fetch, now, log })
      const common = { crm: crm.name, connector, signal: this.#ending.signal, now }
      const { ledger, lock, contacts, suppression } = this.store
      this.#connectors.push(connector)
      this.#deliveries.set(
        crm.name,
        new CrmDelivery({
          ...common,
          org: new OrgBinding({ ...common, sharedOrg: false, orgs }),
          rules: rulesOf(crm, (object) => connector.identity(object)),
          accept: {},
          ledger,
          lock,
          contacts,
          suppression,
          followUps: openFollowUps(this.store, { now }),
          lockMs: LockMs,
        }),
      )
    }
  }

  /** How each ended, by its key. */
  async deliver(crm: string, leadKeys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const delivery = this.#of(crm)
    const ended = endings(await Promise.allSettled(leadKeys.map((key) => delivery.deliver(key))))
    return new Map(leadKeys.map((key, index) => [key, String(ended[index])]))
  }

  /** Has the markers follow what is said of the contact under which this lead is delivered. */
  async mark(crm: string, contactId: string): Promise<string> {
    const [ended] = endings(await Promise.allSettled([this.#of(crm).mark(contactId, `mark ${contactId}`)]))
    return String(ended)
  }

  #of(crm: string): CrmDelivery {
    const delivery = this.#deliveries.get(crm)
    if (!delivery) throw new Error(`There is no CRM ${crm}.`)
    return delivery
  }

  /** False when it lives on: it was done before its time. */
  async deliverAndDie(crm: string, leadKeys: readonly string[], death: Death): Promise<boolean> {
    this.#mortal.doom(death)
    await Promise.race([this.deliver(crm, leadKeys), this.#mortal.died])
    if (!this.#mortal.isDead) this.#mortal.spare()
    if (this.#mortal.isDead) await this.#mortal.died
    return this.#mortal.isDead
  }

  async close(): Promise<void> {
    this.#ending.abort()
    for (const delivery of this.#deliveries.values()) delivery.stop()
    for (const connector of this.#connectors) await connector.stop()
    await this.store.close()
  }
}

/** One field of each policy. The last one is what the configuration refuses: should a mapping get that far, no opt-out is cleared all the same. */
function rulesOf({ object, names, mode, optOutFields }: ModelCrm, identity: DecideRules['identity']): DecideRules {
  const fields: MappingRules[string] = {
    [names.first]: { from: 'person.firstName' },
    [names.last]: { from: 'person.lastName' },
    [names.title]: { from: 'person.jobTitle', policy: 'overwrite', values: { [Emptied]: null }, onUnknown: 'keep' },
    [names.company]: { from: 'person.company', policy: 'ours' },
    [names.stage]: { from: 'stage', policy: 'overwrite' },
    [names.wish]: { from: 'notes', policy: 'create-only' },
    [names.lastLead]: { from: 'occurredAt', policy: 'overwrite' },
    [names.optOuts.email]: { value: false, policy: 'overwrite' },
  }
  return {
    mapping: compileMapping({ [object]: fields }),
    identity,
    target: object,
    doNotContact: { mode, createIfMissing: false, markers: names.markers },
    policies: { onMany: 'park', onDeleted: 'recreate', onClosed: 'new-record', optOutFields },
    lastLeadField: names.lastLead,
    touches: { as: 'field', field: names.history },
    digest: (value) => `digest of ${value}`,
    stageOrder: Stages,
    qualification: NoQualification,
  }
}
