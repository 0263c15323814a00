import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Sought, verbatimText } from '../core/index.ts'
import type { JournalEntry } from './journal-entry.ts'
import { hasCode, journalFiles } from './journal-files.ts'
import { type JournalLine, type Position, readLines } from './journal-reader.ts'
import type { Arrival } from './lead-sink.ts'

export interface JournalSearch {
  readonly dir: string
  readonly sought: Sought
  /** What a journal entry means, as intake would say. */
  interpret(entry: JournalEntry): Arrival
  /** How long the piece of a line at a file's end must stand still before it counts as one that nobody goes on writing, in ms. */
  readonly stillMs?: number
}

/** Where the journal tells of somebody, oldest first; also lines that are no entries. Empty when there is no journal here. */
export async function findInJournal(search: JournalSearch): Promise<readonly Position[]> {
  const found: Position[] = []
  for (const file of await journalFiles(search.dir)) found.push(...(await tolerateGone(() => findInFile(search, file))))
  return found
}

/**
 * Overwrites these lines with blanks, byte for byte, on disk when it resolves: no other line moves, so cursors and readers go on, and a daemon may
 * append to the same file meanwhile.
 */
export async function blankInJournal(dir: string, lines: readonly Position[]): Promise<void> {
  for (const file of new Set(lines.map((line) => line.file))) {
    const ours = lines.filter((line) => line.file === file)
    await tolerateGone(async () => {
      await blank(join(dir, file), ours)
      return []
    })
  }
}

async function findInFile(search: JournalSearch, file: string): Promise<readonly Position[]> {
  const path = join(search.dir, file)
  const found: Position[] = []
  const { size } = await stat(path)
  for await (const line of readLines(path, file, 0, size)) {
    if (!(await isTheirs(search, line, path))) continue
    if (line.condition !== 'torn' || (await standsStill(path, line.position, search.stillMs ?? 1_000))) found.push(line.position)
  }
  return found
}

async function isTheirs({ sought, interpret }: JournalSearch, line: JournalLine, path: string): Promise<boolean> {
  const { entry, position, condition } = line
  if (condition === 'blank') return false
  // Nobody can say when what is no entry came: it is nobody's newer lead, as nothing can be made of it.
  if (entry === null) return sought.isText(await textAt(path, position), new Date(0).toISOString())
  const arrival = interpret(entry)
  if (arrival.kind === 'quarantined') return sought.isText(verbatimText(arrival.verbatim), arrival.receivedAt)
  return sought.isLead(arrival.lead)
}

async function textAt(path: string, { start, end }: Position): Promise<string> {
  const handle = await open(path, 'r')
  try {
    const bytes = Buffer.alloc(end - start)
    await handle.read(bytes, 0, bytes.length, start)
    return bytes.toString('utf8')
  } finally {
    await handle.close()
  }
}

/** A line without its end may be one that a daemon is writing at this moment. */
async function standsStill(path: string, { end }: Position, ms: number): Promise<boolean> {
  await wait(ms)
  return (await stat(path)).size === end
}

async function blank(path: string, lines: readonly Position[]): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    for (const { start, end } of lines) {
      const last = Buffer.alloc(1)
      await handle.read(last, 0, 1, end - 1)
      const length = end - start - (last[0] === LineFeed ? 1 : 0)
      await handle.write(Buffer.alloc(length, ' '), 0, length, start)
    }
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

const LineFeed = 0x0a

/** A file may expire while it is looked through. */
async function tolerateGone(work: () => Promise<readonly Position[]>): Promise<readonly Position[]> {
  try {
    return await work()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}
