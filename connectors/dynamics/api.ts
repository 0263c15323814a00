import { type ConnectorDependencies, DeliveryError, type HttpRequestPreview } from '../../src/core/index.ts'
import { shortRetry } from '../kit/short-retry.ts'
import { brokenGateway, refusedWith } from './errors.ts'
import { inLanes } from './requests/lanes.ts'
import type { Operation, Reply } from './requests/operation.ts'
import { isBatchRefused, isOrgWide, isTooLong, type Outcome, outcomesOf } from './requests/outcomes.ts'
import { type PlannedRequest, previewOf, requestsFor } from './requests/requests.ts'
import { type Asking, createSender, type Sent } from './requests/sender.ts'
import type { Settings } from './settings.ts'
import { WhoAmI } from './wire.ts'

export interface Who {
  readonly org: string
  readonly user: string
  readonly businessUnit: string
}

export interface Api {
  get(path: string, signal: AbortSignal): Promise<Reply>
  /**
   * Each operation judged by itself, same length and order. Only for operations that may be made twice (GET, PATCH of a record whose id is
   * known, DELETE): those that time may mend are tried again by themselves.
   */
  all(operations: readonly Operation[], signal: AbortSignal): Promise<Reply[]>
  /** Pure: the requests as `all` sends them first. */
  preview(operations: readonly Operation[]): HttpRequestPreview[]
  /** For what makes something each time it is sent: one try. Without an answer it may have happened all the same. */
  post(path: string, body: object, signal: AbortSignal): Promise<Reply>
  /** Whose token it is (WhoAmI), asked once. Rejects with why that is not known. */
  who(signal: AbortSignal): Promise<Who>
}

/** Then it is asked again whether it takes them now. */
const WithoutBatchesMs = 60 * 60_000
/** Then batches are tried in full size again. */
const SmallerBatchesMs = 10 * 60_000

/**
 * The Web API through Microsoft's SDK. Every try, wait and limit is ours: see `transport.ts` (one request), `sender.ts` (tokens, slots) and
 * `outcomes.ts` (what an answer means). Here operations become requests and come back as replies.
 */
