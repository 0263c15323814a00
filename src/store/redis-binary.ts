import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface RedisServerConfig {
  readonly dir: string
  readonly port: number
  /** `always` is what keeps the promise of a 2xx; `no` is for tests that never cut the power. */
  readonly appendfsync?: 'always' | 'no'
}

/**
 * The executable of a Redis >= 6.2 or a Valkey: on the PATH, else the one that `scripts/setup.mjs` put into `.leadsync/tools`. Rejects with
 * what to do when there is none. The system searches the PATH, so that the environment is not read here.
 */
export async function findRedisServer(
  tools = fileURLToPath(new URL('../../.leadsync/tools/', import.meta.url)),
): Promise<string> {
  for (const file of ['redis-server', 'valkey-server', `${tools}redis-server`]) {
    if (isNewEnough(await versionText(file))) return file
  }
  const advice =
    'Run "node scripts/setup.mjs", install redis-server or valkey-server, or set redis.mode to "url" and redis.url to a server of yours.'
  throw new Error(`No redis-server >= 6.2 and no valkey-server was found on the PATH. ${advice}`)
}

async function versionText(file: string): Promise<string> {
  try {
    return (await promisify(execFile)(file, ['--version'])).stdout
  } catch {
    return ''
  }
}

function isNewEnough(text: string): boolean {
  const version = /\bv=(\d+)\.(\d+)/.exec(text)
  if (version === null) return false
  const [major, minor] = [Number(version[1]), Number(version[2])]
  return major > 6 || (major === 6 && minor >= 2)
}

/** The redis.conf that Leadsync ships. */
export function redisConfigText({ dir, port, appendfsync = 'always' }: RedisServerConfig): string {
  return `# Written by Leadsync at every start: changes are lost.
bind 127.0.0.1
protected-mode yes
port ${port}
dir ${quoted(dir)}
daemonize no
# The AOF is the one record; an RDB beside it would be older and cost a fork.
save ""
appendonly yes
appendfsync ${appendfsync}
# A tail torn by a power cut was never acknowledged: start without it.
aof-load-truncated yes
maxmemory-policy noeviction
# A BullMQ job has fields over 64 bytes; as a listpack it takes about a third less. The old name is the one that 6.2 and all later know.
hash-max-ziplist-value 256
set-proc-title yes
proc-title-template "{title} {config-file}"
`
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
