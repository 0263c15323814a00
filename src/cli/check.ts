import { parseArgs } from 'node:util'
import { connectors } from '../../connectors/registry.ts'
import { describeConfig } from '../config/describe.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { DefaultConfigDir } from './read-config.ts'

/** Offline: reads the files, connects to nothing. Prints every problem with file, line and key. */
export async function check(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { config: { type: 'string', default: DefaultConfigDir }, json: { type: 'boolean' } },
  })
  const loaded = loadConfig(values.config, { connectors })
  const problems = loaded.ok ? loaded.config.crms.flatMap((crm) => (crm.ok ? [] : crm.problems)) : loaded.problems
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ ok: problems.length === 0, problems })}\n`)
  } else {
    if (loaded.ok) process.stdout.write(`${describeConfig(loaded.config).join('\n')}\n`)
    for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`)
  }
  return problems.length === 0 ? 0 : 2
}
