import { identityKeys, type Lead } from '../core/index.ts'
import { phoneAlias } from './aliases.ts'
import { leadBody } from './lead-lookup.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { type Retention, seconds } from './retention.ts'
import { scanKeys } from './scan-keys.ts'

export interface CrmRecord {
  readonly crm: string
  /** `contact/33451`. */
  readonly record: string
}

/** What the store knows of somebody who is to be forgotten; kept until the end, so that a run that was killed goes on. */
export interface Traces {
  /** The contact and those that were joined into it. */
  readonly contacts: readonly string[]
  readonly aliases: readonly string[]
  /** Ledger keys. Those that nobody has looked for yet are missing. */
  readonly leads: readonly string[]
  readonly crms: readonly string[]
  readonly records: readonly CrmRecord[]
}

export interface ForgetOptions {
  readonly secret: string
  readonly retention: Pick<Retention, 'ledgerDays'>
  now(): number
}

const KeysOfMarkers = /^(same|print|idem):/

/** One person's way out of the store, found by the alias of an e-mail address. Every step may be done twice. */
export class PersonToForget {
  readonly #scripts: Scripts
  readonly #alias: string
  readonly #options: ForgetOptions

  constructor(scripts: Scripts, alias: string, options: ForgetOptions) {
    this.#scripts = scripts
    this.#alias = alias
    this.#options = options
  }

  /** What is there; changes nothing. */
  async look(): Promise<Traces> {
    return (await this.#step('look')).traces
  }

  /** From here on leads that happened before now are kept out, whichever way they come. */
  async begin(): Promise<Traces> {
    return (await this.#step('begin')).traces
  }

  /**
   * Takes the contact away, with its aliases and history; suppressions stay. `until` in ms: up to then leads are forgotten, what happens later
   * is somebody new. Null when the contact is no longer the ones in `contacts`, whose locks are held: then nothing was changed.
   */
  async detach(contacts: readonly string[]): Promise<{ readonly until: number; readonly traces: Traces } | null> {
    const step = await this.#step('detach', { contacts })
    return step.until === 0 ? null : step
  }

  /** All that was found since `begin`. */
  async noted(): Promise<Traces> {
    return (await this.#step('noted')).traces
  }

  /** Call it when nothing is left to do or to tell. */
  async end(): Promise<void> {
    await this.#step('end')
  }

  /** Ledger keys of the person's leads that came until then (ms), also of those whose own id names the person. */
  async leads({ contacts, leads }: Traces, until: number, isNamed: (leadId: string) => boolean): Promise<readonly string[]> {
    const found = new Set(leads)
    const ours = new Set(contacts)
    for await (const keys of scanKeys(this.#scripts, 'lead:*')) {
      const entries = await Promise.all(keys.map((key) => this.#scripts.redis.hmget(key, 'c', 'at', 'id')))
      for (const [index, [contact, at, id]] of entries.entries()) {
        const theirs = (contact && ours.has(contact)) || (id && isNamed(id))
        if (theirs && Number(at) <= until) found.add(String(keys[index]).slice(`${KeyPrefix}lead:`.length))
      }
    }
    return [...found]
  }

  /** `lead` where it is at hand, `crms` those that are asked for leads now. False when the ledger has no such lead. */
  async forgetLead(key: string, lead: Lead | null, crms: readonly string[]): Promise<boolean> {
    const { secret, retention } = this.#options
    const body = lead ?? (await leadBody(this.#scripts, key))
    const phone = body && identityKeys(body).phone
    const argument = {
      k: key,
      alias: this.#alias,
      crms,
      phone: phone ? phoneAlias(phone, secret) : undefined,
      ledgerSeconds: seconds(retention.ledgerDays),
    }
    return (await this.#scripts.run('forget-lead', JSON.stringify(argument))) === 1
  }

  /** What finds duplicates would take the same person's next lead for one that came before, and may name the lead by a foreign id. */
  async forgetMarkers(leads: readonly string[]): Promise<void> {
    const ours = new Set(leads)
    for await (const keys of scanKeys(this.#scripts, '*')) {
      const markers = keys.filter((key) => KeysOfMarkers.test(key.slice(KeyPrefix.length)))
      await Promise.all(markers.map((key) => this.#forgetMarker(key, ours)))
    }
  }

  async #forgetMarker(key: string, leads: ReadonlySet<string>): Promise<void> {
    const { redis } = this.#scripts
    if (key.startsWith(`${KeyPrefix}idem:`)) {
      const lead = await redis.hget(key, 'k')
      if (lead !== null && leads.has(lead)) await this.#step('marker', { key, lead })
      return
    }
    const members = await redis.zrange(key, '0', '-1')
    // `key` or `key id`.
    const ours = members.filter((member) => leads.has(member.split(' ')[0] ?? ''))
    if (ours.length > 0) await redis.zrem(key, ...ours)
  }

  async #step(verb: 'look' | 'noted' | 'begin' | 'detach' | 'marker' | 'end', more: object = {}) {
    const argument = { alias: this.#alias, now: this.#options.now(), ...more }
    const answer = (await this.#scripts.run('forget', verb, JSON.stringify(argument))) as [string | number, string[]]
    return { until: Number(answer[0]), traces: readTraces(answer[1]) }
  }
}

function readTraces(noted: readonly string[]): Traces {
  const all = [...new Set(noted)].map((one) => JSON.parse(one) as string[])
  const of = (kind: string) => all.filter((one) => one[0] === kind).map((one) => String(one[1]))
  const records = all.filter((one) => one[0] === 'record').map((one) => ({ crm: String(one[1]), record: String(one[2]) }))
  return { contacts: of('contact'), aliases: of('alias'), leads: of('lead'), crms: of('crm'), records }
}
