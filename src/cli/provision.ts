import { parseArgs } from 'node:util'
import type { ReadyCrm } from '../config/crm-settings.ts'
import { formatProblem } from '../config/problem.ts'
import { DeliveryError, type ProvisionStep, withOwnFields } from '../core/index.ts'
import { openConnector, openCrmAdmin } from './open-connector.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { WrongUse } from './wrong-use.ts'

const TimeoutMs = 5 * 60_000

/** What became of a step: a sentence when the CRM refused it. */
interface Made extends Pick<ProvisionStep, 'object' | 'field' | 'sentence'> {
  readonly result: 'planned' | 'created' | 'exists' | 'refused'
  readonly reason?: string
}

/** `provision CRM` shows what Leadsync's own fields the CRM lacks; `--yes` makes them. Exit code 1 while any is missing. */
export async function provision(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const [name, ...more] = positionals
  if (name === undefined || more.length > 0) throw new WrongUse('name one CRM: leadsync provision CRM [--yes]')
  const crm = readyCrm(values.config, name)
  try {
    const steps = await plan(crm)
    const made = values.yes ? await apply(crm, steps) : steps.map((step) => shown(step, 'planned'))
    if (values.json) printJson({ crm: name, steps: made })
    else printLines(lines(made, values.yes))
    return made.every(({ result }) => result === 'created' || result === 'exists') ? 0 : 1
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

function readyCrm(dir: string, name: string): ReadyCrm {
  const { crms } = readConfig(dir)
  const crm = crms.find((one) => one.name === name)
  if (!crm) throw new WrongUse(`there is no enabled CRM ${name}`)
  if (!crm.ok) throw new WrongUse(crm.problems.map(formatProblem).join('\n'))
  return crm
}

async function plan(crm: ReadyCrm): Promise<readonly ProvisionStep[]> {
  const given = { fetch: globalThis.fetch, now: Date.now }
  const connector = openConnector(crm, given)
  try {
    const catalog = await connector.catalog(AbortSignal.timeout(TimeoutMs))
    return openCrmAdmin(crm, given).planProvision(withOwnFields(crm), catalog)
  } finally {
    await connector.stop()
  }
}

async function apply(crm: ReadyCrm, steps: readonly ProvisionStep[]): Promise<readonly Made[]> {
  const admin = openCrmAdmin(crm, { fetch: globalThis.fetch, now: Date.now })
  const results = await admin.provision(steps, AbortSignal.timeout(TimeoutMs))
  return steps.map((step, index) => {
    const result = results[index]
    if (result === 'created' || result === 'exists') return shown(step, result)
    return { ...shown(step, 'refused'), ...(result ? { reason: result.message } : {}) }
  })
}

function shown({ object, field, sentence }: ProvisionStep, result: Made['result']): Made {
  return { object, field, sentence, result }
}

function lines(made: readonly Made[], applied: boolean): readonly string[] {
  if (made.length === 0) return ['Nothing is missing.']
  const each = made.map(({ result, sentence, reason }) => `${result}: ${sentence}${reason ? ` ${reason}` : ''}`)
  return applied ? each : [...each, 'Nothing was changed. To make them: the same command with --yes']
}
