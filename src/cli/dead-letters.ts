import { parseArgs } from 'node:util'
import type { Config } from '../config/load.ts'
import { DeliveryErrorCodes } from '../core/index.ts'
import { type DeadLetterFilter, DeadLetters } from '../queue/dead-letters.ts'
import { RedisFollowUps } from '../store/follow-ups.ts'
import { RedisLedger } from '../store/ledger.ts'
import { readAge } from './age-option.ts'
import { configsNow, oldSettings } from './config-now.ts'
import { changeAll, changeOne, type LetterChange } from './letter-change.ts'
import { listLetters, showLetters } from './letter-view.ts'
import type { LettersAsked } from './letters-asked.ts'
import { type OpenStore, withStore } from './open-store.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { Usages } from './usages.ts'
import { WrongUse } from './wrong-use.ts'

const Verbs = ['list', 'show', 'replay', 'discard'] as const
const Options = {
  config: { type: 'string', default: DefaultConfigDir },
  crm: { type: 'string' },
  code: { type: 'string' },
  offer: { type: 'string' },
  'older-than': { type: 'string' },
  'newer-than': { type: 'string' },
  limit: { type: 'string' },
  plan: { type: 'boolean', default: true },
  all: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  'show-personal-data': { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parse>['values']

/** Deliveries, and tasks of follow-ups, that wait for a person. Exit code 1 when the one asked about is not among them. */
export async function deadLetters(args: string[]): Promise<number> {
  const { values, positionals } = parse(args)
  const [word, id, ...more] = positionals
  const verb = Verbs.find((one) => one === word)
  const one = verb !== 'list' && !values.all
  if (!verb || more.length > 0 || one !== (id !== undefined) || (verb === 'show' && values.all))
    throw new WrongUse(Usages['dead-letters'])
  const limit = limitIn(values)
  const config = readConfig(values.config)
  const filter = filterIn(values, config)

  return await withStore(config, 'dead-letters', async (store) => {
    const { json, plan, yes, 'show-personal-data': personal } = values
    const asked = { letters: openLetters(config, store), filter, config, store, json }
    if (verb === 'list') return await listLetters(asked, limit)
    if (verb === 'show') return await showLetters(asked, id ?? '', { plan, personal })
    if (verb === 'replay') await warnOfOldSettings(asked)
    const change: LetterChange = { verb, yes }
    return id === undefined ? await changeAll(asked, change) : await changeOne(asked, id, change)
  })
}

function parse(args: string[]) {
  return parseArgs({ args, allowPositionals: true, allowNegative: true, options: Options })
}

function openLetters({ leadsync: { workers, retention } }: Config, { scripts, queues }: OpenStore): DeadLetters {
  const ledger = new RedisLedger(scripts, { lockMs: workers.lockSeconds * 1_000, retention, now: Date.now })
  return new DeadLetters(queues, ledger, new RedisFollowUps(scripts, { retention, now: Date.now }))
}

function filterIn(values: Values, config: Config): DeadLetterFilter {
  const { crm, code, offer, 'older-than': olderThan, 'newer-than': newerThan } = values
  const crms = [...config.crms.map(({ name }) => name), ...config.disabled]
  if (crm !== undefined && !crms.includes(crm)) {
    throw new WrongUse(`there is no CRM ${crm}; there are ${crms.join(', ') || 'none'}`)
  }
  if (code !== undefined && !DeliveryErrorCodes.some((known) => known === code)) {
    throw new WrongUse(`--code is one of ${DeliveryErrorCodes.join(', ')}`)
  }
  const now = Date.now()
  const from = newerThan === undefined ? undefined : now - readAge('newer-than', newerThan)
  const until = olderThan === undefined ? undefined : now - readAge('older-than', olderThan)
  return { crm, code, offer, parked: { from, until } }
}

/** Null: all of them. A script reads all, a person some. */
function limitIn({ limit, json }: Values): number | null {
  if (limit === undefined) return json ? null : 50
  if (!/^\d{1,9}$/.test(limit)) throw new WrongUse('--limit is a whole number')
  return Number(limit)
}

/** Whoever mends a file and replays at once has the daemon try them as before. */
async function warnOfOldSettings({ config, store, filter, json }: LettersAsked): Promise<void> {
  if (json) return
  for (const [crm, now] of await configsNow(config, store.scripts)) {
    const say = filter.crm === undefined || filter.crm === crm ? oldSettings(crm, now) : null
    if (say !== null) process.stderr.write(`${say}\n`)
  }
}
