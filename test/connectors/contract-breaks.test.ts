import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

interface Broken {
  readonly name: string
  readonly tests: number
  readonly failed: readonly string[]
  readonly errors: readonly string[]
}

/** What is broken on purpose, the guarantee that must be seen to fail, and one that it has nothing to do with. */
const Breaks = [
  [
    'swapped',
    'answers the writes of a full batch in their order, whatever they are',
    'the second identical call changes nothing',
  ],
  ['doubled', 'the second identical call changes nothing', 'answers the writes of a full batch in their order'],
  ['swallowed', 'one bad record in a full batch fails alone and says which field', 'the second identical call changes nothing'],
  [
    'leaking',
    'no secret, no e-mail and no refused value is in any log line or error',
    'the second identical call changes nothing',
  ],
] as const

const runner = fileURLToPath(new URL('breaks/run.ts', import.meta.url))

describe('the contract suite', () => {
  let broken: readonly Broken[] = []
  let exitCode: number | null = null

  beforeAll(async () => {
    const child = spawn(process.execPath, [runner, ...Breaks.map(([name]) => name)], { stdio: ['ignore', 'pipe', 'pipe'] })
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
    const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
    exitCode = await exit
    const last = out.trimEnd().split('\n').at(-1) ?? ''
    if (!last.startsWith('[')) throw new Error(`The broken contracts did not run: ${complaints || out}`)
    broken = JSON.parse(last)
  }, 100_000)

  it('fails as a whole when a guarantee is broken', () => {
    expect(exitCode).toBe(1)
    expect(broken.map(({ name }) => name).toSorted()).toEqual(Breaks.map(([name]) => name).toSorted())
    expect(broken.flatMap(({ errors }) => errors)).toEqual([])
  })

  it.each(Breaks)('over a connector that is %s fails at "%s", and not at what is whole', (name, guarantee, whole) => {
    const { tests = 0, failed = [] } = broken.find((one) => one.name === name) ?? {}
    expect(failed.filter((test) => test.includes(guarantee)).length).toBeGreaterThan(0)
    expect(failed.filter((test) => test.includes(whole))).toEqual([])
    expect(tests - failed.length).toBeGreaterThan(tests / 2)
  })
})
