import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface RedisLaunch {
  readonly executable: string
  readonly configFile: string
  readonly logFile: string
  readonly dir: string
}

export interface LaunchedRedis {
  readonly pid: number
  /** Resolves when the server ends while we watch. */
  readonly ended: Promise<unknown>
  /** What the server said last since this start. */
  lastWords(): Promise<string>
  /** Lets this process end before the server does. */
  letGo(): void
}

/** Starts the server in a session of its own, so that neither Ctrl-C in the daemon's terminal nor the daemon's end reaches it. */
export async function launchRedis({ executable, configFile, logFile, dir }: RedisLaunch): Promise<LaunchedRedis> {
  const log = await open(logFile, 'a', 0o600)
  const { size } = await log.stat()
  // The umask keeps the AOF, full of personal data, from other users; `env -i` keeps the daemon's secrets out of a process that outlives it.
  const script = 'umask 077; exec env -i PATH="$PATH" "$@"'
  const child = spawn('/bin/sh', ['-c', script, 'sh', executable, configFile], {
    cwd: dir,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  await once(child, 'spawn')
  const ended = once(child, 'exit')
  await log.close()
  return { pid: child.pid ?? 0, ended, lastWords: () => lastWords(logFile, size), letGo: () => child.unref() }
}

async function lastWords(logFile: string, from: number): Promise<string> {
  const said = (await readFile(logFile)).subarray(from).toString()
  return said.trim().split('\n').slice(-4).join(' | ')
}

/**
 * The pids of living servers that were started with `configFile`: the record on disk may be lost, the process list is not. Forks that rewrite
 * the AOF carry another title and don't count. Empty where the process list is out of reach.
 */
export async function serversStartedWith(configFile: string): Promise<number[]> {
  const pids: number[] = []
  for (const { pid, command } of await processes()) {
    const at = command.indexOf(configFile)
    if (at > 0 && /(redis|valkey)-server\b[^/]*$/.test(command.slice(0, at))) pids.push(pid)
  }
  return pids
}

async function processes(): Promise<{ pid: number; command: string }[]> {
  if (process.platform !== 'linux') return await listWithPs()
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  return await Promise.all(pids.map(async (pid) => ({ pid, command: await commandOf(pid) })))
}

async function commandOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

async function listWithPs(): Promise<{ pid: number; command: string }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,command='], { maxBuffer: 2 ** 26 })
  return stdout.split('\n').map((line) => {
    const [, pid = '0', command = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? []
    return { pid: Number(pid), command }
  })
}
