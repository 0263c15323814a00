import { parseArgs } from 'node:util'
import type { Config } from '../config/load.ts'
import type { BoundOrg } from '../delivery/ports.ts'
import { Queues } from '../queue/queues.ts'
import { RedisOrgBindings } from '../store/org-bindings.ts'
import type { Scripts } from '../store/redis.ts'
import { renameCrm } from './crm-rename.ts'
import { createLog } from './log.ts'
import { withOwnStore, withStore } from './open-store.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { Usages } from './usages.ts'
import { WrongUse } from './wrong-use.ts'

/** By how many words, itself included. */
const Verbs: ReadonlyMap<string, number> = new Map([
  ['list', 1],
  ['rebind', 2],
  ['rename', 3],
])

interface Asked {
  readonly yes: boolean
  readonly keepRecords: boolean
  readonly force: boolean
  readonly json: boolean
}

interface ListedCrm {
  readonly name: string
  /** Null where no valid file says it. */
  readonly connector: string | null
  readonly enabled: boolean
  /** False: only its binding is left of it. */
  readonly file: boolean
  readonly org: string | null
  /** ISO 8601. */
  readonly since: string | null
}

/** Which org each CRM is bound to, how that is forgotten, and how a CRM gets another name. Exit code 1 when there is nothing of the kind or it is at work. */
export async function crm(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      yes: { type: 'boolean', default: false },
      'keep-records': { type: 'boolean', default: false },
      merge: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const [verb, name = '', to = ''] = positionals
  if (positionals.length !== Verbs.get(verb ?? '')) throw new WrongUse(Usages.crm)
  const config = readConfig(values.config)
  const asked = { ...values, keepRecords: values['keep-records'] }
  const open = verb === 'list' ? withStore : withOwnStore
  return await open(config, 'crm', ({ scripts }) => {
    const orgs = new RedisOrgBindings(scripts, Date.now)
    if (verb === 'rename') return renameCrm([name, to], config, scripts, asked)
    return verb === 'list' ? list(config, orgs, asked.json) : rebind(name, { config, orgs, scripts, asked })
  })
}

async function list(config: Config, orgs: RedisOrgBindings, json: boolean): Promise<number> {
  const names = await allNames(config, orgs)
  const listed = await Promise.all(names.map(async (name) => listedCrm(name, config, await orgs.of(name))))
  if (json) printJson({ crms: listed })
  else printLines(listed.length === 0 ? ['There is no CRM.'] : listed.map(line))
  return 0
}

function listedCrm(name: string, { crms, disabled }: Config, bound: BoundOrg | null): ListedCrm {
  const found = crms.find((one) => one.name === name)
  return {
    name,
    connector: found?.ok ? found.connector : null,
    enabled: found !== undefined,
    file: found !== undefined || disabled.includes(name),
    org: bound?.org ?? null,
    since: bound?.since ?? null,
  }
}

function line({ name, connector, enabled, file, org, since }: ListedCrm): string {
  const state = enabled ? (connector ?? 'its file is not valid') : file ? 'disabled' : 'has no file any more'
  return `${name}  ${state}  ${org === null ? 'bound to no org yet' : `org ${org}${since === null ? '' : ` since ${since}`}`}`
}

interface Rebinding {
  readonly config: Config
  readonly orgs: RedisOrgBindings
  readonly scripts: Scripts
  readonly asked: Asked
}

async function rebind(name: string, { config, orgs, scripts, asked }: Rebinding): Promise<number> {
  const bound = await orgs.of(name)
  if (bound === null) {
    const known = await allNames(config, orgs)
    if (!known.includes(name)) throw new WrongUse(`there is no CRM ${name}; there are ${known.join(', ') || 'none'}`)
    process.stderr.write(`${name} is bound to no org: its next success binds it.\n`)
    return 1
  }
  if (!asked.yes) throw new WrongUse(meaning(name, bound))
  const active = await deliveriesInHand(name, scripts)
  if (active > 0 && !asked.force) {
    process.stderr.write(
      `${name} has ${active} deliveries in hand, which would be noted for the wrong org: stop the daemon and try again. --force does it all the same.\n`,
    )
    return 1
  }
  // The records first: killed in between, it is still bound, and the same command goes on.
  const forgotten = asked.keepRecords ? 0 : await orgs.forgetRecords(name)
  await orgs.forget(name)
  if (asked.json) printJson({ crm: name, org: bound.org, recordsForgotten: forgotten })
  else
    printLines([
      `${name} is no longer bound to org ${bound.org}: its next success binds it. ${forgotten} records were forgotten. If it is blocked, it goes on within five minutes.`,
    ])
  return 0
}

function meaning(name: string, { org, since }: BoundOrg): string {
  return [
    `${name} is bound to org ${org}${since === null ? '' : ` since ${since}`}. rebind forgets that: its next success binds it to the org that its credential then belongs to.`,
    'That is right after a sandbox was restored or an account was moved, and for a file that is out of use; a wrong credential needs a right one instead.',
    'Which record each contact is there is forgotten, too, as in another account the same id is somebody else; contacts are found by contact id and e-mail again.',
    'Where the records kept their ids (a restored sandbox), add --keep-records. To do it, add --yes.',
  ].join('\n')
}

/** Also those of a CRM whose file is gone: a daemon may not know yet. */
async function deliveriesInHand(name: string, { redis }: Scripts): Promise<number> {
  const queues = new Queues(redis, [name], createLog('silent'))
  try {
    return await queues.delivery(name).getActiveCount()
  } finally {
    await queues.close()
  }
}

async function allNames({ crms, disabled }: Config, orgs: RedisOrgBindings): Promise<readonly string[]> {
  return [...new Set([...crms.map(({ name }) => name), ...disabled, ...(await orgs.names())])].sort()
}
