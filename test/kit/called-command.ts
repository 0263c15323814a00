import { main } from '../../src/cli/main.ts'
import type { Exit } from './daemon.ts'
import type { Home } from './home.ts'

/** One process has one environment and one output: a second call waits for the first. */
let last: Promise<unknown> = Promise.resolve()

/**
 * What `runLeadsync` would answer, without a process: starting one takes longer than most commands do. For those that come to an end
 * (not `start`, `sandbox`, `demo`), with absolute paths, as the working directory stays the test's. An error that would end the process rejects.
 */
export function callLeadsync(home: Home, args: readonly string[]): Promise<Exit> {
  const called = last.then(() => call(home, args))
  last = called.catch(() => undefined)
  return called
}

async function call({ env }: Home, args: readonly string[]): Promise<Exit> {
  const before = process.env
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)]
  process.env = { ...env }
  try {
    const code = await main([...args])
    return { code, signal: null, stdout: stdout.text().replace(/\r?\n$/, ''), stderr: stderr.text() }
  } finally {
    process.env = before
    stdout.end()
    stderr.end()
  }
}

/** Holds back what is written to the stream. */
function capture(stream: NodeJS.WriteStream): { text(): string; end(): void } {
  const { write } = stream
  let text = ''
  stream.write = (chunk: string | Uint8Array, ...more: readonly unknown[]) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    const written = more.at(-1)
    if (typeof written === 'function') process.nextTick(() => written())
    return true
  }
  return {
    text: () => text,
    end() {
      stream.write = write
    },
  }
}
