import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { DefaultStages, NoOwnDomains, type OwnDomains } from '../../src/core/index.ts'
import { buildIntake, type IntakeOptions } from '../../src/intake/http.ts'
import { createInterpreter } from '../../src/intake/interpret.ts'
import { type Journal, openJournal } from '../../src/intake/journal.ts'
import type { OpenFile } from '../../src/intake/journal-writer.ts'
import type { Admission, Arrival, LeadSink } from '../../src/intake/lead-sink.ts'
import { createReception, type Reception } from '../../src/intake/reception.ts'
import { until as untilItIs } from '../kit/until.ts'
import { type RecordingLog, recordingLog } from './support-entries.ts'

export const Secret = 'installation-secret'
export const Token = 'a-token-of-the-publisher'
export const ApiToken = 'an-api-token'

export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'leadsync-intake-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** Waits for a condition, not for a time. */
export function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  return untilItIs('what the test waits for', condition)
}

export interface MemorySink extends LeadSink {
  /** What was taken, in order, each receipt once. */
  readonly taken: Arrival[]
  /** Sizes of the calls. */
  readonly calls: number[]
  up: boolean
  /** When set, `accept` rejects although `ready` says yes. */
  failing: boolean
  /** When set, `accept` waits for it. */
  gate: Promise<void> | null
}

/** A queue that can go away: the port that the daemon puts Redis behind. */
export function memorySink(): MemorySink {
  const byReceipt = new Map<string, Admission>()
  const byContent = new Map<string, string>()
  const byKey = new Map<string, { body: string; admission: Admission }>()

  function admit(sink: MemorySink, arrival: Arrival): Admission {
    const receipt = receiptOf(arrival)
    const known = byReceipt.get(receipt)
    if (known) return known
    const admission = judge(arrival)
    byReceipt.set(receipt, admission)
    sink.taken.push(arrival)
    if (arrival.kind === 'quarantined') return admission
    if (arrival.contentKey) byContent.set(arrival.contentKey, admission.leadId)
    if (arrival.idempotency) byKey.set(arrival.idempotency.key, { body: arrival.idempotency.body, admission })
    return admission
  }

  function judge(arrival: Arrival): Admission {
    if (arrival.kind === 'quarantined') return { leadId: arrival.id, status: 'quarantined' }
    const first = arrival.contentKey === null ? undefined : byContent.get(arrival.contentKey)
    return first === undefined ? { leadId: arrival.lead.id, status: arrival.kind } : { leadId: first, status: 'duplicate' }
  }

  const sink: MemorySink = {
    taken: [],
    calls: [],
    up: true,
    failing: false,
    gate: null,
    ready: () => sink.up,
    accept: async (arrivals) => {
      await sink.gate
      if (!sink.up || sink.failing) throw new Error('the queue is away')
      sink.calls.push(arrivals.length)
      return arrivals.map((arrival) => admit(sink, arrival))
    },
    recall: async (key) => byKey.get(key) ?? null,
  }
  return sink
}

export function receiptOf(arrival: Arrival): string {
  return arrival.kind === 'quarantined' ? arrival.id : arrival.receipt
}

export interface Intake {
  readonly url: string
  readonly sink: MemorySink
  readonly journal: Journal
  readonly reception: Reception
  readonly log: RecordingLog
  readonly dir: string
  stop(): Promise<void>
}

export interface IntakeSetup extends Partial<IntakeOptions> {
  readonly dir?: string
  readonly sink?: MemorySink
  readonly open?: OpenFile
  readonly testLeads?: 'hold' | 'deliver'
  readonly ownDomains?: OwnDomains
  readonly now?: () => number
}

/** The intake as the daemon composes it, on a port of its own. */
export async function startIntake(setup: IntakeSetup = {}): Promise<Intake> {
  const {
    dir = await temporaryFolder(),
    sink = memorySink(),
    now = Date.now,
    open,
    testLeads,
    ownDomains = NoOwnDomains,
    ...options
  } = setup
  const log = recordingLog()
  const interpreter = createInterpreter(
    { secret: Secret, stages: DefaultStages, ownDomains, ...(testLeads && { testLeads }) },
    log,
  )
  const journal = await openJournal({ dir, now, log, everyMs: 20, ...(open && { open }) })
  const reception = createReception({ journal, sink, interpret: interpreter.interpret, log, retryMs: 5 })
  const tokens = [{ name: 'appsource-1', value: Token, tags: ['web'], offer: null }]
  const apiTokens = [{ name: 'crm-import', value: ApiToken }]
  const app = buildIntake({ tokens, apiTokens, ...options }, { reception, interpreter, secret: Secret, now, log })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await app.close()
    await reception.stop()
    await journal.stop()
  }
  onTestFinished(stop)
  return { url, sink, journal, reception, log, dir, stop }
}

export async function post(
  intake: Intake,
  body: string | Buffer,
  headers: Record<string, string> = {},
  token = Token,
): Promise<Response> {
  const bytes = new Uint8Array(Buffer.from(body))
  return await fetch(`${intake.url}/intake/marketplace/${token}`, { method: 'POST', body: bytes, headers })
}

export async function postLeads(intake: Intake, leads: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${intake.url}/intake/leads`, {
    method: 'POST',
    body: typeof leads === 'string' ? leads : JSON.stringify({ leads }),
    headers: { authorization: `Bearer ${ApiToken}`, ...headers },
  })
}

export function emailsOf(arrivals: readonly Arrival[]): readonly (string | null)[] {
  return arrivals.map((arrival) => (arrival.kind === 'quarantined' ? null : arrival.lead.person.email))
}

export interface Answer {
  readonly leadId: string
  readonly status: string
}

export async function answerOf(response: Response): Promise<Answer> {
  return (await response.json()) as Answer
}

export interface Results {
  readonly error?: string
  readonly results: readonly (Answer & { readonly index: number; readonly errors?: readonly object[] })[]
}

export async function resultsOf(response: Response): Promise<Results> {
  return (await response.json()) as Results
}
