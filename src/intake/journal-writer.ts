import { type FileHandle, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeEntry, type JournalEntry } from './journal-entry.ts'
import { fileName, makeFolder, syncFolder, utcDay } from './journal-files.ts'
import type { Position } from './journal-reader.ts'

export type OpenFile = (path: string, flags: string, mode: number) => Promise<FileHandle>

export interface WriterOptions {
  readonly dir: string
  readonly open: OpenFile
  /** Milliseconds since the epoch; its UTC day names the file. */
  now(): number
  ulid(): string
  /** Called when bytes are durable, before whoever waits for them is told. */
  written(position: Position): void
}

export interface JournalWriter {
  /** Resolves when all entries are on disk. Rejects with the system's error when they may not be: then none of them counts as kept. */
  append(entries: readonly JournalEntry[]): Promise<readonly Position[]>
  /** Writes a blank line, to learn whether the journal can be written. */
  probe(): Promise<readonly Position[]>
  /** The file being written, if one is open. */
  current(): string | null
  stop(): Promise<void>
}

interface Waiting {
  readonly lines: readonly Buffer[]
  resolve(positions: readonly Position[]): void
  reject(error: unknown): void
}

interface Current {
  readonly name: string
  readonly day: string
  readonly handle: FileHandle
  /** Everything before is whole lines that were synced. */
  end: number
}

const GroupBytes = 8 * 1024 * 1024

/** One writer of one file at a time. Whatever waits while a write is under way goes to disk with the next one: one write, one fdatasync. */
export function createWriter(options: WriterOptions): JournalWriter {
  const { dir } = options
  let waiting: Waiting[] = []
  let current: Current | null = null
  let flushing: Promise<void> | null = null

  function enqueue(lines: readonly Buffer[]): Promise<readonly Position[]> {
    return new Promise((resolve, reject) => {
      waiting.push({ lines, resolve, reject })
      flushing ??= flush()
    })
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) await writeGroup(takeGroup())
    flushing = null
  }

  function takeGroup(): readonly Waiting[] {
    let bytes = 0
    const over = waiting.findIndex((item) => {
      bytes += item.lines.reduce((sum, line) => sum + line.length, 0)
      return bytes > GroupBytes
    })
    const count = over === -1 ? waiting.length : Math.max(over, 1)
    const group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return group
  }

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const file = await fileOfToday()
      await file.handle.appendFile(Buffer.concat(group.flatMap((item) => item.lines)))
      await file.handle.datasync()
      for (const item of group) item.resolve(place(file, item.lines))
    } catch (error) {
      await abandon()
      for (const item of group) item.reject(error)
    }
  }

  function place(file: Current, lines: readonly Buffer[]): readonly Position[] {
    return lines.map((line) => {
      const position = { file: file.name, start: file.end, end: file.end + line.length }
      file.end = position.end
      options.written(position)
      return position
    })
  }

  async function fileOfToday(): Promise<Current> {
    const now = options.now()
    if (current !== null && current.day === utcDay(now)) return current
    if (current !== null) await close(current)
    current = null
    await makeFolder(dir)
    const name = fileName(now, options.ulid())
    const handle = await options.open(join(dir, name), 'ax', 0o600)
    current = { name, day: utcDay(now), handle, end: 0 }
    await syncFolder(dir)
    return current
  }

  /**
   * A failed write ends its file. What it left behind is cut off where possible; the next entry never stands behind a torn piece, and after a failed
   * fsync nobody can say what of the file will reach the disk (fsync(2): the error is told once).
   */
  async function abandon(): Promise<void> {
    if (current === null) return
    const { handle, name, end } = current
    await handle.truncate(end).catch(ignore)
    await close(current)
    current = null
    if (end === 0) await unlink(join(dir, name)).catch(ignore)
  }

  return {
    append: (entries) => enqueue(entries.map(encodeEntry)),
    probe: () => enqueue([Buffer.from('\n')]),
    current: () => current?.name ?? null,
    stop: async () => {
      await flushing
      if (current !== null) await close(current)
      current = null
    },
  }
}

async function close(file: Current): Promise<void> {
  await file.handle.close().catch(ignore)
}

/** Everything that counts is synced before; a failing close or clean-up has nothing left to lose. */
function ignore(): void {}
