import { open, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../core/index.ts'
import { readCursor, removeCursor } from './journal-cursor.ts'
import type { JournalEntry } from './journal-entry.ts'
import { errorCode, isExpired, journalFiles, utcDay } from './journal-files.ts'
import { createProgress, isThrough, type Progress, type Stretch } from './journal-progress.ts'
import { type JournalLine, type Position, readLines } from './journal-reader.ts'
import { createWriter, type OpenFile } from './journal-writer.ts'
import { createUlids } from './ulids.ts'

export interface JournalOptions {
  readonly dir: string
  /** Files whose entries are all older, and all queued, are deleted. Default 30. */
  readonly keepDays?: number
  /** How often cursors are stored and a journal that failed is tried again, in ms. Default 1,000. */
  readonly everyMs?: number
  /** Milliseconds since the epoch. */
  now(): number
  readonly log: Log
  readonly open?: OpenFile
}

/**
 * What was sent to us, on disk before it is acknowledged. Append-only JSONL files, one per process start and UTC day, each with a cursor
 * that says how far it was queued.
 */
export interface Journal extends Pick<Progress, 'firstWaiting' | 'waitingBytes' | 'advance' | 'isQueued' | 'skipTorn'> {
  /** Resolves when all entries are on disk, with where they lie; in the order of the calls. Rejects when they may not be. */
  append(entries: readonly JournalEntry[]): Promise<readonly Position[]>
  /** The lines of a stretch; torn and corrupt ones are logged by file and offset, and yielded so that the reader gets past them. */
  read(stretch: Stretch): AsyncIterable<JournalLine>
  /** A file that is gone has nothing to wait for. */
  forget(file: string): void
  /** False from a failed write until one succeeds. */
  writable(): boolean
  stop(): Promise<void>
}

/** Opens the journal and finds what an earlier process left waiting. Never rejects for a folder that can't be used: `writable` says so. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { dir, log, keepDays = 30 } = options
  const progress = createProgress()
  const writer = createWriter({
    dir,
    open: options.open ?? open,
    now: options.now,
    ulid: createUlids(options.now),
    written: progress.written,
  })
  let failure: string | null = null
  let tendedOn = ''
  let tending: Promise<void> | null = null

  async function judged(write: Promise<readonly Position[]>): Promise<readonly Position[]> {
    try {
      const positions = await write
      if (failure !== null) log.info({ dir }, 'The journal can be written again.')
      failure = null
      return positions
    } catch (error) {
      const code = errorCode(error)
      const sentence = `The journal can't be written (${code}): free or repair its disk. Until then leads go straight to the queue.`
      if (failure !== code) log.error({ dir, code }, sentence)
      failure = code
      throw error
    }
  }

  async function findWaiting(): Promise<void> {
    for (const name of await journalFiles(dir)) {
      const { size } = await stat(join(dir, name))
      const cursor = await readCursor(dir, name)
      if (!isThrough(cursor, size)) progress.found(name, size, cursor)
    }
  }

  async function* read(stretch: Stretch): AsyncGenerator<JournalLine> {
    for await (const line of readLines(join(dir, stretch.file), stretch.file, stretch.from, stretch.to)) {
      const { condition, position } = line
      const facts = { file: position.file, offset: position.start, bytes: position.end - position.start }
      if (condition === 'torn') log.warn(facts, 'Skipped the torn last line of a journal file: it was never acknowledged.')
      if (condition === 'corrupt') log.warn(facts, 'Skipped a corrupt line of a journal file.')
      yield line
    }
  }

  async function expire(): Promise<void> {
    for (const name of await journalFiles(dir)) {
      if (!isExpired(name, options.now(), keepDays) || name === writer.current()) continue
      const { size } = await stat(join(dir, name))
      const cursor = progress.cursor(name) ?? (await readCursor(dir, name))
      if (!isThrough(cursor, size)) continue
      await unlink(join(dir, name))
      await removeCursor(dir, name)
      progress.forget(name)
    }
  }

  /** A journal that failed is tried even if no lead comes: `/readyz` may have turned the leads away, and would do so for ever. */
  async function probe(): Promise<void> {
    for (const position of await judged(writer.probe())) progress.advance(position)
  }

  async function tend(): Promise<void> {
    if (failure !== null) await probe()
    await progress.store(dir, writer.current())
    const today = utcDay(options.now())
    if (today === tendedOn) return
    await expire()
    tendedOn = today
  }

  function tendSoon(): void {
    tending ??= tend()
      .catch(tolerate)
      .finally(() => {
        tending = null
      })
  }

  function tolerate(error: unknown): void {
    // A failed write was said by `judged`; the rest is tried again with the next round.
    if (failure === null)
      log.warn({ dir, code: errorCode(error) }, "The journal's cursors or old files could not be tended; trying again.")
  }

  await findWaiting().catch((error: unknown) => {
    log.error(
      { dir, code: errorCode(error) },
      "The journal's folder can't be read: leads that wait in it are queued at the next start.",
    )
  })
  await probe().catch(tolerate)
  tendSoon()
  const timer = setInterval(tendSoon, options.everyMs ?? 1_000)
  timer.unref()

  return {
    append: (entries) => judged(writer.append(entries)),
    read,
    firstWaiting: progress.firstWaiting,
    waitingBytes: progress.waitingBytes,
    advance: progress.advance,
    isQueued: progress.isQueued,
    skipTorn: progress.skipTorn,
    forget: progress.forget,
    writable: () => failure === null,
    stop: async () => {
      clearInterval(timer)
      await tending
      await writer.stop()
      await progress.store(dir, null).catch(tolerate)
    },
  }
}
