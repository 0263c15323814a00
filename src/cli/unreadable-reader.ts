import type { Config } from '../config/load.ts'
import { Channel, judgeOwn, normalizeLead, type OwnDomains, ownTags } from '../core/index.ts'
import { createInterpreter } from '../intake/interpret.ts'
import type { JournalEntry } from '../intake/journal-entry.ts'
import { entryAt, locateEntries } from '../intake/journal-find.ts'
import type { Arrival } from '../intake/lead-sink.ts'
import type { SetAside, Unreadable } from '../queue/quarantine.ts'
import { createLog } from './log.ts'

/** Reads a body as intake does now: after an update or a change of the configuration it may be understood. */
export class UnreadableReader {
  readonly #settings: Config['leadsync']
  readonly #interpret: (entry: JournalEntry) => Arrival
  #chosen: ReadonlySet<string> = new Set()
  #located: ReturnType<typeof locateEntries> | null = null

  constructor({ leadsync }: Config, secret: string) {
    const { stages, ownDomains } = leadsync
    this.#settings = leadsync
    this.#interpret = createInterpreter({ secret, stages, testLeads: 'deliver', ownDomains }, createLog('warn')).interpret
  }

  /** What is going to be asked for, so that one look through the journal does for all whose bodies are only there. */
  expect(chosen: readonly SetAside[]): void {
    const withoutBody = chosen.filter((one) => one.kind === 'quarantined' && one.what.verbatim === null)
    this.#chosen = new Set(withoutBody.map(({ id }) => id))
    this.#located = null
  }

  /** Null where its body is not to be had on this machine. */
  async interpret(what: Unreadable): Promise<Arrival | null> {
    const { stages, intake, ownDomains } = this.#settings
    const { id, receivedAt, verbatim } = what
    if (verbatim === null) return await this.#fromJournal(id)
    const own = ownForm({ ...what, verbatim }, stages, ownDomains)
    if (own) return own
    const token = intake.tokens.find(({ name }) => name === what.token)
    const channel = Channel.catch('api').parse(what.channel)
    const told = { id, receivedAt, channel, token: what.token ?? '', tags: [...(token?.tags ?? [])], offer: token?.offer ?? null }
    return this.#interpret({ ...told, ...verbatim, route: '', idempotency: null })
  }

  async #fromJournal(id: string): Promise<Arrival | null> {
    const { dir } = this.#settings.journal
    this.#located ??= locateEntries(dir, this.#chosen.has(id) ? this.#chosen : new Set([id]))
    const position = (await this.#located).get(id)
    const entry = position === undefined ? null : await entryAt(dir, position)
    return entry === null ? null : this.#interpret(entry)
  }
}

/** A lead in our own form, which no token brought: from a foreign producer, or one that our own script failed on. */
function ownForm(
  { id, receivedAt, channel, token, verbatim }: Unreadable & { readonly verbatim: object },
  stages: Config['leadsync']['stages'],
  ownDomains: OwnDomains,
): Arrival | null {
  if (token || verbatim.encoding !== 'utf8') return null
  const context = { id, receivedAt, channel: Channel.catch('queue').parse(channel), tags: [], stages }
  const read = normalizeLead(parsed(verbatim.body), context)
  if (!read.ok) return null
  // A foreign producer's tags are its own claims; those that intake gave are not.
  const tags = context.channel === 'queue' ? ownTags(read.lead.tags, null) : read.lead.tags
  const { lead } = judgeOwn({ ...read.lead, tags }, ownDomains)
  return { kind: 'accepted', lead, receipt: id, contentKey: null, idempotency: null }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
