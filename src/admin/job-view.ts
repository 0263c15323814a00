import { StepStates } from '../core/index.ts'
import { JobCatalogue } from '../queue/catalogue.ts'

/** What a job tells of itself before anything is left out. */
export interface FullJob {
  readonly id?: string | undefined
  readonly name: string
  readonly progress: unknown
  readonly attemptsMade: number
  readonly attemptsStarted: number
  readonly stalledCounter: number
  readonly finishedOn?: number | undefined
  readonly processedOn?: number | undefined
  readonly delay: number
  readonly priority: number
  readonly timestamp: number
  readonly failedReason: string
  readonly data: unknown
  readonly returnvalue: unknown
  readonly opts: unknown
}

const Hidden = '(hidden)'
const LongestText = 500

const DataIds = ['id', 'externalId', 'lead', 'contact', 'step', 'crm', 'event', 'code']
const DataTexts = ['channel', 'token', 'source', 'action', 'stage', 'reason']
const DataTimes = ['receivedAt', 'occurredAt']
const OfferTexts = ['publisherId', 'offerId', 'title']
const Options = ['attempts', 'delay', 'priority', 'lifo', 'removeOnComplete', 'removeOnFail']

const Id = /^[\w.-]{1,128}$/
const Time = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/
const Outcomes: ReadonlySet<string> = new Set([
  ...['delivered', 'delivered:created', 'delivered:updated', 'delivered:unchanged'],
  ...['suppressed', 'notWanted', 'parked', 'discarded', 'forgotten', 'waiting'],
  ...[...StepStates, 'untouched', 'unchanged', 'marked', 'unknown', 'given up'],
])

/**
 * What anybody may see of a job: a list of what is shown, because one of what is hidden would show every field that is invented later, and
 * because any producer may write anything into `leads`. Even so a text with an `@` is hidden: sources and offers come from outside verbatim.
 */
export function shownJob(job: FullJob) {
  return {
    id: shownId(job.id),
    name: Object.hasOwn(JobCatalogue, job.name) ? job.name : Hidden,
    progress: typeof job.progress === 'number' ? job.progress : 0,
    attemptsMade: job.attemptsMade,
    attemptsStarted: job.attemptsStarted,
    stalledCounter: job.stalledCounter,
    finishedOn: job.finishedOn ?? null,
    processedOn: job.processedOn ?? null,
    delay: job.delay,
    priority: job.priority,
    timestamp: job.timestamp,
    failedReason: job.failedReason ? shownText(job.failedReason) : '',
    // Its first line repeats the reason, the others are for the log.
    stacktrace: [],
    data: shownData(job.data),
    returnvalue: shownReturn(job.returnvalue),
    opts: shownOptions(job.opts),
  }
}

/** Ids, times, offer, action, source, why, and how a CRM put it: no person, notes, campaign, raw or verbatim body. */
export function shownData(data: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(data)) return {}
  return {
    ...pick(data, DataIds, shownId),
    ...pick(data, DataTexts, shownText),
    ...pick(data, DataTimes, shownTime),
    ...(isRecord(data.offer) ? { offer: pick(data.offer, OfferTexts, shownText) } : {}),
    ...(typeof data.test === 'boolean' ? { test: data.test } : {}),
    ...(isRecord(data.tried) ? { tried: shownTried(data.tried) } : {}),
    ...(Array.isArray(data.tags) ? { tags: data.tags.slice(0, 20).map(shownText) } : {}),
  }
}

/** What the CRM answered to a delivery that was parked. */
function shownTried({ answer, config, parks }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const of = isRecord(answer) ? answer : {}
  return {
    ...pick(of, ['status'], shownCount),
    ...pick(of, ['code', 'correlationId'], shownId),
    ...(Array.isArray(of.fields) ? { fields: of.fields.slice(0, 20).map(shownId) } : {}),
    config: config === null || config === undefined ? null : shownId(config),
    parks: shownCount(parks),
  }
}

function shownCount(value: unknown): number | string {
  return typeof value === 'number' ? value : Hidden
}

function shownOptions(options: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(options)) return {}
  const plain = Options.filter((name) => typeof options[name] === 'number' || typeof options[name] === 'boolean')
  return Object.fromEntries(plain.map((name) => [name, options[name]]))
}

function shownReturn(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' && Outcomes.has(value) ? value : Hidden
}

function shownId(value: unknown): string {
  return typeof value === 'string' && Id.test(value) ? value : Hidden
}

function shownTime(value: unknown): string {
  return typeof value === 'string' && Time.test(value) ? value : Hidden
}

function shownText(value: unknown): string {
  if (typeof value !== 'string' || value.includes('@')) return Hidden
  return value.slice(0, LongestText)
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[], show: (value: unknown) => unknown) {
  const there = names.filter((name) => from[name] !== undefined)
  return Object.fromEntries(there.map((name) => [name, from[name] === null ? null : show(from[name])]))
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
