import { setTimeout as wait } from 'node:timers/promises'
import { apiBody, marketplaceBody } from './body.ts'
import { ApiToken, MarketplaceToken } from './logins.ts'
import type { Person, PlannedLead } from './people.ts'
import type { Plan } from './plan.ts'

/** What its sender knows of one lead. Times are ms since the epoch. */
export interface Promised {
  /** Every id it was ever answered with; more than one means that it was taken for more than one lead. */
  readonly leadIds: ReadonlySet<string>
  readonly sentAt: number
  readonly answeredAt: number
}

export interface Crowd {
  /** Those that got a 2xx. */
  readonly promises: ReadonlyMap<number, Promised>
  /** Answers 2xx, of whatever kind. */
  received(): number
  /** Leads that are answered, once each: what the faults go by. */
  progress(): number
  /** Answers that are neither a promise nor a request to come again: there must be none. */
  readonly refusals: readonly string[]
  /** Resolves when everything is sent, or when `signal` says so. */
  readonly done: Promise<unknown>
}

export interface CrowdSetup {
  readonly plan: Plan
  readonly intakeUrl: string
  readonly startedAt: number
  /** Leads a second, of all senders together. */
  readonly pace: number
  readonly signal: AbortSignal
}

const AnswerWithinMs = 6_000
const AgainMs = 100

/** Sends what is planned over HTTP. Whoever is answered 503, or not at all, sends the same again until there is a promise. */
export function startCrowd({ plan, intakeUrl, startedAt, pace, signal }: CrowdSetup): Crowd {
  const promises = new Map<number, { leadIds: Set<string>; sentAt: number; answeredAt: number }>()
  const refusals: string[] = []
  const people = new Map(plan.people.map((person) => [person.n, person]))
  let received = 0
  let nextAt = performance.now()

  async function walk(lane: readonly PlannedLead[]): Promise<void> {
    for (const lead of lane) {
      const person = people.get(lead.person)
      if (signal.aborted || person === undefined) return
      await turn()
      await Promise.all(lead.again === 'together' ? [send(person, lead), send(person, lead)] : [send(person, lead)])
      if (lead.again === 'after') await send(person, lead)
    }
  }

  async function turn(): Promise<void> {
    const now = performance.now()
    nextAt = Math.max(now, nextAt + 1_000 / pace)
    if (nextAt > now) await wait(nextAt - now, undefined, { signal }).catch(() => undefined)
  }

  async function send(person: Person, lead: PlannedLead): Promise<void> {
    const sentAt = Date.now()
    while (!signal.aborted) {
      const leadId = await post(person, lead)
      if (leadId !== null) return note(lead, leadId, sentAt)
      await wait(AgainMs)
    }
  }

  function note({ n }: PlannedLead, leadId: string, sentAt: number): void {
    received += 1
    const known = promises.get(n) ?? { leadIds: new Set(), sentAt, answeredAt: Date.now() }
    known.leadIds.add(leadId)
    promises.set(n, known)
  }

  /** The lead's id; null: no promise. */
  async function post(person: Person, lead: PlannedLead): Promise<string | null> {
    const api = person.channel === 'api'
    try {
      const response = await fetch(`${intakeUrl}/intake/${api ? 'leads' : `marketplace/${MarketplaceToken}`}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(api ? { authorization: `Bearer ${ApiToken}` } : {}) },
        body: api ? apiBody(person, lead, startedAt) : marketplaceBody(person, lead),
        signal: AbortSignal.timeout(AnswerWithinMs),
      })
      const text = await response.text()
      if (response.status === 202) return leadIdIn(text)
      if (response.status !== 503) refusals.push(`lead ${lead.n}: ${response.status} ${text}`)
      return null
    } catch {
      return null
    }
  }

  function leadIdIn(text: string): string | null {
    const answer = JSON.parse(text) as Answer & { readonly results?: readonly Answer[] }
    const { leadId, status } = answer.results?.[0] ?? answer
    if (status === 'accepted' || status === 'duplicate') return leadId
    refusals.push(`answered ${status}`)
    return leadId
  }

  return {
    promises,
    refusals,
    received: () => received,
    progress: () => promises.size,
    done: Promise.all(plan.lanes.map(walk)),
  }
}

interface Answer {
  readonly leadId: string
  readonly status: string
}
