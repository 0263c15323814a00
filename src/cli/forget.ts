import { parseArgs } from 'node:util'
import { readInstallation } from '../config/installation.ts'
import type { Config } from '../config/load.ts'
import { readEmail } from '../core/index.ts'
import { createInterpreter } from '../intake/interpret.ts'
import { rewriteAof } from '../store/aof-rewrite.ts'
import type { CrmRecord } from '../store/forget.ts'
import { RedisLeadRegister } from '../store/lead-register.ts'
import type { Scripts } from '../store/redis.ts'
import { type ForgetParts, type Forgotten, forgetPerson, lookForPerson, NotFinished } from './forget-person.ts'
import { createLog } from './log.ts'
import { withStore } from './open-store.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { Usages } from './usages.ts'
import { WrongUse } from './wrong-use.ts'

/** Longer than a lock lasts whose holder was killed. */
const WaitMs = 60_000

/** All that is held of one person goes. Exit code 1 when it could not be done to the end; the same command goes on then. */
export async function forget(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const [text, ...more] = positionals
  if (text === undefined || more.length > 0) throw new WrongUse(Usages.forget)
  const { email, unread } = readEmail(text)
  // The text itself may be a person's: it is not repeated.
  if (email === null || unread !== null) throw new WrongUse('that is no e-mail address; a person is forgotten by one address')
  const config = readConfig(values.config)
  const installation = await readInstallation(config.leadsync.dataDir)
  if (installation === null) {
    process.stderr.write(`There is no installation in ${config.leadsync.dataDir}: nothing has come in here.\n`)
    return 1
  }
  return await withStore(config, 'forget', async ({ scripts }) => {
    const parts = partsOf(config, installation.secret, scripts)
    return values['dry-run'] ? await look(email, parts, values.json) : await run(email, parts, values.json)
  })
}

function partsOf({ leadsync, crms, disabled }: Config, secret: string, scripts: Scripts): ForgetParts {
  const { dataDir, stages, retention, doNotContact, workers, journal } = leadsync
  const log = createLog('silent')
  const names = crms.map(({ name }) => name)
  return {
    scripts,
    register: new RedisLeadRegister(scripts, { secret, doNotContact, retention, crms: names }),
    secret,
    retention,
    stages,
    crms: names,
    disabled,
    journalDir: journal.dir,
    dataDir,
    interpret: createInterpreter({ secret, stages }, log).interpret,
    lockMs: workers.lockSeconds * 1_000,
    waitMs: Math.max(WaitMs, 2 * workers.lockSeconds * 1_000),
    log,
    now: Date.now,
  }
}

async function look(email: string, parts: ForgetParts, json: boolean): Promise<number> {
  const found = await lookForPerson(email, parts)
  if (json) printJson({ dryRun: true, ...shown(found) })
  else printLines([`Held: ${amounts(found)}. Nothing was changed.`, ...recordLines(found.records)])
  return 0
}

async function run(email: string, parts: ForgetParts, json: boolean): Promise<number> {
  try {
    await forgetPerson(email, parts, async (forgotten) => {
      const problem = await rewriteAof(parts.scripts.redis)
      if (json) printJson({ dryRun: false, ...shown(forgotten), redisProblem: problem })
      else printLines(lines(forgotten, problem))
    })
    return 0
  } catch (error) {
    if (!(error instanceof NotFinished)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

function lines(forgotten: Forgotten, problem: string | null): readonly string[] {
  const { known, until } = forgotten
  return [
    `Gone: ${amounts(forgotten)}.${known ? '' : ' No contact was known by this address.'}`,
    `Leads of this person from before ${until} stay out from now on.`,
    ...recordLines(forgotten.records),
    ...(problem === null ? [] : [problem]),
  ]
}

function amounts({ leads, jobs, quarantined, journal }: Forgotten): string {
  return `${leads} in the ledger, ${jobs} in the queues, ${quarantined} in the quarantine, ${journal} in the journal`
}

function recordLines(records: readonly CrmRecord[]): readonly string[] {
  if (records.length === 0) return ['No record of this person in a CRM is known here.']
  return [
    'Leadsync touches no CRM. Erase there yourself:',
    ...Object.entries(byCrm(records)).map(([crm, ids]) => `  ${crm}: ${ids.join(', ')}`),
  ]
}

function shown({ known, until, leads, jobs, quarantined, journal, records }: Forgotten) {
  return { known, until, removed: { leads, jobs, quarantined, journal }, records: byCrm(records) }
}

function byCrm(records: readonly CrmRecord[]): Readonly<Record<string, readonly string[]>> {
  const names = [...new Set(records.map(({ crm }) => crm))].sort()
  return Object.fromEntries(
    names.map((name) => [
      name,
      records
        .filter(({ crm }) => crm === name)
        .map(({ record }) => record)
        .sort(),
    ]),
  )
}
