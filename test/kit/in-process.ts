import { onTestFinished } from 'vitest'
import { connectors } from '../../connectors/registry.ts'
import { type Config, loadConfig } from '../../src/config/load.ts'
import { startDaemon } from '../../src/daemon.ts'
import { ApiToken, type Home } from './home.ts'
import { recordedLog } from './recorded-log.ts'

export interface RunningHome {
  /** Hands leads in by the API. */
  send(leads: readonly object[]): Promise<void>
  stop(): Promise<void>
}

/** What `leadsync start` runs, without a process: for tests that kill nothing and whose `now` is the real one. It ends with the test. */
export async function startInProcess(home: Home): Promise<RunningHome> {
  const daemon = await startDaemon({ config: configOf(home), role: 'all', log: recordedLog().log, now: Date.now })
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= daemon.stop()
    return stopped
  }
  onTestFinished(stop)
  return {
    async send(leads) {
      const headers = { authorization: `Bearer ${ApiToken}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ leads })
      const response = await fetch(`${daemon.intakeUrl}/intake/leads`, { method: 'POST', headers, body })
      if (response.status !== 202) throw new Error(await response.text())
    },
    stop,
  }
}

export function configOf(home: Home): Config {
  const loaded = loadConfig(home.configDir, { env: home.env, connectors })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return loaded.config
}
