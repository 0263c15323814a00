import type { Redis } from 'ioredis'
import { leadJobId } from '../core/index.ts'
import type { QuarantineRoom } from '../delivery/quarantine-room.ts'
import type { Entrant, LeadRegister, Registered } from '../delivery/register.ts'
import type { Admission, Arrival, LeadSink } from '../intake/lead-sink.ts'
import type { Queues } from './queues.ts'
import { setAsideUnreadable } from './set-aside.ts'

/** Takes what intake made of the journal's entries into the ledger and onto the queues `leads` and `quarantine`. */
export class LeadIntake implements LeadSink {
  readonly #redis: Redis
  readonly #register: LeadRegister
  readonly #queues: Queues
  readonly #mayTake: () => boolean
  readonly #room: QuarantineRoom | null

  /** `mayTake`: false while Redis is there and must not be given anything. `room`: for bodies that can't be understood; null for any number. */
  constructor(
    redis: Redis,
    register: LeadRegister,
    queues: Queues,
    mayTake: () => boolean = () => true,
    room: QuarantineRoom | null = null,
  ) {
    this.#redis = redis
    this.#register = register
    this.#queues = queues
    this.#mayTake = mayTake
    this.#room = room
  }

  ready(): boolean {
    return this.#redis.status === 'ready' && this.#mayTake()
  }

  accept(arrivals: readonly Arrival[]): Promise<readonly Admission[]> {
    return Promise.all(arrivals.map((arrival) => this.#accept(arrival)))
  }

  async recall(idempotencyKey: string): Promise<{ body: string; admission: Admission } | null> {
    const first = await this.#register.recall(idempotencyKey)
    if (!first) return null
    return { body: first.body, admission: { leadId: first.leadId, status: first.status as Admission['status'] } }
  }

  async #accept(arrival: Arrival): Promise<Admission> {
    try {
      const registered = await this.#register.admit(entrant(arrival))
      await this.#enqueue(arrival, registered)
      return { leadId: registered.leadId, status: registered.status }
    } catch (error) {
      // One lead that our own script fails on would hold up the whole journal behind it for ever.
      if (arrival.kind === 'quarantined' || !isScriptFailure(error)) throw error
      return this.#accept(setAside(arrival))
    }
  }

  /**
   * `duplicate` is answered only when the first one is safe: as long as it was not routed, its job may have died with the process that
   * took it, so the job is added again under the first one's id (harmless when it is there).
   */
  async #enqueue(arrival: Arrival, { leadId, state, routed }: Registered): Promise<void> {
    if (arrival.kind === 'quarantined') {
      const { kind, onlyCopy = false, ...facts } = arrival
      return setAsideUnreadable({ queues: this.#queues, room: this.#room }, facts, onlyCopy)
    }
    if (state === 'held') {
      return this.#queues.add(this.#queues.quarantine, {
        name: 'held',
        id: leadJobId(leadId),
        data: { ...arrival.lead, id: leadId },
      })
    }
    if (state === 'accepted' && !routed) {
      return this.#queues.add(this.#queues.leads, { name: 'lead', id: leadJobId(leadId), data: { ...arrival.lead, id: leadId } })
    }
  }
}

/** Of Redis's errors the one that says that the script could not go on; `OOM …` or `READONLY …` inside a script are the server's. */
function isScriptFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && /^(ERR|WRONGTYPE) .*user_script/s.test(error.message)
}

function setAside({ lead, receipt }: Exclude<Arrival, { kind: 'quarantined' }>): Arrival {
  return {
    kind: 'quarantined',
    id: receipt,
    receivedAt: lead.receivedAt,
    channel: lead.channel,
    token: '',
    reason: 'Leadsync failed to register this lead: this is a bug in Leadsync. Replay it after an update.',
    verbatim: { encoding: 'utf8', body: JSON.stringify(lead) },
    // Perhaps it is: a lead does not say whether the journal has it.
    onlyCopy: true,
  }
}

function entrant(arrival: Arrival): Entrant {
  if (arrival.kind === 'quarantined') {
    const { kind, id, receivedAt } = arrival
    return { kind, id, receivedAt, receipt: id, contentKey: null, idempotency: null, lead: null, route: null }
  }
  const { kind, lead, receipt, contentKey, idempotency } = arrival
  return { kind, id: lead.id, receivedAt: lead.receivedAt, receipt, contentKey, idempotency, lead, route: null }
}
