import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Redis } from 'ioredis'
import type { ReadyCrm } from '../../config/crm-settings.ts'
import { type Installation, readInstallation } from '../../config/installation.ts'
import type { Config } from '../../config/load.ts'
import type { QueuedLeads } from '../../daemon/queue-journal.ts'
import { journalFiles } from '../../intake/journal-files.ts'
import { noteRebuild } from '../../intake/journal-rebuilt.ts'
import { ContactRestore } from '../../store/contact-restore.ts'
import { withFileLock } from '../../store/file-lock.ts'
import { Scripts } from '../../store/redis.ts'
import { beginRebuild, endRebuild, type Holding, readHolding, rebuildingId } from '../../store/store-binding.ts'
import { HoldingSentence } from '../../store/store-guard.ts'
import { UnusableExport } from '../../store/suppression-reader.ts'
import { type RestoredSuppressions, restoreSuppressions } from '../../store/suppression-restore.ts'
import { countedFetch, openCrmAdmin } from '../open-connector.ts'
import { type OpenStore, withOwnRedis, withQueues } from '../open-store.ts'
import { printJson, printLines } from '../print.ts'
import { withProgress } from '../progress.ts'
import { DefaultConfigDir, readConfig } from '../read-config.ts'
import { Usages } from '../usages.ts'
import { WrongUse } from '../wrong-use.ts'
import { queueFromJournal } from './leads.ts'
import { type Markers, restoreMarked } from './markers.ts'
import { type RestoredRecords, restoreRecords } from './records.ts'

interface Rebuilding {
  readonly config: Config
  readonly installation: Installation
  readonly crms: readonly ReadyCrm[]
  /** This machine's, and copies of those of others where leads come in. */
  readonly journals: readonly string[]
  readonly json: boolean
}

interface Rebuilt {
  readonly suppressions: RestoredSuppressions
  readonly crms: Readonly<Record<string, RestoredRecords>>
  readonly leads: QueuedLeads
  /** Contacts against whom only the markers of their records say something. */
  readonly markers: number
}

/**
 * Brings back what Redis held, from the exports of who said no, the records in the CRMs, and the journal. Daemons may run: they deliver
 * nothing until it has come to its end, and what it queues is theirs. Exit code 1 when it can't be done; then the same command goes on.
 */
export async function rebuild(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      yes: { type: 'boolean', default: false },
      without: { type: 'string', multiple: true, default: [] },
      journal: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  })
  if (positionals.length > 0) throw new WrongUse(Usages.rebuild)
  const config = readConfig(values.config)
  const installation = await readInstallation(config.leadsync.dataDir)
  if (installation === null) {
    process.stderr.write(`There is no installation in ${config.leadsync.dataDir}: nothing was ever delivered from here.\n`)
    return 1
  }
  const journals = [config.leadsync.journal.dir, ...values.journal.map((dir) => resolve(dir))]
  const rebuilding = { config, installation, crms: crmsToRead(config, values.without), journals, json: values.json }
  const missing = await missingJournal(values.journal)
  if (missing !== null) throw new WrongUse(`there is no journal in ${missing}`)
  return await withOwnRedis(config, 'rebuild', async (redis) => {
    const refusal = refusalOf(await readHolding(redis, installation.id), values.yes)
    if (refusal === null) return await alone(rebuilding, redis)
    process.stderr.write(`${refusal}\n`)
    return 1
  })
}

async function missingJournal(dirs: readonly string[]): Promise<string | null> {
  for (const dir of dirs) if ((await journalFiles(resolve(dir))).length === 0) return dir
  return null
}

/** A CRM that was never read is one whose people would be made again: only a person may leave one out. */
function crmsToRead({ crms }: Config, without: readonly string[]): readonly ReadyCrm[] {
  const unknown = without.find((name) => !crms.some((crm) => crm.name === name))
  if (unknown !== undefined) throw new WrongUse(`there is no CRM ${unknown} to be left out`)
  const wanted = crms.filter(({ name }) => !without.includes(name))
  const invalid = wanted.find(({ ok }) => !ok)
  if (invalid) {
    throw new WrongUse(
      `crm/${invalid.name}.yaml is not valid, so that its records can't be read: mend it (leadsync check says how), or leave it out with --without ${invalid.name}`,
    )
  }
  return wanted.filter((crm) => crm.ok)
}

