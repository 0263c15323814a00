import { parseArgs } from 'node:util'
import { age } from '../admin/status-text.ts'
import { readInstallation } from '../config/installation.ts'
import { Quarantine, type SetAside } from '../queue/quarantine.ts'
import { RedisLeadRegister } from '../store/lead-register.ts'
import { RedisQuarantineRoom } from '../store/quarantine-room.ts'
import { withStore } from './open-store.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { UnreadableReader } from './unreadable-reader.ts'
import { Usages } from './usages.ts'
import { WrongUse } from './wrong-use.ts'

const Verbs = ['list', 'show', 'replay', 'discard'] as const
const Kinds = ['held', 'quarantined'] as const
interface Asked {
  readonly verb: (typeof Verbs)[number]
  readonly id: string | null
  readonly kind: (typeof Kinds)[number] | undefined
  readonly yes: boolean
  readonly json: boolean
  readonly personal: boolean
}

/** Test leads that are held, and bodies that could not be understood. Exit code 1 when one is not there or still can't be understood. */
export async function quarantine(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      kind: { type: 'string' },
      all: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'show-personal-data': { type: 'boolean', default: false },
    },
  })
  const [word, id, ...more] = positionals
  const verb = Verbs.find((one) => one === word)
  const kind = Kinds.find((one) => one === values.kind)
  const one = verb !== 'list' && !values.all
  if (!verb || more.length > 0 || one !== (id !== undefined) || (verb === 'show' && values.all))
    throw new WrongUse(Usages.quarantine)
  // Test leads and unreadable bodies together are never what somebody means.
  if (kind === undefined && (values.kind !== undefined || values.all)) throw new WrongUse('--kind is held or quarantined')

  const config = readConfig(values.config)
  const { yes, json, 'show-personal-data': personal } = values
  const asked: Asked = { verb, id: id ?? null, kind, yes, json, personal }
  const secret = (await readInstallation(config.leadsync.dataDir))?.secret
  if (secret === undefined) {
    process.stderr.write(`Nothing has come in yet: there is no installation in ${config.leadsync.dataDir}.\n`)
    return 1
  }
  return await withStore(config, 'quarantine', async ({ scripts, queues }) => {
    const { doNotContact, retention } = config.leadsync
    const crms = config.crms.map(({ name }) => name)
    const register = new RedisLeadRegister(scripts, { secret, doNotContact, retention, crms })
    const room = new RedisQuarantineRoom(scripts, config.leadsync.quarantine.maxBytes, Date.now)
    const reader = new UnreadableReader(config, secret)
    const quarantined = new Quarantine({ queues, register, room, interpret: (what) => reader.interpret(what) })
    return await run(quarantined, reader, asked)
  })
}

async function run(quarantined: Quarantine, reader: UnreadableReader, asked: Asked): Promise<number> {
  const { verb, id, kind, yes, json } = asked
  const found = id === null ? null : await quarantined.find(id)
  const chosen = id === null ? await quarantined.list(kind) : found ? [found] : []
  if (id !== null && chosen.length === 0) {
    process.stderr.write('That is not in the quarantine: leadsync quarantine list shows what is.\n')
    return 1
  }
  if (verb === 'discard' && !yes) {
    throw new WrongUse(`discard gives up ${chosen.length} for good: add --yes if that is what you want`)
  }
  if (verb === 'list' || verb === 'show') {
    show(chosen, asked)
    return 0
  }
  reader.expect(chosen)
  const results: Result[] = []
  for (const one of chosen) results.push(verb === 'replay' ? await replay(quarantined, one) : await discard(quarantined, one))
  if (json) printJson({ results })
  else printLines(results.map(({ id: which, status, reason }) => `${which}  ${status}${reason ? `: ${reason}` : ''}`))
  return results.some(({ status }) => status === 'quarantined') ? 1 : 0
}

interface Result {
  readonly id: string
  readonly status: 'accepted' | 'duplicate' | 'quarantined' | 'discarded' | 'gone'
  readonly leadId?: string
  readonly reason?: string
}

async function replay(quarantined: Quarantine, one: SetAside): Promise<Result> {
  return { id: one.id, ...(await quarantined.replay(one)) }
}

async function discard(quarantined: Quarantine, one: SetAside): Promise<Result> {
  return { id: one.id, status: (await quarantined.discard(one)) ? 'discarded' : 'gone' }
}

function show(chosen: readonly SetAside[], { verb, json, personal }: Asked): void {
  const shown = chosen.map((one) => ({ ...facts(one), ...(verb === 'show' && personal ? { content: content(one) } : {}) }))
  if (json) printJson({ quarantine: shown })
  else printLines(shown.length === 0 ? ['Nothing is in the quarantine.'] : shown.flatMap(linesOf))
}

function linesOf({ id, kind, receivedAt, channel, token, reason, content: body }: Shown): readonly string[] {
  return [
    `${id}  ${kind}  ${age(receivedAt, Date.now())}  ${channel}${token ? `, token ${token}` : ''}  ${reason}`,
    ...(body === undefined ? [] : JSON.stringify(body, null, 2).split('\n')),
  ]
}

type Shown = ReturnType<typeof facts> & { readonly content?: unknown }

function facts(one: SetAside) {
  const { id, kind, receivedAt } = one
  if (one.kind === 'quarantined') {
    const { channel, token, reason } = one.what
    return { id, kind, receivedAt, channel, token: token || null, reason }
  }
  const reason = one.lead.test ? 'a test lead' : 'from one of your own domains (ownDomains)'
  return { id, kind, receivedAt, channel: one.lead.channel, token: null, reason }
}

function content(one: SetAside): unknown {
  return one.kind === 'held' ? one.lead : one.what.verbatim
}
