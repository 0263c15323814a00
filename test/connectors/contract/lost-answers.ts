import { expect, it } from 'vitest'
import type { Judged, RecordWrite, TaskWrite } from '../../../src/core/index.ts'
import { until } from '../../kit/until.ts'
import { anySignal, type Bench, creation, each, good, range, type Stand, update } from './bench.ts'
import type { FaultRule } from './harness.ts'

/** Stands in the body of the request whose answer is lost, and in no other. */
const Lost = 'Lostanswer7'
const html = { 'content-type': 'text/html' }
const json = { 'content-type': 'application/json' }
/** By then the same call was made again. */
const LateMs = 300

const Hang: FaultRule = { commit: true }
const losses: readonly (readonly [string, FaultRule])[] = [
  // First: the connectors' clock stands still, and by a later one no stand-in would give another token.
  ['the token is refused', { commit: true, status: 401, headers: json, body: {} }],
  ['the connection is reset', { commit: true, reset: true }],
  ['the answer is cut in the middle', { commit: true, cut: true }],
  ['the answer is half of a JSON', { commit: true, status: 200, headers: json, body: '{"results":[{"id"' }],
  ['a gateway says 502', { commit: true, status: 502, headers: html, body: '<html>Bad gateway' }],
  ['a gateway says 504', { commit: true, status: 504, headers: html, body: '<html>Gateway timeout' }],
  ['the CRM breaks with a 500', { commit: true, status: 500, headers: html, body: '<html>Internal server error' }],
  ['a gateway says 504, and it is carried out later', { status: 504, headers: html, commitAfterMs: LateMs }],
  ['the connection is reset, and it is carried out later', { reset: true, commitAfterMs: LateMs }],
]

/** The same call each time that it is made. */
type Call = (stand: Stand) => Promise<readonly Judged<unknown>[]>

interface Kind {
  readonly name: string
  /** The call about the n-th person, whose record is there if the call needs one. */
  prepare(stand: Stand, n: number): Promise<Call>
  /** The address of the request whose answer is lost, where it is not told by its body. */
  readonly path?: string
  /** A task or note: its marker is all that tells it from another. */
  readonly isActivity?: boolean
}

/** What was sent may have been done although nobody said so: it is looked for, or sent in a way that can't make it twice. */
export function lostAnswerGuarantees(bench: Bench): void {
  const { facts } = bench
  const { text, optOut } = facts.fields
  const fields = { [text]: Lost }

  async function known({ connector }: Stand, n: number): Promise<string> {
    const [outcome] = good(await connector.write([creation(bench, connector, n)], anySignal()))
    return outcome?.id ?? ''
  }

  function writing(writes: readonly RecordWrite[]): Call {
    return ({ connector }) => connector.write(writes, anySignal())
  }

  async function closing(stand: Stand, n: number): Promise<Call> {
    return writing([{ ...update(bench, n, await known(stand, n), fields), optOut: [optOut.channel] }])
  }

  const kinds: readonly Kind[] = [
    { name: 'a record by e-mail', prepare: async ({ connector }, n) => writing([creation(bench, connector, n, { fields })]) },
    {
      name: 'a record by contact id',
      prepare: async ({ connector }, n) => writing([creation(bench, connector, n, { email: null, fields })]),
    },
    { name: 'a change', prepare: async (stand, n) => writing([update(bench, n, await known(stand, n), fields)]) },
    {
      name: 'a batch',
      prepare: async ({ connector }, n) =>
        writing(range(5).map((place) => creation(bench, connector, n + place, { fields: place === 2 ? fields : {} }))),
    },
    { name: 'an opt-out', prepare: closing },
    { name: 'the unsubscribing of an address', path: '*unsubscribe-all*', prepare: closing },
    {
      name: 'a touch',
      isActivity: true,
      async prepare(stand, n) {
        const touches = [{ id: `touch-${n}`, at: '2026-11-23T10:00:00.000Z', text: Lost }]
        return writing([{ ...update(bench, n, await known(stand, n), {}), touches }])
      },
    },
    {
      name: 'tasks',
      isActivity: true,
      async prepare(stand, n) {
        const record = { object: facts.target, id: await known(stand, n) }
        const tasks = range(3).map((place): TaskWrite => {
          const words = { subject: 'Call back', body: place === 1 ? Lost : 'Asked.', type: 'call', priority: 'high' } as const
          const due = { dueAt: '2026-11-24T10:00:00.000Z', timeZone: 'UTC' }
          return { id: `follow-up-${n}-${place}`, record, owner: null, ...words, ...due }
        })
        return ({ connector }) => connector.createTasks(tasks, anySignal())
      },
    },
  ]

  /** What there is of each kind, and what the records say of what was written. */
  async function inventory(stand: Stand): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
    for (const { object, fields } of await stand.records()) {
      count(object)
      if (object === facts.target) count(`${object} that says ${fields[text] ?? null}, opted out ${fields[optOut.name] ?? null}`)
    }
    return counts
  }

  /** What there is more of afterwards. */
  async function gainedBy(stand: Stand, act: () => Promise<void>): Promise<Record<string, number>> {
    const before = await inventory(stand)
    await act()
    const gained = [...(await inventory(stand))].map(([what, count]) => [what, count - (before.get(what) ?? 0)] as const)
    return Object.fromEntries(gained.filter(([, more]) => more !== 0))
  }

  /** The same again until there is an answer, as the queue does. */
  async function insist(call: Call, stand: Stand): Promise<void> {
    const met: Error[] = []
    for (const _ of range(4)) {
      const answers = await each(1, call(stand))
      const errors = answers.filter((one) => one instanceof Error)
      if (errors.length === 0) return
      met.push(...errors)
    }
    throw new Error(`Four calls were not enough: ${met.map(({ message }) => message).join(' ')}`)
  }

  async function lose({ prepare, path, isActivity = false }: Kind, rule: FaultRule, stand: Stand, n: number): Promise<void> {
    const call = await prepare(stand, n)
    await stand.arm({ ...rule, match: path === undefined ? { body: Lost } : { path }, times: 1 })
    await each(1, call(stand))
    // Where the CRM has nothing to tell a second one by, it must be there when it is looked for.
    if (isActivity && !facts.hasUniqueActivities) await carriedOut(stand)
    await stand.heal()
    await insist(call, stand)
    await carriedOut(stand)
    await insist(call, stand)
  }

  it.each(kinds)('of $name leaves what the answer would have left', async (kind) => {
    const stand = await bench.open()
    const usual = await gainedBy(stand, async () => insist(await kind.prepare(stand, 1), stand))
    for (const [place, [why, rule]] of losses.entries()) {
      const gained = await gainedBy(stand, () => lose(kind, rule, stand, 10 * (place + 1)))
      expect(gained, `because ${why}`).toEqual(usual)
    }
  })

  const activities = kinds.filter(({ isActivity }) => isActivity)
  it.each(activities)('of $name leaves no second one although the CRM hangs', async (kind) => {
    const stand = await bench.open({ timeoutMs: facts.shortestTimeoutMs })
    const usual = await gainedBy(stand, async () => insist(await kind.prepare(stand, 1), stand))
    expect(await gainedBy(stand, () => lose(kind, Hang, stand, 10))).toEqual(usual)
  })
}

async function carriedOut({ url }: Stand): Promise<void> {
  await until('what was late is done', async () => {
    const { late } = (await (await fetch(`${url}/_sandbox/faults`)).json()) as { late: number }
    return late === 0
  })
}
