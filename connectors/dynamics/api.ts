import { type ConnectorDependencies, DeliveryError, type HttpRequestPreview } from '../../src/core/index.ts'
import { metByProbe, type Suspicion } from '../kit/doubt.ts'
import { ofEverybody } from '../kit/one-record.ts'
import { shortRetry } from '../kit/short-retry.ts'
import { brokenGateway, refusedWith, sentence } from './errors.ts'
import { Harmless, takeApart } from './requests/apart.ts'
import { inLanes } from './requests/lanes.ts'
import type { Operation, Reply } from './requests/operation.ts'
import { isBare, isBatchRefused, isOrgWide, isTooLong, type Outcome, outcomesOf } from './requests/outcomes.ts'
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
  const suspicion: Suspicion = { aloneInARow: 0 }
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
    if (one.isBatch && isBatchRefused(sent) && !isBare(sent)) return singly(one, asking)
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
    // What is taken without any doubt ends a row of refusals, too. A reading does not: what stands in between may let all of those through.
    if (operations.some((one) => one.method !== 'GET' && replies.get(one)?.kind === 'ok')) suspicion.aloneInARow = 0
    for (const [operation, reply] of await apart(replies, asking)) replies.set(operation, reply)
    return operations.map((operation) => replies.get(operation) ?? unjudged())
  }

  /** What was refused without a reason may be about one of them, or about batches as such. */
  async function apart(replies: ReadonlyMap<Operation, Reply>, asking: Asking): Promise<ReadonlyMap<Operation, Reply>> {
    const bare = [...replies].flatMap(([operation, reply]) =>
      reply.kind === 'refused' && reply.isBare ? [{ operation, reply }] : [],
    )
    const [first] = bare
    const isBroken = bare.length === 1 && (first?.reply.error.status ?? 0) >= 500
    if (first === undefined || isBroken || asking.signal.aborted) return new Map()
    const operations = bare.map(({ operation }) => operation)
    const [probe, isForBatch] = await harmless(Math.min(2, operations.length, batchSize()), asking)
    if (!isForBatch) return takenApart(operations, first.reply.error, probe, asking)
    const [lone] = await harmless(1, asking)
    const met = metByProbe(lone)
    if (met !== null) {
      const error = ofEverybody(met, (say) => sentence(crm, say))
      return new Map(operations.map((operation) => [operation, { kind: 'refused', ...refusedWith(error) }]))
    }
    const [one] = requestsFor(operations, operations.length)
    const alone = one ? await singly(one, asking) : []
    return new Map(operations.map((operation, place) => [operation, alone[place]?.reply ?? first.reply]))
  }

  function takenApart(operations: readonly Operation[], refusal: DeliveryError, probe: Reply, asking: Asking) {
    return takeApart(operations, refusal, {
      ...{ crm, suspicion, batchSize: batchSize(), probe },
      send: (part) => together(requestsFor(part, part.length), asking),
    })
  }

  /** What becomes of so many operations that change nothing, and whether it was their being in a batch that was refused. */
  async function harmless(count: number, asking: Asking): Promise<[reply: Reply, isForBatch: boolean]> {
    const [one] = requestsFor(Array<Operation>(count).fill(Harmless), count)
    if (one === undefined) return [unjudged(), false]
    const sent = await sender.send(one.call, asking)
    const [met] = outcomesOf(one, sent, { crm, now: now(), hasFixedToken: settings.auth === 'static-token' })
    return [met?.reply ?? unjudged(), one.isBatch && isBatchRefused(sent)]
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
