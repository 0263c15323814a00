import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { emailAlias } from '../../store/aliases.ts'
import type { Scripts } from '../../store/redis.ts'
import { type StoredEntry, StrongSuppressions, strongEntries, type TimelineKeep } from '../../store/strong-suppression.ts'
import { appendChanges, noteChange } from '../../store/suppression-changes.ts'
import type { ExportLine } from '../../store/suppression-export.ts'
import { readExport, UnusableExport } from '../../store/suppression-reader.ts'
import { restoreLine } from '../../store/suppression-restore.ts'
import type { OpenStore } from '../open-store.ts'
import { printJson, printLines } from '../print.ts'
import { WrongUse } from '../wrong-use.ts'
import { followInCrms, followText } from './follow.ts'
import { type OptOutList, readOptOutList } from './opt-out-list.ts'

export interface ImportSettings {
  readonly column: string | null
  readonly channel: StoredEntry['channel']
  readonly offer: string
  /** Null: the file's name. */
  readonly reason: string | null
  readonly dryRun: boolean
  readonly json: boolean
  readonly secret: string
  readonly dataDir: string
  readonly keep: TimelineKeep
}

/** Redis takes many in one go; all of a long list at once would hold every answer in memory. */
const Together = 500
const LinesShown = 20

/** An opt-out export of a marketing tool. Exit code 1 when lines of it could not be read; the others are taken all the same. */
export async function importList(store: OpenStore, file: string, settings: ImportSettings): Promise<number> {
  const { secret, dryRun, channel, offer, column, keep } = settings
  const list = readOptOutList(await bytesOf(file), column)
  const aliases = [...new Set(list.emails.map((email) => emailAlias(email, secret)))]
  const reason = settings.reason ?? fileReason(file)
  const entry: StoredEntry = { source: 'import', channel, offer, since: Date.now(), reason }
  const strong = new StrongSuppressions(store.scripts, keep)
  const taken = await takeAll(store, aliases, async (alias) => {
    if (dryRun) return { changed: await isNew(store.scripts, alias, entry), contacts: [] }
    const { entries, contacts } = await strong.add(alias, entry)
    return { changed: entries > 0, contacts }
  })
  // Also what stood already: an import that was stopped before this is simply made again.
  if (!dryRun) await noteAll(store, settings, aliases)
  report(list, taken, settings)
  return list.invalid.length === 0 ? 0 : 1
}

/** What `dnc export` or the daemon wrote, in the same installation. */
export async function importExport(store: OpenStore, file: string, settings: ImportSettings): Promise<number> {
  const { secret, dryRun, json, keep } = settings
  const lines = wholeExport((await bytesOf(file)).toString('utf8'), secret)
  if (dryRun) {
    reportWhole(lines, json)
    return 0
  }
  const now = Date.now()
  const { changed, records } = await takeAll(store, lines, (line) => restoreLine(store.scripts, keep, line, now))
  await appendChanges(settings.dataDir, lines, now)
  const already = lines.length - changed
  if (json) printJson({ restored: changed, already, records })
  else printLines([`${changed} lines restored, ${already} were known as the file says, or better`, ...followText(records)])
  return 0
}

/** A Redis that is lost before the next daily export must not take it along. */
async function noteAll({ scripts }: OpenStore, { dataDir }: ImportSettings, aliases: readonly string[]): Promise<void> {
  for (let at = 0; at < aliases.length; at += Together) {
    await noteChange(scripts, dataDir, { aliases: aliases.slice(at, at + Together), contacts: [] }, Date.now())
  }
}

function reportWhole(lines: readonly ExportLine[], json: boolean): void {
  const entries = lines.reduce((sum, line) => sum + ('alias' in line ? line.entries.length : 0), 0)
  const aliases = lines.filter((line) => 'alias' in line).length
  const contacts = lines.filter((line) => 'contact' in line).length
  if (json) {
    printJson({ dryRun: true, aliases, entries, contacts })
    return
  }
  printLines([
    `The file is whole: ${entries} entries of ${aliases} addresses and numbers, and what the marketplace said of ${contacts} contacts.`,
    'Nothing was changed (--dry-run).',
  ])
}

interface Taken {
  readonly changed: boolean
  readonly contacts: readonly string[]
}

/** How many were changed, and in how many CRM records that is to show: told to the daemon after each part, should this be stopped in between. */
async function takeAll<T>(store: OpenStore, all: readonly T[], take: (one: T) => Promise<Taken>) {
  let changed = 0
  let records = 0
  for (let at = 0; at < all.length; at += Together) {
    const answers = await Promise.all(all.slice(at, at + Together).map(take))
    const news = answers.filter((one) => one.changed)
    changed += news.length
    records += await followInCrms(
      store,
      news.flatMap((one) => one.contacts),
    )
  }
  return { changed, records }
}

async function isNew(scripts: Scripts, alias: string, { source, channel, offer }: StoredEntry): Promise<boolean> {
  const standing = (await strongEntries(scripts, alias)).filter(({ liftedAt }) => liftedAt === undefined)
  return !standing.some((one) => one.source === source && one.channel === channel && one.offer === offer)
}

function report(
  { emails, invalid }: OptOutList,
  { changed: added, records }: { readonly changed: number; readonly records: number },
  { dryRun, json }: ImportSettings,
): void {
  const already = emails.length - added
  if (json) {
    printJson({ dryRun, added, already, invalid: invalid.length, invalidLines: invalid, records })
    return
  }
  const lines = `${invalid.slice(0, LinesShown).join(', ')}${invalid.length > LinesShown ? ', …' : ''}`
  printLines([
    `${added} ${dryRun ? 'would be added' : 'added'}, ${already} already there, ${invalid.length} invalid`,
    ...(invalid.length > 0 ? [`no address that can be read in line ${lines}`] : []),
    ...followText(records),
    ...(dryRun ? ['Nothing was changed (--dry-run).'] : []),
  ])
}

/** The reason gets into CRM records. */
function fileReason(file: string): string {
  const name = basename(file)
  return name.includes('@') ? 'imported' : `imported from ${name}`
}

function wholeExport(text: string, secret: string): readonly ExportLine[] {
  try {
    return readExport(text, secret)
  } catch (error) {
    if (error instanceof UnusableExport) throw new WrongUse(error.message)
    throw error
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new WrongUse(`${file} can't be read (${error instanceof Error && 'code' in error ? error.code : 'unknown'})`)
  }
}
