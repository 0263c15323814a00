import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { IntakeToken } from '../config/leadsync-settings.ts'
import { type Lead, type LeadProblem, MostLevels, readMarketplaceBody, tooDeep } from '../core/index.ts'
import { MostBodyBytes } from '../intake/body-limit.ts'
import type { Interpreter } from '../intake/interpret.ts'
import type { JournalEntry } from '../intake/journal-entry.ts'
import { WrongUse } from './wrong-use.ts'

/** What intake would make of it. */
export interface PlannedLead {
  readonly lead: Lead
  /** A test lead, or one from the publisher's own domains: it would wait for a person. */
  readonly held: boolean
}

export interface Reading {
  readonly interpreter: Interpreter
  /** Which of the marketplace's tokens it would come by; null: none. */
  readonly token: IntakeToken | null
  nextId(): string
  /** ms since the epoch. */
  now(): number
}

/** The text of FILE; `-` is the standard input. */
export async function readText(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new WrongUse(`${file} can't be read (${code})`)
  }
}

/**
 * Every lead of a text: one body of the marketplace, one lead in our own form, an array of either, or one of either a line. Throws a `WrongUse`
 * for what is no lead; it quotes nothing of it.
 */
export function plannedLeads(content: string, reading: Reading): readonly PlannedLead[] {
  const bodies = bodiesIn(content)
  if (bodies.length === 0) throw new WrongUse('there is no lead in it')
  return bodies.map((body, index) => plannedLead(body, bodies.length === 1 ? '' : `lead ${index + 1}: `, reading))
}

function bodiesIn(content: string): readonly string[] {
  const whole = parsed(content)
  if (tooDeep(whole)) throw new WrongUse(`it nests deeper than ${MostLevels} levels; no lead does`)
  if (Array.isArray(whole)) return whole.map((one) => JSON.stringify(one))
  if (whole !== undefined) return [content]
  const lines = content.split('\n').filter((line) => line.trim() !== '')
  // A body of the marketplace may be no valid JSON (a comma is missing in Microsoft's own sample), and may have several lines.
  return lines.length > 1 && !readMarketplaceBody(content).ok ? lines : [content]
}

function plannedLead(body: string, which: string, reading: Reading): PlannedLead {
  if (Buffer.byteLength(body) > MostBodyBytes)
    throw new WrongUse(`${which}it is larger than the ${MostBodyBytes} bytes that intake takes`)
  const input = parsed(body)
  const isOwn = typeof input === 'object' && input !== null && 'v' in input
  const entry = entryOf(body, isOwn, reading)
  if (isOwn) {
    const judged = reading.interpreter.judge(entry, input)
    if (judged.ok) return leadOf(judged.arrival, which)
    throw new WrongUse(`${which}${judged.errors.map(problemText).join('; ')}`)
  }
  return leadOf(reading.interpreter.interpret(entry), which)
}

function leadOf(arrival: ReturnType<Interpreter['interpret']>, which: string): PlannedLead {
  if (arrival.kind === 'quarantined') throw new WrongUse(`${which}${arrival.reason}`)
  return { lead: arrival.lead, held: arrival.kind === 'held' }
}

function problemText({ path, message }: LeadProblem): string {
  return path === '' || message.startsWith(path) ? message : `${path} ${message}`
}

function entryOf(body: string, isOwn: boolean, { token, nextId, now }: Reading): JournalEntry {
  const common = { id: nextId(), receivedAt: new Date(now()).toISOString(), route: '', idempotency: null, body }
  if (isOwn) return { ...common, channel: 'api', token: '', tags: [], offer: null, encoding: 'utf8' }
  const { name = '', tags = [], offer = null } = token ?? {}
  return { ...common, channel: 'marketplace', token: name, tags: [...tags], offer, encoding: 'utf8' }
}

/** Undefined for what is no JSON. */
function parsed(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return undefined
  }
}
