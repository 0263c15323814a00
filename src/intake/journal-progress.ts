import { type Cursor, writeCursor } from './journal-cursor.ts'
import type { Position } from './journal-reader.ts'

/** A part of a journal file, in bytes, that begins at the start of a line. */
export interface Stretch {
  readonly file: string
  readonly from: number
  readonly to: number
}

/** How far each file of a journal was queued. */
export interface Progress {
  /** Takes up a file that an earlier process left. */
  found(file: string, size: number, cursor: Cursor): void
  written(position: Position): void
  /** The oldest part that is not queued, or null when everything is. */
  firstWaiting(): Stretch | null
  waitingBytes(): number
  /** Notes that the line is queued. False, and nothing noted, when an earlier line of its file is not. */
  advance(position: Position): boolean
  isQueued(position: Position): boolean
  /** Notes that the file ends in a piece of a line. */
  skipTorn(position: Position): void
  forget(file: string): void
  cursor(file: string): Cursor | undefined
  /** Writes what changed to disk and lets go of files that are through, but for the one being written. */
  store(dir: string, current: string | null): Promise<void>
}

interface Track {
  end: number
  cursor: Cursor
  stored: Cursor
}

export function createProgress(): Progress {
  // In the order in which they are queued: a Map keeps the order of insertion.
  const tracks = new Map<string, Track>()

  function firstWaiting(): Stretch | null {
    for (const [file, { cursor, end }] of tracks) {
      if (!isThrough(cursor, end)) return { file, from: cursor.offset, to: end }
    }
    return null
  }

  function waitingBytes(): number {
    let bytes = 0
    for (const { cursor, end } of tracks.values()) {
      if (!isThrough(cursor, end)) bytes += end - cursor.offset
    }
    return bytes
  }

  function isQueued(position: Position): boolean {
    const track = tracks.get(position.file)
    return track === undefined || track.cursor.offset >= position.end
  }

  function advance(position: Position): boolean {
    const track = tracks.get(position.file)
    if (track === undefined || isQueued(position)) return true
    if (track.cursor.offset !== position.start) return false
    track.cursor = { offset: position.end, torn: null }
    return true
  }

  async function store(dir: string, current: string | null): Promise<void> {
    for (const [file, track] of tracks) {
      const { cursor } = track
      if (cursor !== track.stored) await writeCursor(dir, file, cursor)
      track.stored = cursor
      if (file !== current && track.cursor === cursor && isThrough(cursor, track.end)) tracks.delete(file)
    }
  }

  return {
    found: (file, size, cursor) => {
      tracks.set(file, { end: size, cursor, stored: cursor })
    },
    written: ({ file, end }) => {
      const track = tracks.get(file)
      const start: Cursor = { offset: 0, torn: null }
      if (track === undefined) tracks.set(file, { end, cursor: start, stored: start })
      else track.end = end
    },
    firstWaiting,
    waitingBytes,
    advance,
    isQueued,
    skipTorn: ({ file, start, end }) => {
      const track = tracks.get(file)
      if (track !== undefined) track.cursor = { offset: start, torn: end }
    },
    forget: (file) => {
      tracks.delete(file)
    },
    cursor: (file) => tracks.get(file)?.cursor,
    store,
  }
}

/** Whether nothing is left to queue in a file of this size. A cursor past the end is no reason to wait either. */
export function isThrough(cursor: Cursor, size: number): boolean {
  return cursor.offset >= size || cursor.torn === size
}
