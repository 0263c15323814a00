import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { emailAlias } from '../../store/aliases.ts'
import type { StoredEntry, StrongSuppressions } from '../../store/strong-suppression.ts'
import { printJson, printLines } from '../print.ts'
import { WrongUse } from '../wrong-use.ts'
import { readExport } from './export-file.ts'
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
}

/** Redis takes many in one go; all of a long list at once would hold every answer in memory. */
const Together = 500
const LinesShown = 20

/** An opt-out export of a marketing tool. Exit code 1 when lines of it could not be read; the others are taken all the same. */
export async function importList(strong: StrongSuppressions, file: string, settings: ImportSettings): Promise<number> {
  const { secret, dryRun, channel, offer, column } = settings
  const list = readOptOutList(await bytesOf(file), column)
  const aliases = [...new Set(list.emails.map((email) => emailAlias(email, secret)))]
  const reason = settings.reason ?? fileReason(file)
  const entry: StoredEntry = { source: 'import', channel, offer, since: Date.now(), reason }
  const take = (alias: string) => (dryRun ? isNew(strong, alias, entry) : strong.add(alias, entry))
  const added = await count(aliases, take)
  report(list, added, settings)
  return list.invalid.length === 0 ? 0 : 1
}

/** What `dnc export` wrote, in the same installation. */
export async function importExport(
  strong: StrongSuppressions,
  file: string,
  { secret, dryRun, json }: ImportSettings,
): Promise<number> {
  const suppressed = readExport((await bytesOf(file)).toString('utf8'), secret)
  if (dryRun) {
    const entries = suppressed.reduce((sum, one) => sum + one.entries.length, 0)
    if (json) printJson({ dryRun, aliases: suppressed.length, entries })
    else
      printLines([
        `The file is whole: ${entries} entries of ${suppressed.length} addresses and numbers. Nothing was changed (--dry-run).`,
      ])
    return 0
  }
  const changed = await count(suppressed, async (one) => (await strong.restore(one)) > 0)
  const already = suppressed.length - changed
  if (json) printJson({ restored: changed, already })
  else printLines([`${changed} addresses and numbers restored, ${already} were as the file says already`])
  return 0
}

async function count<T>(all: readonly T[], take: (one: T) => Promise<boolean>): Promise<number> {
  let taken = 0
  for (let at = 0; at < all.length; at += Together) {
    const answers = await Promise.all(all.slice(at, at + Together).map(take))
    taken += answers.filter(Boolean).length
  }
  return taken
}

async function isNew(strong: StrongSuppressions, alias: string, { source, channel, offer }: StoredEntry): Promise<boolean> {
  const standing = (await strong.of(alias)).filter(({ liftedAt }) => liftedAt === undefined)
  return !standing.some((one) => one.source === source && one.channel === channel && one.offer === offer)
}

function report({ emails, invalid }: OptOutList, added: number, { dryRun, json }: ImportSettings): void {
  const already = emails.length - added
  if (json) {
    printJson({ dryRun, added, already, invalid: invalid.length, invalidLines: invalid })
    return
  }
  const lines = `${invalid.slice(0, LinesShown).join(', ')}${invalid.length > LinesShown ? ', …' : ''}`
  printLines([
    `${added} ${dryRun ? 'would be added' : 'added'}, ${already} already there, ${invalid.length} invalid`,
    ...(invalid.length > 0 ? [`no address that can be read in line ${lines}`] : []),
    ...(dryRun ? ['Nothing was changed (--dry-run).'] : []),
  ])
}

/** The reason gets into CRM records. */
function fileReason(file: string): string {
  const name = basename(file)
  return name.includes('@') ? 'imported' : `imported from ${name}`
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new WrongUse(`${file} can't be read (${error instanceof Error && 'code' in error ? error.code : 'unknown'})`)
  }
}
