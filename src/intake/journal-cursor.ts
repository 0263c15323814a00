import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** How far a journal file has been queued. */
const Cursor = z.object({
  /** Everything before this byte is queued. Always the start of a line. */
  offset: z.int().nonnegative(),
  /**
   * The file's size when a torn last line was said. The offset stays before that line: another process may have been in the middle of writing
   * it, and an offset within a line would lose it.
   */
  torn: z.int().nonnegative().nullable().default(null),
})
export type Cursor = z.infer<typeof Cursor>

const Start: Cursor = { offset: 0, torn: null }

/** The stored cursor; the start of the file when there is none or it can't be read, because queuing again is harmless. */
export async function readCursor(dir: string, file: string): Promise<Cursor> {
  try {
    return Cursor.parse(JSON.parse(await readFile(cursorPath(dir, file), 'utf8')))
  } catch {
    return Start
  }
}

/** Replaces the stored cursor at once, without fsync: after a power cut an older one only means that some entries are queued again. */
export async function writeCursor(dir: string, file: string, cursor: Cursor): Promise<void> {
  const path = cursorPath(dir, file)
  await writeFile(`${path}.new`, JSON.stringify(cursor), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

export async function removeCursor(dir: string, file: string): Promise<void> {
  await rm(cursorPath(dir, file), { force: true })
}

function cursorPath(dir: string, file: string): string {
  return join(dir, `${file}.cursor`)
}
