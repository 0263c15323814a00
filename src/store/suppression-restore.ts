import { readFile } from 'node:fs/promises'
import { type SuppressionKind, suppressionFiles } from './daily-export.ts'
import type { Scripts } from './redis.ts'
import { seconds } from './retention.ts'
import { StrongSuppressions, type TimelineKeep } from './strong-suppression.ts'
import { readChanges } from './suppression-changes.ts'
import type { ExportLine } from './suppression-export.ts'
import { readExport } from './suppression-reader.ts'
import { restoredLine } from './timeline.ts'

export interface Restored {
  readonly changed: boolean
  /** Contacts against whom something stands or was lifted by it. */
  readonly contacts: readonly string[]
}

export interface SuppressionSource {
  readonly dataDir: string
  /** The installation's. */
  readonly secret: string
  readonly scripts: Scripts
  readonly keep: TimelineKeep
  now(): number
}

export interface RestoredSuppressions {
  readonly files: number
  readonly lines: number
  /** Lines of changes that were torn by a crash: the command that wrote them did not come to its end. */
  readonly torn: number
  /** Against whom it changed what stands. */
  readonly contacts: readonly string[]
}

/** Redis takes many in one go. */
const Together = 500

/**
 * Everything that the daily exports and the changes since say, all of them: what a later one takes back stays taken back, and one that was made
 * after a loss that nobody noticed has not all. Throws an `UnusableExport` for an export that is damaged.
 */
export async function restoreSuppressions(
  source: SuppressionSource,
  kinds: readonly SuppressionKind[] = ['export', 'changes'],
): Promise<RestoredSuppressions> {
  const files = (await suppressionFiles(source.dataDir)).filter(({ kind }) => kinds.includes(kind))
  const contacts = new Set<string>()
  let lines = 0
  let torn = 0
  for (const { path, kind } of files) {
    const read = kind === 'export' ? readExport(await readFile(path, 'utf8'), source.secret) : await readChanges(path)
    const whole = read.filter((line) => line !== null)
    for (const contact of await restoreAll(whole, source)) contacts.add(contact)
    lines += whole.length
    torn += read.length - whole.length
  }
  return { files: files.length, lines, torn, contacts: [...contacts] }
}

async function restoreAll(lines: readonly ExportLine[], { scripts, keep, now }: SuppressionSource): Promise<readonly string[]> {
  const at = now()
  const contacts: string[] = []
  for (let from = 0; from < lines.length; from += Together) {
    const restored = await Promise.all(lines.slice(from, from + Together).map((line) => restoreLine(scripts, keep, line, at)))
    contacts.push(...restored.flatMap((one) => (one.changed ? one.contacts : [])))
  }
  return contacts
}

/**
 * Brings one line of an export back. What the store knows better stays, so that doing it twice changes nothing. What the marketplace said goes
 * to whoever has the aliases now; where nobody has one, it waits for the next lead with it. `now` in ms, for the history.
 */
export async function restoreLine(scripts: Scripts, keep: TimelineKeep, line: ExportLine, now: number): Promise<Restored> {
  if ('alias' in line) {
    const { entries, contacts } = await new StrongSuppressions(scripts, keep).restore(line)
    return { changed: entries > 0, contacts: entries > 0 ? contacts : [] }
  }
  const { timelineTouches: touches, timelineDays } = keep
  const scopes = 'sup' in line ? Object.keys(line.sup).flatMap((field) => (field.startsWith('d:') ? field.slice(2) : [])) : []
  const told = { line: JSON.stringify(restoredLine(now, scopes)), touches, timelineSeconds: seconds(timelineDays) }
  const asked = 'kept' in line ? { aliases: [line.kept], sup: line.sup } : line
  const [changed, ...contacts] = (await scripts.run('restore', JSON.stringify({ ...asked, ...told }))) as [number, ...string[]]
  return { changed: changed > 0, contacts }
}
