import { parseArgs } from 'node:util'
import { age } from '../admin/status-text.ts'
import type { Config } from '../config/load.ts'
import { type DeadLetter, DeadLetters } from '../queue/dead-letters.ts'
import { RedisFollowUps } from '../store/follow-ups.ts'
import { RedisLedger } from '../store/ledger.ts'
import { withStore } from './open-store.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { WrongUse } from './wrong-use.ts'

const Verbs = ['list', 'show', 'replay', 'discard'] as const
const Usage =
  'leadsync dead-letters list | show ID | replay ID|--all | discard ID|--all --yes  [--crm NAME] [--code CODE] [--json]'

interface Asked {
  readonly verb: (typeof Verbs)[number]
  /** Null: all that the filter lets through. */
  readonly id: string | null
  readonly yes: boolean
  readonly json: boolean
  readonly filter: { readonly crm?: string; readonly code?: string }
}

/** Deliveries, and tasks of follow-ups, that wait for a person. Exit code 1 when the one asked about is not among them. */
export async function deadLetters(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      crm: { type: 'string' },
      code: { type: 'string' },
      all: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const [word, id, ...more] = positionals
  const verb = Verbs.find((one) => one === word)
  const one = verb !== 'list' && !values.all
  if (!verb || more.length > 0 || one !== (id !== undefined) || (verb === 'show' && values.all)) throw new WrongUse(Usage)
  const config = readConfig(values.config)
  if (values.crm !== undefined && !crmNames(config).includes(values.crm)) {
    throw new WrongUse(`there is no CRM ${values.crm}; there ${crmNames(config).join(', ') || 'are none'}`)
  }
  const filter = { ...(values.crm ? { crm: values.crm } : {}), ...(values.code ? { code: values.code } : {}) }
  const asked: Asked = { verb, id: id ?? null, yes: values.yes, json: values.json, filter }

  return await withStore(config, 'dead-letters', async ({ scripts, queues }) => {
    const { workers, retention } = config.leadsync
    const ledger = new RedisLedger(scripts, { lockMs: workers.lockSeconds * 1_000, retention, now: Date.now })
    return await run(new DeadLetters(queues, ledger, new RedisFollowUps(scripts, { retention, now: Date.now })), asked)
  })
}

async function run(letters: DeadLetters, { verb, id, yes, json, filter }: Asked): Promise<number> {
  const chosen = id === null ? await letters.list(filter) : await letters.find(id, filter)
  if (id !== null && chosen.length === 0) {
    process.stderr.write('That is not among the dead letters: leadsync dead-letters list shows them.\n')
    return 1
  }
  if (verb === 'discard' && !yes) {
    throw new WrongUse(`discard gives up ${chosen.length} of them for good: add --yes if that is what you want`)
  }
  if (verb === 'list' || verb === 'show') {
    show(chosen, verb, json)
    return 0
  }
  const done = await each(chosen, (letter) =>
    verb === 'replay' ? letters.replay(letter) : letters.discard(letter, 'A person gave it up.'),
  )
  const skipped = chosen.length - done
  const word = verb === 'replay' ? 'replayed' : 'discarded'
  if (json) printJson({ [word]: done, skipped })
  else printLines([`${done} ${word}${skipped > 0 ? `, ${skipped} left: somebody else took them up meanwhile` : ''}`])
  return skipped === 0 ? 0 : 1
}

async function each(letters: readonly DeadLetter[], act: (letter: DeadLetter) => Promise<boolean>): Promise<number> {
  let done = 0
  for (const letter of letters) if (await act(letter)) done += 1
  return done
}

function show(letters: readonly DeadLetter[], verb: 'list' | 'show', json: boolean): void {
  const lines = letters.flatMap((letter) => (verb === 'list' ? [line(letter)] : details(letter)))
  if (json) printJson({ deadLetters: letters })
  else printLines(lines.length === 0 ? ['Nothing waits for a person.'] : lines)
}

function line({ id, code, reason, parkedAt }: DeadLetter): string {
  return `${id}  ${code ?? '-'}  ${when(parkedAt)}  ${reason}`
}

function details({ id, crm, leadId, lead, step, code, reason, parkedAt }: DeadLetter): readonly string[] {
  return [
    `${step === null ? 'delivery' : 'follow-up'} ${id}`,
    `  CRM: ${crm}`,
    `  lead: ${leadId ?? 'no longer in the ledger'} (key ${lead}); leadsync lead shows its history`,
    `  code: ${code ?? 'no longer known'}`,
    `  parked: ${parkedAt ?? 'unknown'} (${when(parkedAt)})`,
    `  reason: ${reason}`,
  ]
}

function when(at: string | null): string {
  return at === null ? 'unknown' : age(at, Date.now())
}

function crmNames({ crms, disabled }: Config): readonly string[] {
  return [...crms.map(({ name }) => name), ...disabled]
}
