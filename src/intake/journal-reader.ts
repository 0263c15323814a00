import { open } from 'node:fs/promises'
import { decodeEntry, type JournalEntry, lineEnd } from './journal-entry.ts'

/** Where a line lies: `end` is the offset behind its line feed. */
export interface Position {
  readonly file: string
  readonly start: number
  readonly end: number
}

export interface JournalLine {
  readonly position: Position
  /** Null when the line is no entry: `torn` when it has no end, blank or corrupt otherwise. */
  readonly entry: JournalEntry | null
  readonly condition: 'whole' | 'blank' | 'corrupt' | 'torn'
}

const ChunkBytes = 256 * 1024
const Space = 0x20

/**
 * The lines of one journal file between two byte offsets, `from` being the start of a line. A line that can't be read is yielded as such and reading goes on
 * at the next line feed. Rejects with the system's error when the file can't be read.
 */
export async function* readLines(path: string, file: string, from: number, to: number): AsyncGenerator<JournalLine> {
  const handle = await open(path, 'r')
  try {
    let start = from
    let pieces: Buffer[] = []
    for (let offset = from; offset < to; ) {
      const chunk = Buffer.allocUnsafe(Math.min(ChunkBytes, to - offset))
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset)
      if (bytesRead === 0) break
      const bytes = chunk.subarray(0, bytesRead)
      let at = 0
      for (let end = lineEnd(bytes, at); end !== -1; end = lineEnd(bytes, at)) {
        const line = joined(pieces, bytes.subarray(at, end))
        pieces = []
        yield judge(line, { file, start, end: start + line.length })
        start += line.length
        at = end
      }
      if (at < bytes.length) pieces.push(bytes.subarray(at))
      offset += bytesRead
    }
    const rest = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (rest > 0) yield { position: { file, start, end: start + rest }, entry: null, condition: 'torn' }
  } finally {
    await handle.close()
  }
}

function joined(pieces: readonly Buffer[], last: Buffer): Buffer {
  return pieces.length === 0 ? last : Buffer.concat([...pieces, last])
}

function judge(line: Buffer, position: Position): JournalLine {
  if (isBlank(line)) return { position, entry: null, condition: 'blank' }
  const entry = decodeEntry(line)
  return { position, entry, condition: entry === null ? 'corrupt' : 'whole' }
}

/** Blanks stand where an entry was that somebody asked us to forget. */
function isBlank(line: Buffer): boolean {
  return line.length === 1 || (line[0] === Space && line.toString('latin1').trim() === '')
}
