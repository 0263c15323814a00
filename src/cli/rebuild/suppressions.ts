import { readFile } from 'node:fs/promises'
import { suppressionFiles } from '../../store/daily-export.ts'
import type { Scripts } from '../../store/redis.ts'
import type { TimelineKeep } from '../../store/strong-suppression.ts'
import { changedLines } from '../../store/suppression-changes.ts'
import type { ExportLine } from '../../store/suppression-export.ts'
import { restoreLine } from '../../store/suppression-restore.ts'
import { readChange, readExport } from '../dnc/read-export.ts'

export interface SuppressionSource {
  readonly dataDir: string
  readonly secret: string
  readonly scripts: Scripts
  readonly keep: TimelineKeep
  now(): number
}

export type SuppressionKind = 'export' | 'changes'

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
 * after a loss that nobody noticed has not all. Throws a `WrongUse` for an export that is damaged.
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
    const read = kind === 'export' ? readExport(await readFile(path, 'utf8'), source.secret) : await changesIn(path)
    const whole = read.filter((line) => line !== null)
    for (const contact of await restoreAll(whole, source)) contacts.add(contact)
    lines += whole.length
    torn += read.length - whole.length
  }
  return { files: files.length, lines, torn, contacts: [...contacts] }
}

async function changesIn(path: string): Promise<readonly (ExportLine | null)[]> {
  return (await changedLines(path)).map(readChange)
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
