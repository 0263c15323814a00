import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Scripts } from './redis.ts'
import { type ExportLine, linesAbout } from './suppression-export.ts'
import { readChange } from './suppression-reader.ts'

export interface Change {
  readonly aliases: readonly string[]
  readonly contacts: readonly string[]
}

/** Notes how everything stands that a person has just changed. `now` in ms. */
export async function noteChange(scripts: Scripts, dataDir: string, change: Change, now: number): Promise<void> {
  await appendChanges(dataDir, await linesAbout(scripts, change), now)
}

/**
 * What people said since the last daily export, so that a Redis that is lost today takes none of it along: one file a day (UTC) beside the
 * exports, one JSON line each, in the form of their lines. Lines of leads are not among them: those are in the journal.
 */
export async function appendChanges(dataDir: string, lines: readonly ExportLine[], now: number): Promise<void> {
  if (lines.length === 0) return
  const dir = join(dataDir, 'suppressions')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const handle = await open(join(dir, `changes-${new Date(now).toISOString().slice(0, 10)}.jsonl`), 'a', 0o600)
  try {
    // The line before may be torn: a line feed of our own keeps the two apart.
    await handle.appendFile(`\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The lines of one such file; null stands for one that a crash tore. */
export async function readChanges(file: string): Promise<readonly (ExportLine | null)[]> {
  const text = await readFile(file, 'utf8')
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map(readChange)
}
