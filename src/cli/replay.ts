import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readInstallation } from '../config/installation.ts'
import type { QueuedLeads } from '../daemon/queue-journal.ts'
import { journalFiles } from '../intake/journal-files.ts'
import { withStore } from './open-store.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { queueFromJournal } from './rebuild/leads.ts'
import { Usages } from './usages.ts'
import { WrongUse } from './wrong-use.ts'

interface Range {
  /** ISO 8601, inclusive. */
  readonly from: string
  readonly to: string
}

/**
 * Queues again what the journal has of that time, under the ids that it had: what the ledger knows already is a repetition and changes nothing.
 * For leads that Redis has lost, and for the journal of another machine. Exit code 1 when there is no journal.
 */
export async function replay(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      journal: { type: 'string' },
      dir: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const range = rangeIn(values.journal ?? '')
  if (positionals.length > 0 || range === null) throw new WrongUse(Usages.replay)
  const config = readConfig(values.config)
  const dir = resolve(values.dir ?? config.leadsync.journal.dir)
  const secret = (await readInstallation(config.leadsync.dataDir))?.secret
  if (secret === undefined || (await journalFiles(dir)).length === 0) {
    process.stderr.write(`There is no journal in ${dir}.\n`)
    return 1
  }
  return await withStore(config, 'replay', async (store) => {
    const queued = await queueFromJournal({ config, secret, store, dirs: [dir], ...range })
    if (values.json) printJson(queued)
    else printLines([text(queued)])
    return 0
  })
}

/** A day is meant whole. */
function rangeIn(text: string): Range | null {
  const [from, to, ...more] = text.split('..').map((part) => part.trim())
  if (!from || !to || more.length > 0) return null
  const [begin, end] = [timeOf(from, '00:00:00.000'), timeOf(to, '23:59:59.999')]
  return begin === null || end === null || begin > end ? null : { from: begin, to: end }
}

function timeOf(text: string, ofDay: string): string | null {
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T${ofDay}Z` : text
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(full)
  return isTime && !Number.isNaN(Date.parse(full)) ? new Date(full).toISOString() : null
}

function text({ accepted, duplicate, held, quarantined }: QueuedLeads): string {
  return `${accepted} leads, ${duplicate} duplicates, ${held} held, ${quarantined} in quarantine; those that were known already changed nothing`
}
