import { onTestFinished } from 'vitest'
import { connectors } from '../../connectors/registry.ts'
import { type Config, loadConfig } from '../../src/config/load.ts'
import { type Daemon, type DaemonOptions, startDaemon } from '../../src/daemon.ts'
import { type Home, MarketplaceToken } from './home.ts'
import { type LogLine, recordedLog } from './recorded-log.ts'

export interface DaemonHere extends Daemon {
  /** Where the marketplace posts its leads. */
  readonly marketplace: string
  readonly lines: readonly LogLine[]
}

export function configOf(home: Home): Config {
  const loaded = loadConfig(home.configDir, { env: home.env, connectors })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.config
}

/** The daemon in the test's own process, for what needs no process to die. It ends with the test. */
export async function startDaemonHere(home: Home, options: Partial<DaemonOptions> = {}): Promise<DaemonHere> {
  const { log, lines } = recordedLog()
  const daemon = await startDaemon({ config: configOf(home), role: 'all', log, now: Date.now, ...options })
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= daemon.stop()
    return stopped
  }
  onTestFinished(stop)
  return { ...daemon, stop, lines, marketplace: `${daemon.intakeUrl}/intake/marketplace/${MarketplaceToken}` }
}
