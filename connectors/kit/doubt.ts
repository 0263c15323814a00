import type { DeliveryError } from '../../src/core/index.ts'
import { ofEverybody, ofOneRecord } from './one-record.ts'

/** What a connector remembers between its calls. */
export interface Suspicion {
  /** Rows that were refused alone since the last one that was taken. */
  aloneInARow: number
}

export interface DoubtOptions {
  readonly suspicion: Suspicion
  /** Sends what changes nothing in the way of what was refused: null where it comes through, else what everybody meets now. */
  probe(): Promise<DeliveryError | null>
  /** Begins the sentence with the CRM. */
  sentence(say: string): string
}

/** What a refusal is taken for: everybody's matter, one row's (said by `verdicts` in the end), or that of some row in one of these parts. */
export type Considered<R> =
  | { readonly kind: 'everybody'; readonly error: DeliveryError }
  | { readonly kind: 'alone' }
  | { readonly kind: 'apart'; readonly parts: readonly (readonly R[])[] }

/**
 * Looks into refusals of whole requests that give no reason: a bare 403, a page of HTML, a 500. One row's text may be what a firewall in
 * between takes for an attack, or what the CRM breaks over: taken for everybody's matter, that one lead would keep back all others.
 */
export interface Doubt<R> {
  /** Something was taken. */
  took(): void
  consider(rows: readonly R[], error: DeliveryError): Promise<Considered<R>>
  /** What is said of the rows that were refused alone. */
  verdicts(): ReadonlyMap<R, DeliveryError>
}

// By then whatever comes is refused, though something harmless is not: to ask for each row would only use up requests. It stays so until
// something is taken: a block ends by itself, and of leads that come one by one the next two would be parked each time.
const MostAlone = 3

/** For one call. */
export function createDoubt<R>({ suspicion, probe, sentence }: DoubtOptions): Doubt<R> {
  const alone = new Map<R, DeliveryError>()
  let hasTaken = false
  let isFirst = true
  let everybodys: DeliveryError | null = null

  function forEverybody(error: DeliveryError): Considered<R> {
    everybodys = ofEverybody(error, sentence)
    return { kind: 'everybody', error: everybodys }
  }

  return {
    took() {
      hasTaken = true
      suspicion.aloneInARow = 0
    },
    async consider(rows, error) {
      const isProbing = isFirst && !hasTaken
      // With nobody beside it, a broken CRM and a record that breaks it look alike: that is for time to tell.
      if (isProbing && rows.length === 1 && (error.status ?? 0) >= 500) return { kind: 'alone' }
      isFirst = false
      const met = isProbing ? await probe() : null
      if (met !== null) return forEverybody(met)
      // A row alone is sent once more: what it met may have been there for that moment only.
      if (isProbing || rows.length > 1) return { kind: 'apart', parts: isProbing ? samplesAndHalves(rows) : halves(rows) }
      for (const row of rows) alone.set(row, error)
      suspicion.aloneInARow += 1
      return !hasTaken && suspicion.aloneInARow >= MostAlone ? forEverybody(error) : { kind: 'alone' }
    },
    verdicts() {
      const verdict = (error: DeliveryError) => everybodys ?? ofOneRecord(error, hasTaken, sentence)
      return new Map([...alone].map(([row, error]) => [row, verdict(error)]))
    },
  }
}

/** What a probe met that everybody meets; null where it came through, whatever the CRM itself then said of it. */
export function metByProbe(
  reply: { readonly kind: 'ok' } | { readonly kind: 'refused'; readonly error: DeliveryError; readonly isBare?: boolean },
): DeliveryError | null {
  if (reply.kind === 'ok') return null
  const { error, isBare } = reply
  const isItsOwnWord = error.code === 'invalid' || error.code === 'protocol' || error.code === 'conflict'
  return isItsOwnWord && !isBare ? null : error
}

/** Both without anything in them that is empty. */
export function halves<R>(rows: readonly R[]): (readonly R[])[] {
  const middle = Math.ceil(rows.length / 2)
  return [rows.slice(0, middle), rows.slice(middle)].filter((half) => half.length > 0)
}

/** A few rows alone come first: where none of them is taken either, nothing is taken apart any further. */
function samplesAndHalves<R>(rows: readonly R[]): (readonly R[])[] {
  const places = new Set([0, Math.floor(rows.length / 2), rows.length - 1])
  const samples = rows.filter((_, place) => places.has(place))
  return [...samples.map((row) => [row]), ...halves(rows.filter((_, place) => !places.has(place)))]
}
