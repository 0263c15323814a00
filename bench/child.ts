import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export interface BenchChild {
  readonly process: ChildProcess
  readonly url: string
  stop(): Promise<void>
}

/** Runs a file of this folder that sends its URL when it is up. It ends when this process does, however that ends. */
export async function startBenchChild(file: string, args: readonly string[] = []): Promise<BenchChild> {
  const child = fork(file, args)
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with exit code ${code} before it was up.`)
  })
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ readonly url: string }]
  return {
    process: child,
    url: message.url,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
