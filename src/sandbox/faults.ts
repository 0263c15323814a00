import * as z from 'zod'
import { createArmed } from './armed.ts'

const FaultRule = z.strictObject({
  match: z
    .strictObject({
      method: z.string().nullish(),
      path: z.string().nullish(),
      headers: z.record(z.string(), z.string()).nullish(),
      /** Stands somewhere in the request's body. */
      body: z.string().min(1).nullish(),
    })
    .nullish(),
  times: z.int().min(1).nullish(),
  status: z.int().min(200).max(599).nullish(),
  headers: z.record(z.string(), z.union([z.string(), z.number()])).nullish(),
  body: z.unknown().optional(),
  delayMs: z.number().min(0).nullish(),
  commit: z.boolean().nullish(),
  commitAfterMs: z.number().min(0).nullish(),
  reset: z.boolean().nullish(),
  cut: z.boolean().nullish(),
})
type FaultRule = z.infer<typeof FaultRule>

export const FaultRules = z.array(FaultRule)

/** What befalls one request. Neither `status`, `reset`, `cut` nor `delayMs`: it hangs until the client gives up. */
export interface Fault {
  readonly status: number | null
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly delayMs: number | null
  readonly commit: boolean
  /** The work is done this long after the answer, or its absence; null: not then. */
  readonly commitAfterMs: number | null
  readonly reset: boolean
  /** The connection ends in the middle of the answer's body. */
  readonly cut: boolean
}

export interface Faults {
  add(rules: z.infer<typeof FaultRules>): void
  take(asked: Asked): Fault | null
  /** For a request inside of another one, which can be answered wrongly, but not be left hanging or be cut off. */
  takeInside(asked: Asked): Fault | null
  left(): number
  clear(): void
}

/** What a fault is found by; `query` begins with `?` unless it is empty. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Absent for a request inside of another one. */
  readonly body?: string
}

interface ArmedRule {
  readonly matches: (asked: Asked) => boolean
  readonly fault: Fault
}

/** Holds scripted faults: the oldest rule that matches is used, `times` times (default once), then the next one. */
export function createFaults(): Faults {
  const armed = createArmed<ArmedRule>()

  function take(asked: Asked, fits: (fault: Fault) => boolean): Fault | null {
    return armed.take(({ fault, matches }) => fits(fault) && matches(asked))?.fault ?? null
  }

  return {
    add(rules) {
      for (const rule of rules) armed.add({ matches: matcher(rule), fault: toFault(rule) }, rule.times ?? 1)
    },
    take: (asked) => take(asked, () => true),
    takeInside: (asked) =>
      take(
        asked,
        ({ status, reset, cut, delayMs, commitAfterMs }) =>
          status !== null && !reset && !cut && delayMs === null && commitAfterMs === null,
      ),
    left: armed.left,
    clear: armed.clear,
  }
}

function toFault(rule: FaultRule): Fault {
  const headers = Object.entries(rule.headers ?? {}).map(([name, value]) => [name, String(value)] as const)
  return {
    status: rule.status ?? null,
    headers: Object.fromEntries(headers),
    body: bodyText(rule.body),
    delayMs: rule.delayMs ?? null,
    commit: rule.commit ?? false,
    commitAfterMs: rule.commitAfterMs ?? null,
    reset: rule.reset ?? false,
    cut: rule.cut ?? false,
  }
}

function bodyText(body: unknown): string {
  if (body === undefined || body === null) return ''
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function matcher(rule: FaultRule): ArmedRule['matches'] {
  const wantedMethod = rule.match?.method?.toUpperCase() ?? '*'
  const wantedPath = rule.match?.path ?? ''
  const pathMatches = pathMatcher(wantedPath)
  const wantedHeaders = Object.entries(rule.match?.headers ?? {})
  const withQuery = wantedPath.includes('?')
  const wantedText = rule.match?.body ?? ''
  return ({ method, path, query, headers, body = '' }) => {
    if (wantedMethod !== '*' && wantedMethod !== method) return false
    if (!body.includes(wantedText)) return false
    if (wantedHeaders.some(([name, value]) => headers[name.toLowerCase()] !== value)) return false
    return pathMatches(withQuery ? path + query : path)
  }
}

function pathMatcher(pattern: string): (path: string) => boolean {
  if (!pattern.includes('*')) return (path) => path.startsWith(pattern)
  const source = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const glob = new RegExp(`^${source.join('.*')}$`)
  return (path) => glob.test(path)
}
