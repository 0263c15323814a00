import { onTestFinished } from 'vitest'
import { connectors } from '../../connectors/registry.ts'
import { type Config, loadConfig } from '../../src/config/load.ts'
import { type Daemon, type DaemonOptions, startDaemon } from '../../src/daemon.ts'
import type { Urls } from './daemon.ts'
import { ApiToken, type Home, MarketplaceToken } from './home.ts'
import { type LogLine, recordedLog } from './recorded-log.ts'

export interface DaemonHere extends Daemon {
  /** Where the marketplace posts its leads. */
  readonly marketplace: string
  /** The same as those of a daemon in a process of its own. */
  readonly urls: Urls
  readonly lines: readonly LogLine[]
  /** Hands leads in by the API. */
  send(leads: readonly object[]): Promise<void>
}

export function configOf(home: Home): Config {
  const loaded = loadConfig(home.configDir, { env: home.env, connectors })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.config
}

/** What `leadsync start` runs in the test's own process, for what needs no process to die: starting one takes a second of a core. It ends with the test. */
export async function startDaemonHere(home: Home, options: Partial<DaemonOptions> = {}): Promise<DaemonHere> {
  const { log, lines } = recordedLog()
  const daemon = await startDaemon({ config: configOf(home), role: 'all', log, now: Date.now, ...options })
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= daemon.stop()
    return stopped
  }
  onTestFinished(stop)
  const { intakeUrl, adminUrl, redisUrl } = daemon
  const marketplace = `${intakeUrl}/intake/marketplace/${MarketplaceToken}`
  return {
    ...daemon,
    stop,
    lines,
    marketplace,
    urls: { marketplace, intake: intakeUrl ?? '', admin: adminUrl ?? '', redis: redisUrl },
    async send(leads) {
      const headers = { authorization: `Bearer ${ApiToken}`, 'content-type': 'application/json' }
      const response = await fetch(`${intakeUrl}/intake/leads`, { method: 'POST', headers, body: JSON.stringify({ leads }) })
      if (response.status !== 202) throw new Error(await response.text())
    },
  }
}
