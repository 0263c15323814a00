import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeEntry, type JournalEntry } from './journal-entry.ts'
import { hasCode, journalFiles } from './journal-files.ts'
import { type Position, readLines } from './journal-reader.ts'

/** Where the entries with these ids are, as far as this folder has them. One pass over all of it: ask for many at once. */
export async function locateEntries(dir: string, ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Position>> {
  const found = new Map<string, Position>()
  for (const file of ids.size === 0 ? [] : await journalFiles(dir)) {
    try {
      const path = join(dir, file)
      const { size } = await stat(path)
      for await (const { entry, position } of readLines(path, file, 0, size)) {
        if (entry !== null && ids.has(entry.id)) found.set(entry.id, position)
      }
    } catch (error) {
      // It may expire while it is looked through.
      if (!hasCode(error, 'ENOENT')) throw error
    }
  }
  return found
}

/** Null when it is no entry any more: it expired, or somebody asked to be forgotten. */
export async function entryAt(dir: string, { file, start, end }: Position): Promise<JournalEntry | null> {
  const handle = await open(join(dir, file), 'r').catch(() => null)
  if (handle === null) return null
  try {
    const bytes = Buffer.alloc(end - start)
    await handle.read(bytes, 0, bytes.length, start)
    return decodeEntry(bytes)
  } finally {
    await handle.close()
  }
}
