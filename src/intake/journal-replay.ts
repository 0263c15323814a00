import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalEntry } from './journal-entry.ts'
import { hasCode, journalFiles } from './journal-files.ts'
import { readLines } from './journal-reader.ts'

export interface JournalRange {
  /** Of this machine, and of others where leads come in. */
  readonly dirs: readonly string[]
  /** ISO 8601, inclusive; null: from the beginning, to the end. */
  readonly from: string | null
  readonly to: string | null
}

interface Source {
  readonly entries: AsyncGenerator<JournalEntry>
  head: JournalEntry
}

/**
 * What the journal has of that time, in the order in which it was received, from all its files: several processes write one each, and which of
 * two equal leads was the first decides under which id both are known. Lines that are no entries are passed over.
 */
async function* journalEntries({ dirs, from, to }: JournalRange): AsyncGenerator<JournalEntry> {
  const sources: Source[] = []
  try {
    for (const { dir, file } of await filesIn(dirs)) {
      // A file's name begins with the day on which it was begun, so one of a later day holds nothing older than what is left of the others.
      yield* taken(sources, file.slice(0, 10))
      await begin(sources, entriesIn(join(dir, file), file, from, to))
    }
    yield* taken(sources, null)
  } finally {
    for (const { entries } of sources) await entries.return(undefined)
  }
}

/** The same, so many at a time; the last ones may be fewer. */
export async function* journalBatches(range: JournalRange, most: number): AsyncGenerator<readonly JournalEntry[]> {
  let batch: JournalEntry[] = []
  for await (const entry of journalEntries(range)) {
    batch.push(entry)
    if (batch.length < most) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Oldest first. */
async function filesIn(dirs: readonly string[]): Promise<readonly { readonly dir: string; readonly file: string }[]> {
  const found = await Promise.all(dirs.map(async (dir) => (await journalFiles(dir)).map((file) => ({ dir, file }))))
  return found.flat().sort((a, b) => (a.file < b.file ? -1 : 1))
}

/** What is older than the day (all, where it is null), oldest first. */
async function* taken(sources: Source[], day: string | null): AsyncGenerator<JournalEntry> {
  for (let next = oldest(sources); next && (day === null || next.head.receivedAt < day); next = oldest(sources)) {
    yield next.head
    sources.splice(sources.indexOf(next), 1)
    await begin(sources, next.entries)
  }
}

function oldest(sources: readonly Source[]): Source | undefined {
  return sources.reduce<Source | undefined>((first, one) => (first && isOlder(first.head, one.head) ? first : one), undefined)
}

function isOlder(one: JournalEntry, other: JournalEntry): boolean {
  if (one.receivedAt !== other.receivedAt) return one.receivedAt < other.receivedAt
  return one.id < other.id
}

async function begin(sources: Source[], entries: AsyncGenerator<JournalEntry>): Promise<void> {
  const { value, done } = await entries.next()
  if (!done) sources.push({ entries, head: value })
}

async function* entriesIn(path: string, file: string, from: string | null, to: string | null): AsyncGenerator<JournalEntry> {
  try {
    const { size } = await stat(path)
    for await (const { entry } of readLines(path, file, 0, size)) {
      if (entry !== null && (from === null || entry.receivedAt >= from) && (to === null || entry.receivedAt <= to)) yield entry
    }
  } catch (error) {
    // It aged out while the others were read.
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
