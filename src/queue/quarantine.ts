import type { Job } from 'bullmq'
import { Lead, leadJobId } from '../core/index.ts'
import type { QuarantineRoom } from '../delivery/quarantine-room.ts'
import type { LeadRegister } from '../delivery/register.ts'
import type { Arrival } from '../intake/lead-sink.ts'
import type { Queues } from './queues.ts'

/** What could not be understood, as it came. */
export interface Unreadable {
  readonly id: string
  readonly receivedAt: string
  readonly channel: string
  /** The token's name; null or empty where it came by another way. */
  readonly token: string | null
  readonly reason: string
  /** Null: there was no room for it, and only the journal has it. */
  readonly verbatim: { readonly encoding: 'utf8' | 'base64'; readonly body: string } | null
}

/** What waits in the quarantine for a person. */
export type SetAside =
  | { readonly kind: 'held'; readonly id: string; readonly receivedAt: string; readonly lead: Lead }
  | { readonly kind: 'quarantined'; readonly id: string; readonly receivedAt: string; readonly what: Unreadable }

/** `leadId` is the lead's that counts from now on; for a duplicate the first one's. */
export type Replayed =
  | { readonly status: 'accepted' | 'duplicate'; readonly leadId: string }
  /** It still can't be understood and stays where it is. */
  | { readonly status: 'quarantined'; readonly reason: string }

export interface QuarantineParts {
  readonly queues: Queues
  readonly register: Pick<LeadRegister, 'admit'>
  /** Absent: nobody counts the bodies. */
  readonly room?: QuarantineRoom
  /** Reads what could not be understood once more, as intake would today; null where its body is not to be had here. */
  interpret(what: Unreadable): Promise<Arrival | null>
}

const PageSize = 500
const BodyElsewhere =
  'Its body was not kept here, and this machine has no journal entry of it: replay it on the machine that took it in, within journal.keepDays.'

/** Test leads that are held, and bodies that could not be understood, as an operator handles them. */
export class Quarantine {
  readonly #parts: QuarantineParts

  constructor(parts: QuarantineParts) {
    this.#parts = parts
  }

  /** Oldest first. */
  async list(kind?: SetAside['kind']): Promise<readonly SetAside[]> {
    const found: SetAside[] = []
    for (let from = 0; ; from += PageSize) {
      const jobs: Job[] = await this.#parts.queues.quarantine.getJobs(['waiting'], from, from + PageSize - 1, true)
      found.push(...jobs.filter(Boolean).flatMap(read))
      if (jobs.length < PageSize) break
    }
    return found.filter((one) => kind === undefined || one.kind === kind)
  }

  async find(id: string): Promise<SetAside | null> {
    const job: Job | undefined = await this.#parts.queues.quarantine.getJob(leadJobId(id))
    return job ? (read(job)[0] ?? null) : null
  }

  /** Sends it on its way: ledger, then queue, then out of the quarantine; repeating it after a crash in between is harmless. */
  async replay(one: SetAside): Promise<Replayed> {
    const arrival = one.kind === 'held' ? null : await this.#parts.interpret(one.what)
    if (arrival?.kind === 'quarantined') return { status: 'quarantined', reason: arrival.reason }
    // A person who replays a test lead wants to see it in the CRM: it is not held again.
    const lead = arrival?.lead ?? (one.kind === 'held' ? one.lead : null)
    if (lead === null) return { status: 'quarantined', reason: BodyElsewhere }
    const replayed = await this.#admit(one.id, lead, arrival?.contentKey ?? null)
    await this.discard(one)
    return replayed
  }

  /** Its counter stays: it says what came in. Nothing more becomes of it. False when it was gone already. */
  async discard({ id }: SetAside): Promise<boolean> {
    const wasThere = (await this.#parts.queues.quarantine.remove(leadJobId(id))) === 1
    await this.#parts.room?.give(leadJobId(id))
    return wasThere
  }

  async #admit(id: string, lead: Lead, contentKey: string | null): Promise<Replayed> {
    const { queues, register } = this.#parts
    const sameId = lead.id === id
    const { status, leadId, state, routed } = await register.admit({
      kind: 'accepted',
      id: lead.id,
      receivedAt: lead.receivedAt,
      receipt: sameId ? null : id,
      contentKey: sameId ? null : contentKey,
      idempotency: null,
      lead,
      route: null,
      replayOf: id,
    })
    if (state === 'accepted' && !routed) {
      await queues.add(queues.leads, { name: 'lead', id: leadJobId(leadId), data: { ...lead, id: leadId } })
    }
    return { status: status === 'duplicate' ? 'duplicate' : 'accepted', leadId }
  }
}

function read({ name, data }: Job): SetAside[] {
  if (name === 'held') {
    const lead = Lead.safeParse(data)
    return lead.success ? [{ kind: 'held', id: lead.data.id, receivedAt: lead.data.receivedAt, lead: lead.data }] : []
  }
  const what = data as Unreadable
  return typeof what.id === 'string' ? [{ kind: 'quarantined', id: what.id, receivedAt: what.receivedAt, what }] : []
}
