import { configVersion } from '../config/config-version.ts'
import type { Config } from '../config/load.ts'
import { RedisCrmStates } from '../store/crm-states.ts'
import type { Scripts } from '../store/redis.ts'

/** Which version of a CRM's settings there is. */
export interface ConfigNow {
  /** What its file says; null when the file is invalid or says `enabled: false`. */
  readonly file: string | null
  /** With what the daemon began that was started last; null when none has yet. */
  readonly daemon: string | null
}

/** Of each CRM that has a file. A daemon reads the files once, so that what was mended since is not in force. */
export async function configsNow({ crms, disabled }: Config, scripts: Scripts): Promise<ReadonlyMap<string, ConfigNow>> {
  const states = new RedisCrmStates(scripts)
  const files = new Map<string, string | null>(disabled.map((name) => [name, null]))
  for (const crm of crms) files.set(crm.name, crm.ok ? configVersion(crm) : null)
  const daemons = await Promise.all([...files.keys()].map((name) => states.startedWith(name)))
  return new Map([...files].map(([name, file], index) => [name, { file, daemon: daemons[index] ?? null }]))
}

/** Says that a daemon which runs goes by older settings; null where it does not, or none was started yet. */
export function oldSettings(crm: string, { file, daemon }: ConfigNow): string | null {
  if (file === null || daemon === null || file === daemon) return null
  return `${crm}: its file has changed since the daemon was started (${daemon}, now ${file}). A daemon that runs goes by the older one: restart it first.`
}
