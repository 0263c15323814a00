import { type AcceptRules, accepts, namesOne, offerNames } from '../core/index.ts'
import { addRedelivery } from '../queue/redelivery.ts'
import { type PastLead, pastLeads, reopen, type TimeRange } from '../store/past-leads.ts'
import type { OpenStore } from './open-store.ts'

export interface RedeliverAsked {
  readonly crm: string
  readonly accept: AcceptRules
  /** By when they came in. */
  readonly range: TimeRange
  /** As `accept.offers` names offers; null: any. */
  readonly offer: string | null
  /** Whether follow-ups may be planned for leads that have none. */
  readonly followUps: boolean
  readonly dryRun: boolean
}

/** How many leads of the range stand how. */
export interface Redelivered {
  readonly redelivered: number
  /** Of those the ones that this CRM never was asked about. */
  readonly new: number
  readonly waiting: number
  readonly parked: number
  readonly notWanted: number
  /** Given up by a person, or their person was forgotten. */
  readonly ended: number
  readonly notRouted: number
  /** Their bodies are gone. */
  readonly tooOld: number
  /** Their old jobs would not end. */
  readonly inHand: number
}

type Count = keyof Redelivered

/** Few enough to spare the Redis that the daemon works with. */
const AtOnce = 50

/** Puts past leads on their way to one CRM once more. Killed in between, the next call goes on: what it did is not done twice. */
export async function redeliverLeads(
  store: OpenStore,
  asked: RedeliverAsked,
  looked: (seen: number) => void,
): Promise<Redelivered> {
  const counts: Record<Count, number> = {
    redelivered: 0,
    new: 0,
    waiting: 0,
    parked: 0,
    notWanted: 0,
    ended: 0,
    notRouted: 0,
    tooOld: 0,
    inHand: 0,
  }
  let seen = 0
  for await (const leads of pastLeads(store.scripts, asked.crm, asked.range)) {
    for (let from = 0; from < leads.length; from += AtOnce) {
      const some = leads.slice(from, from + AtOnce)
      const found = await Promise.all(some.map((lead) => one(store, asked, lead)))
      for (const count of found.flat()) counts[count] += 1
      seen += some.length
      looked(seen)
    }
  }
  return counts
}

async function one(store: OpenStore, asked: RedeliverAsked, past: PastLead): Promise<readonly Count[]> {
  const { lead, state } = past
  if (asked.offer !== null && lead !== null && !namesOne([asked.offer], offerNames(lead.offer))) return []
  if (!past.routed) return ['notRouted']
  if (state === 'parked') return ['parked']
  if (state === 'waiting' || state === 'ask' || state === 'written') return await waiting(store, asked, past)
  if (state === 'discarded' || state === 'forgotten') return ['ended']
  if (lead === null) return ['tooOld']
  if (!accepts(asked.accept, lead)) return ['notWanted']
  const isNew: readonly Count[] = state === null ? ['new'] : []
  return asked.dryRun ? ['redelivered', ...isNew] : await again(store, asked, past, isNew)
}

/** Where an earlier run was killed it may have no job. */
async function waiting(
  { queues }: OpenStore,
  { crm, dryRun }: RedeliverAsked,
  { key, again: isAgain }: PastLead,
): Promise<readonly Count[]> {
  if (isAgain && !dryRun) await addRedelivery(queues, crm, key)
  return ['waiting']
}

async function again(
  { scripts, queues }: OpenStore,
  { crm, followUps }: RedeliverAsked,
  { key }: PastLead,
  isNew: readonly Count[],
): Promise<readonly Count[]> {
  switch (await reopen(scripts, crm, key, { followUps })) {
    case 'reopened':
      return [(await addRedelivery(queues, crm, key)) ? 'redelivered' : 'inHand', ...isNew]
    case 'open':
      return ['waiting']
    case 'ended':
      return ['ended']
    case 'gone':
      return ['tooOld']
  }
}