function refusalOf(holding: Holding, yes: boolean): string | null {
  if (holding === 'foreign') return HoldingSentence.foreign
  if (holding !== 'ours' || yes) return null
  return 'Redis holds the data of this installation. To bring back into it what is missing (an older backup was restored), add --yes: nothing is delivered meanwhile, and what the journal has of the last days is looked for in the CRMs once more.'
}

/** Two at once would end each other's refusal of everybody else. */
async function alone(rebuilding: Rebuilding, redis: Redis): Promise<number> {
  const { config, installation } = rebuilding
  const { dataDir } = config.leadsync
  return await withFileLock(join(dataDir, 'rebuild.lock'), async () => {
    await beginRebuild(redis, installation.id)
    return await withQueues(config, new Scripts(redis, rebuildingId(installation.id)), async (store) => {
      const rebuilt = await run(rebuilding, store)
      const when = await endRebuild(redis, installation.id, Date.now())
      // Its intake has nothing more to queue. Where that can't be noted it does so once more, which is harmless.
      await noteRebuild(config.leadsync.journal.dir, when).catch(() => undefined)
      report(rebuilt, rebuilding)
      return 0
    })
  }).catch((error: unknown) => {
    if (error instanceof WrongUse) throw error
    if (error instanceof UnusableExport) throw new WrongUse(error.message)
    const why = error instanceof Error ? error.message : String(error)
    process.stderr.write(
      `${why}\nNothing is delivered until it is rebuilt: mend that and run leadsync rebuild again. A CRM that can't be mended can be left out (--without NAME); its people are then looked for at their next lead only.\n`,
    )
    return 1
  })
}

/** In this order: a no waits for whoever turns up under its alias, and a lead finds the record that was made for it. Markers come last: they say least. */
async function run({ config, installation, crms, journals }: Rebuilding, store: OpenStore): Promise<Rebuilt> {
  const { scripts } = store
  const { dataDir, retention } = config.leadsync
  const { secret } = installation
  const now = Date.now
  const suppressions = await restoreSuppressions({ dataDir, secret, scripts, keep: retention, now })

  const contacts = new ContactRestore(scripts, { secret, retention, now })
  const records: Record<string, RestoredRecords> = {}
  const read: Record<string, Markers> = {}
  const waits = (why: string) => void process.stderr.write(`${why} It is asked again for about a minute.\n`)
  for (const crm of crms) {
    const given = { fetch: globalThis.fetch, now }
    const admin = openCrmAdmin(crm, { ...given, fetch: countedFetch(crm, scripts, given) })
    const { signal } = new AbortController()
    const markers: Markers = new Map()
    read[crm.name] = markers
    records[crm.name] = await withProgress(`records of ${crm.name} read`, (progress) =>
      restoreRecords({ crm, admin, contacts, store, markers, signal, progress, waits }),
    )
  }

  const leads = await queueFromJournal({ config, secret, store, dirs: journals, from: null, to: null })
  const markers = await restoreMarked({ read, store, keep: retention, now })
  return { suppressions, crms: records, leads, markers }
}

function report({ suppressions, crms, leads, markers }: Rebuilt, { json }: Rebuilding): void {
  const { files, lines, torn } = suppressions
  if (json) {
    printJson({ suppressions: { files, lines, torn }, crms, leads, markers })
    return
  }
  printLines([
    `who must not be contacted: ${lines} lines of ${files} files${torn > 0 ? `, ${torn} torn by a crash left out` : ''}`,
    ...Object.entries(crms).map(
      ([crm, { records, left }]) => `${crm}: ${records} records${left > 0 ? `, ${left} of nobody who is known` : ''}`,
    ),
    `the journal: ${leads.accepted} leads queued, ${leads.duplicate} duplicates, ${leads.held} held, ${leads.quarantined} in quarantine`,
    ...(markers > 0 ? [`who must not be contacted by the marker in a CRM alone: ${markers}, about any offer`] : []),
    'Deliveries go on: each lead of the journal is looked for in its CRMs once more, and what is there already stays as it is.',
  ])
}
