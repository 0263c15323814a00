import { connectors } from '../../connectors/registry.ts'
import { type Config, loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { WrongUse } from './wrong-use.ts'

export const DefaultConfigDir = 'config'

/** The configuration, or a `WrongUse` that lists every problem with file, line and key. */
export function readConfig(dir: string): Config {
  const loaded = loadConfig(dir, { connectors })
  if (loaded.ok) return loaded.config
  throw new WrongUse(`the configuration can't be used:\n${loaded.problems.map(formatProblem).join('\n')}`)
}
