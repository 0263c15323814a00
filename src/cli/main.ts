import { redisRefusal } from './redis-refusal.ts'
import { type CommandName, Usages } from './usages.ts'
import { WrongUse } from './wrong-use.ts'

type Command = (args: string[]) => Promise<number>

/** Loaded only when asked for: `leadsync check` needs no web server. */
const Commands: Readonly<Record<CommandName, { readonly what: string; load(): Promise<Command> }>> = {
  start: { what: 'run the daemon', load: async () => (await import('./start.ts')).start },
  check: {
    what: 'check the configuration; --live also Redis, disk and every CRM',
    load: async () => (await import('./check.ts')).check,
  },
  plan: {
    what: 'what leads would do in each CRM, nothing is written: FILE',
    load: async () => (await import('./plan.ts')).plan,
  },
  redeliver: {
    what: 'delivered leads once more: --crm NAME --since T --until T',
    load: async () => (await import('./redeliver.ts')).redeliver,
  },
  status: { what: 'what came in, what became of it, what waits', load: async () => (await import('./status.ts')).status },
  lead: { what: 'what became of a lead or a contact, and why', load: async () => (await import('./lead.ts')).lead },
  'dead-letters': {
    what: 'deliveries that wait for a person: list, show, replay, discard',
    load: async () => (await import('./dead-letters.ts')).deadLetters,
  },
  quarantine: {
    what: 'held test leads and unreadable bodies: list, show, replay, discard',
    load: async () => (await import('./quarantine.ts')).quarantine,
  },
  dnc: {
    what: 'who must not be contacted: add, remove, list, why, import, export',
    load: async () => (await import('./dnc/dnc.ts')).dnc,
  },
  forget: {
    what: 'take out all that is held of one person: EMAIL [--dry-run]',
    load: async () => (await import('./forget.ts')).forget,
  },
  rebuild: {
    what: 'bring back what a lost Redis held: [--yes] [--without CRM]',
    load: async () => (await import('./rebuild/rebuild.ts')).rebuild,
  },
  replay: {
    what: 'queue again what the journal has: --journal FROM..TO [--dir DIR]',
    load: async () => (await import('./replay.ts')).replay,
  },
  provision: {
    what: 'make the fields in a CRM that Leadsync needs: CRM [--yes]',
    load: async () => (await import('./provision.ts')).provision,
  },
  crm: { what: 'which org each CRM is bound to: list, rebind, rename', load: async () => (await import('./crm.ts')).crm },
  schema: { what: 'print or write the JSON Schemas', load: async () => (await import('./schema.ts')).schema },
  sandbox: { what: 'run stand-ins for the CRMs on loopback', load: async () => (await import('./sandbox.ts')).sandbox },
  demo: { what: 'show it all on sample leads', load: async () => (await import('./demo/demo.ts')).demo },
}

/** Exit codes: 0 done, 1 the thing asked about is not fine, 2 wrong use or configuration. */
export async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args
  if (!isCommand(name)) {
    const known = name === undefined || name === 'help' || name === '--help' || name === '-h'
    const text = known ? usage() : `There is no command ${name}.\n\n${usage()}`
    process[name !== undefined && known ? 'stdout' : 'stderr'].write(text)
    return name !== undefined && known ? 0 : 2
  }
  const { what, load } = Commands[name]
  if (rest.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(`${what}\n\nUsage: ${Usages[name]}\n`)
    return 0
  }
  try {
    const run = await load()
    return await run(rest)
  } catch (error) {
    const refusal = redisRefusal(error)
    if (refusal !== null) {
      process.stderr.write(`leadsync ${name}: ${refusal}\n`)
      return 1
    }
    if (!(error instanceof WrongUse) && !isParseError(error)) throw error
    process.stderr.write(`leadsync ${name}: ${error.message}\n`)
    return 2
  }
}

function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(Commands, name)
}

function usage(): string {
  const lines = Object.entries(Commands).map(([name, { what }]) => `  ${name.padEnd(12)} ${what}`)
  return `Usage: leadsync COMMAND [--config DIR]\n\n${lines.join('\n')}\n\nleadsync COMMAND --help tells how it is called.\n`
}

/** What `parseArgs` throws for an unknown or incomplete option; its message is a sentence already. */
function isParseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}
