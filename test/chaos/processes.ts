import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Running {
  readonly pid: number
  /** Resolves when it has ended, however. */
  readonly ended: Promise<unknown>
  hasEnded(): boolean
  signal(signal: NodeJS.Signals): void
}

export interface Launch {
  /** Names its log. */
  readonly name: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  onLine?(line: string): void
}

/** Every process of a run, all of them with the run's folder in their command line. */
export interface Processes {
  /** Runs Node. */
  launch(launch: Launch): Running
  /** Tells of a process that somebody else started. */
  note(pid: number): void
  /** Ends what still lives, also what is frozen. */
  endAll(): Promise<void>
}

export function keepProcesses(dir: string): Processes {
  const guard = startGuard(dir)
  const running = new Set<Running>()
  let isOver = false

  function note(pid: number): void {
    // Begun just before the end: the guard may not see it any more.
    if (isOver) return void process.kill(pid, 'SIGKILL')
    appendFileSync(join(dir, 'pids'), `${pid}\n`)
  }

  return {
    note,
    launch({ name, args, env, onLine }) {
      // What is kept up would come up again while everything is ended.
      if (isOver) throw new Error('The run is over: nothing is started any more.')
      const log = createWriteStream(join(dir, `${name}.log`), { flags: 'a' })
      // A group of its own: Ctrl-C is for the run to see, which then ends them in order.
      const child = spawn(process.execPath, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
      child.stderr?.pipe(log, { end: false })
      if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => log.write(`${line}\n`) && onLine?.(line))
      if (child.pid !== undefined) note(child.pid)
      const one = watched(child)
      running.add(one)
      one.ended.then(() => running.delete(one)).finally(() => log.end())
      return one
    },
    async endAll() {
      isOver = true
      for (const one of running) one.signal('SIGKILL')
      await Promise.all([...running].map(({ ended }) => ended))
      // Its input ends, it takes whatever is left, and it is gone.
      guard.stdin?.end()
      if (guard.exitCode === null) await once(guard, 'exit')
    },
  }
}

function watched(child: ChildProcess): Running {
  const ended = Promise.race([once(child, 'close'), once(child, 'error')])
  return {
    pid: child.pid ?? 0,
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    signal: (signal) => void child.kill(signal),
  }
}

/**
 * A shell whose input ends when the run ends, however it ends, and which then takes what the run has started. A pid alone is no proof, for
 * they are given out again: the folder must stand in the command line.
 */
function startGuard(dir: string): ChildProcess {
  const script = `
    cat
    for pid in $(cat "$1/pids"); do
      tr '\\0' ' ' < "/proc/$pid/cmdline" | grep -qF "$1" && kill -9 "$pid"
    done`
  return spawn('/bin/sh', ['-c', script, 'sh', dir], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
}
