import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type LeadProblem, MostLevels, tooDeep, type WrongTries } from '../core/index.ts'
import { OtherBody, refuse } from './answers.ts'
import { bodyMark, type EntryMakerOptions, idempotencyKey, makeEntry } from './entry-maker.ts'
import type { Interpreter } from './interpret.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { Admission, LeadSink } from './lead-sink.ts'
import type { Received, Reception } from './reception.ts'
import { type ApiToken, type IntakeToken, tokenFinder } from './tokens.ts'

export interface LeadsRouteOptions extends EntryMakerOptions {
  readonly apiTokens: readonly ApiToken[]
  /** Of one lead. */
  readonly bodyLimitBytes: number
  readonly reception: Reception
  readonly interpreter: Interpreter
  readonly wrongTokens: WrongTries
}

type Result = ({ readonly index: number } & Admission) | Rejection

interface Rejection {
  readonly index: number
  readonly status: 'rejected'
  readonly errors: readonly LeadProblem[]
}

const Route = 'leads'
const MostLeads = 1_000
const MostBytes = 16 * 1024 * 1024

/** `POST /intake/leads`: up to 1,000 leads in our own schema, each judged and kept by itself. */
export async function leadsRoute(app: FastifyInstance, options: LeadsRouteOptions): Promise<void> {
  const find = tokenFinder(options.apiTokens)
  app.decorateRequest('apiToken', null)

  async function checkToken(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const presented = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    const token = presented === undefined ? null : find(presented)
    if (token === null) return refuseToken(request, reply)
    request.setDecorator('apiToken', { ...token, tags: token.tags ?? [], offer: null })
    request.headers['content-type'] = 'application/octet-stream'
  }

  function refuseToken(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const seconds = options.wrongTokens.note(request.ip)
    if (seconds !== null)
      return refuse(reply.header('retry-after', seconds), 429, 'Too many requests without a valid token. Wait a minute.')
    reply.header('www-authenticate', 'Bearer realm="leadsync"')
    return refuse(reply, 401, 'Send one of the configured API tokens as "Authorization: Bearer TOKEN".')
  }

  async function take(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const leads = readLeads(body)
    if (typeof leads === 'string') return refuse(reply, 422, leads)
    const token = request.getDecorator<IntakeToken>('apiToken')
    const keys = keysOf(request.headers['idempotency-key'], token, leads, body)
    const earlier = await Promise.all(keys.map((key) => (key === null ? null : options.reception.recall(key.key))))
    if (earlier.some((answer, index) => answer !== null && answer.body !== keys[index]?.body))
      return refuse(reply, 422, OtherBody)
    const results = await keepAll(leads, earlier, keys, token)
    if (results.some((result) => result.status !== 'rejected')) return reply.code(202).send({ results })
    return reply.code(422).send({ error: 'None of the leads was taken. Each result says what to correct.', results })
  }

  function keysOf(
    key: string | readonly string[] | undefined,
    token: IntakeToken,
    leads: readonly unknown[],
    body: Buffer,
  ): readonly JournalEntry['idempotency'][] {
    if (key === undefined) return leads.map(() => null)
    const mark = bodyMark(body, options.secret)
    return leads.map((_, index) => ({ key: idempotencyKey(key, [token.name, Route, String(index)], options.secret), body: mark }))
  }

  async function keepAll(
    leads: readonly unknown[],
    earlier: readonly Awaited<ReturnType<LeadSink['recall']>>[],
    keys: readonly JournalEntry['idempotency'][],
    token: IntakeToken,
  ): Promise<readonly Result[]> {
    const results: Result[] = []
    const taken: { readonly index: number; readonly item: Received }[] = []
    for (const [index, lead] of leads.entries()) {
      const known = earlier[index]?.admission
      if (known) {
        results.push({ index, leadId: known.leadId, status: 'duplicate' })
        continue
      }
      const judged = judge(lead, token, keys[index] ?? null)
      if ('errors' in judged) results.push({ index, status: 'rejected', errors: judged.errors })
      else taken.push({ index, item: judged })
    }
    const admissions = taken.length === 0 ? [] : await options.reception.receive(taken.map(({ item }) => item))
    for (const [place, admission] of admissions.entries()) results.push({ index: taken[place]?.index ?? place, ...admission })
    return results.sort((one, other) => one.index - other.index)
  }

  function judge(
    lead: unknown,
    token: IntakeToken,
    idempotency: JournalEntry['idempotency'],
  ): Received | { errors: readonly LeadProblem[] } {
    // `JSON.parse` reads any depth, and writing it again fails.
    if (tooDeep(lead)) return { errors: [{ path: '', message: `The lead nests deeper than ${MostLevels} levels.` }] }
    const body = Buffer.from(JSON.stringify(lead), 'utf8')
    if (body.length > options.bodyLimitBytes) {
      return { errors: [{ path: '', message: `The lead is larger than the ${options.bodyLimitBytes} bytes that are taken.` }] }
    }
    const entry = makeEntry({ channel: 'api', route: Route, token, body, idempotency }, options)
    const judgement = options.interpreter.judge(entry, lead)
    return judgement.ok ? { entry, arrival: judgement.arrival } : judgement
  }

  app.post('/intake/leads', { bodyLimit: MostBytes, onRequest: checkToken }, take)
}

/** The leads of the body, or a sentence on what is wrong with it. */
function readLeads(body: Buffer): readonly unknown[] | string {
  const parsed = parse(body)
  if (typeof parsed !== 'object' || parsed === null || !('leads' in parsed) || !Array.isArray(parsed.leads)) {
    return 'The body must be JSON in UTF-8, not compressed, of the form {"leads":[…]}.'
  }
  if (parsed.leads.length === 0) return 'There are no leads in "leads".'
  if (parsed.leads.length > MostLeads)
    return `There are ${parsed.leads.length} leads in "leads"; send at most ${MostLeads} at a time.`
  return parsed.leads
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return null
  }
}
