import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import type { Log } from '../../../src/core/index.ts'
import type { Taken } from './tap.ts'

/** Sees and hears all that a connector does while the suite runs, to be asked at its end. */
export interface Witness {
  readonly log: Log
  /** Log lines, thrown and returned errors, and reasons for dropped fields, each with everything in it. */
  readonly heard: readonly string[]
  /** Where any request of this process went, by whatever transport. */
  readonly origins: ReadonlySet<string>
  readonly expectedOrigins: Set<string>
  readonly wire: (readonly Taken[])[]
  watch<T extends object>(methods: T): T
  start(): void
  stop(): void
}

export function createWitness(): Witness {
  const heard: string[] = []
  const origins = new Set<string>()
  const hear = (thing: unknown) => void heard.push(inspect(thing, { depth: 12, maxStringLength: null, maxArrayLength: null }))
  const line = (facts: object, message: string) => hear([facts, message])
  const onFetch = (message: unknown) => void origins.add(String((message as { request: { origin: unknown } }).request.origin))
  const onRequest = (message: unknown) => {
    const { request } = message as { request: { protocol: string; getHeader(name: string): unknown; host: string } }
    origins.add(`${request.protocol}//${request.getHeader('host') ?? request.host}`)
  }

  return {
    log: { debug: line, info: line, warn: line, error: line },
    heard,
    origins,
    expectedOrigins: new Set(),
    wire: [],
    watch: (methods) => listening(methods, hear),
    start() {
      subscribe('undici:request:create', onFetch)
      subscribe('http.client.request.start', onRequest)
    },
    stop() {
      unsubscribe('undici:request:create', onFetch)
      unsubscribe('http.client.request.start', onRequest)
    },
  }
}

/** A proxy, so that methods which the interface gains later are listened to without a word here. */
function listening<T extends object>(methods: T, hear: (thing: unknown) => void): T {
  return new Proxy(methods, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const answer: unknown = member.apply(target, args)
        if (answer instanceof Promise) answer.then((value) => hearAnswer(value, hear), hear)
        return answer
      }
    },
  })
}

function hearAnswer(value: unknown, hear: (thing: unknown) => void): void {
  for (const one of Array.isArray(value) ? value : []) {
    if (one instanceof Error) hear(one)
    else if (typeof one === 'object' && one !== null && 'dropped' in one) hear(one.dropped)
  }
}
