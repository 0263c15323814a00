import { parseArgs } from 'node:util'
import { connectors } from '../../connectors/registry.ts'
import { describeConfig } from '../config/describe.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import type { LiveFinding } from './live/finding.ts'
import { liveFindings } from './live/live.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir } from './read-config.ts'

/**
 * Reads the files and connects to nothing, unless `--live` asks: then Redis, disk and every CRM are looked at too. Prints every problem with
 * file, line and key. Exit code 2: the configuration is wrong; 1: something that it names is not fine.
 */
export async function check(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      json: { type: 'boolean' },
      live: { type: 'boolean', default: false },
    },
  })
  const loaded = loadConfig(values.config, { connectors })
  const problems = loaded.ok ? loaded.config.crms.flatMap((crm) => (crm.ok ? [] : crm.problems)) : loaded.problems
  const live = values.live && loaded.ok ? await liveFindings(loaded.config, Date.now) : []
  const fine = live.every(({ severity }) => severity !== 'error')
  if (values.json) {
    printJson({ ok: problems.length === 0 && fine, problems, ...(values.live ? { live } : {}) })
  } else {
    if (loaded.ok) printLines([...describeConfig(loaded.config), ...live.map(liveLine)])
    for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`)
  }
  if (problems.length > 0) return 2
  return fine ? 0 : 1
}

function liveLine({ severity, about, message }: LiveFinding): string {
  return `${severity}: ${about}: ${message}`
}