export function createApi(settings: Settings, dependencies: ConnectorDependencies): Api {
  const { crm, now } = dependencies
  const sender = createSender(settings, dependencies)
  let withoutBatchesUntil = 0
  let smaller = { size: settings.batchSize, until: 0 }
  let known: Who | null = null

  function planned(operations: readonly Operation[]): PlannedRequest[] {
    return requestsFor(operations, batchSize())
  }

  function batchSize(): number {
    if (now() < withoutBatchesUntil) return 1
    return now() < smaller.until ? smaller.size : settings.batchSize
  }

  /** One record may be what takes so long, and whatever is behind it in its batch would never get its turn. */
  function tookTooLong({ operations }: PlannedRequest): void {
    smaller = { size: Math.max(1, Math.floor(operations.length / 2)), until: now() + SmallerBatchesMs }
  }

  async function request(one: PlannedRequest, asking: Asking): Promise<Outcome[]> {
    const sent = await sender.send(one.call, asking)
    if (one.isBatch && isBatchRefused(sent)) return singly(one, asking)
    if (one.isBatch && one.operations.length > 1 && isTooLong(sent)) return inHalves(one, asking)
    if (one.operations.length > 1 && sent.kind === 'timeout') tookTooLong(one)
    const outcomes = outcomesOf(one, sent, { crm, now: now(), hasFixedToken: settings.auth === 'static-token' })
    if (!one.isBatch) return outcomes
    // Of a batch that was taken some parts may have been too many.
    for (const { reply } of outcomes) if (reply.kind === 'refused') sender.allowance.refused(reply, sent.startedAt)
    return withNewToken(one, outcomes, sent, asking)
  }

  /** A token may come to its end, or be taken back, in the midst of a batch. */
  async function withNewToken(one: PlannedRequest, outcomes: Outcome[], sent: Sent, asking: Asking): Promise<Outcome[]> {
    const late = one.operations.filter((_, place) => isTokenRefused(outcomes[place]))
    const fresh = late.length > 0 && sent.token !== null ? await sender.renew(sent.token, asking) : null
    if (fresh === null) return outcomes
    const failed =
      fresh instanceof DeliveryError ? ({ reply: { kind: 'refused', ...refusedWith(fresh) }, again: 'no' } as const) : null
    const later = failed ? late.map(() => failed) : await together(planned(late), asking)
    const answers = new Map(late.map((operation, place) => [operation, later[place]]))
    return one.operations.flatMap((operation, place) => answers.get(operation) ?? outcomes[place] ?? [])
  }

  /** What stands before an environment may take less at once than it does; a record that is too long by itself costs itself alone. */
  function inHalves({ operations }: PlannedRequest, asking: Asking): Promise<Outcome[]> {
    return together(requestsFor(operations, Math.ceil(operations.length / 2)), asking)
  }

  async function singly({ operations }: PlannedRequest, asking: Asking): Promise<Outcome[]> {
    const outcomes = await together(requestsFor(operations, 1), asking)
    // Whoever refuses everything has nothing against batches.
    if (outcomes.some(({ reply }) => reply.kind === 'ok' || !isOrgWide(reply))) withoutBatchesUntil = now() + WithoutBatchesMs
    return outcomes
  }

  /** What the first refusal of all says would be said to the others too: they are not sent any more. */
  async function together(requests: readonly PlannedRequest[], asking: Asking): Promise<Outcome[]> {
    const ended: { by: Outcome | null } = { by: null }
    const outcomes = await inLanes(requests, settings.concurrentRequests, async (one) => {
      const { by } = ended
      if (by !== null) return one.operations.map(() => by)
      const judged = await request(one, asking)
      ended.by ??= judged.find(({ reply, again }) => again !== 'once' && reply.kind === 'refused' && isOrgWide(reply)) ?? null
      return judged
    })
    return outcomes.flat()
  }

  async function all(operations: readonly Operation[], signal: AbortSignal): Promise<Reply[]> {
    const asking: Asking = { signal, renewed: null }
    const replies = new Map<Operation, Reply>()
    const repeated = new Set<Operation>()
    let waiting = [...new Set(operations)]
    function isWorthAgain(operation: Operation, { again }: Outcome): boolean {
      if (again !== 'once') return again === 'yes'
      const isFirst = !repeated.has(operation)
      repeated.add(operation)
      return isFirst
    }
    async function round(): Promise<number> {
      const outcomes = await together(planned(waiting), asking)
      const sent = waiting
      waiting = sent.filter((operation, place) => {
        const outcome = outcomes[place]
        if (outcome) replies.set(operation, outcome.reply)
        return outcome !== undefined && isWorthAgain(operation, outcome)
      })
      return waiting.length
    }
    await shortRetry(round, (left) => (left > 0 ? 0 : null), signal)
    return operations.map((operation) => replies.get(operation) ?? unjudged())
  }

  async function get(path: string, signal: AbortSignal): Promise<Reply> {
    const [reply] = await all([{ method: 'GET', path }], signal)
    return reply ?? unjudged()
  }

  function unjudged(): Reply {
    return { kind: 'refused', ...refusedWith(brokenGateway(crm, 200)) }
  }

  return {
    get,
    all,
    preview: (operations) => planned(operations).map(previewOf),
    async post(path, body, signal) {
      const [one] = requestsFor([{ method: 'POST', path, body }], 1)
      const [outcome] = one ? await request(one, { signal, renewed: null }) : []
      return outcome?.reply ?? unjudged()
    },
    async who(signal) {
      if (known !== null) return known
      const reply = await get('WhoAmI', signal)
      if (reply.kind === 'refused') throw reply.error
      const me = WhoAmI.safeParse(reply.body).data
      if (!me) throw brokenGateway(crm, reply.status)
      known = { org: me.OrganizationId, user: me.UserId, businessUnit: me.BusinessUnitId }
      return known
    },
  }
}

/** Whether a part of a batch was refused for its token. */
function isTokenRefused(outcome: Outcome | undefined): boolean {
  return outcome?.reply.kind === 'refused' && outcome.reply.error.status === 401 && outcome.reply.error.code === 'unauthorized'
}
