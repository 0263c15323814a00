import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { hmac } from '../core/index.ts'
import type { ExportLine } from './suppression-export.ts'

/** The first line says what it is and under which secret, the last one how many stand between: a file that was cut off looks like one. */
export const SuppressionFileVersion = 2

/**
 * Writes JSON lines, mode 0600. The file is whole or as it was before. Returns how many lines it has between the first and the last. Throws
 * what the file system or the store says.
 */
export async function writeSuppressionFile(
  file: string,
  secret: string,
  chunks: AsyncIterable<readonly ExportLine[]>,
): Promise<number> {
  // A process id would do for one machine, but in containers every daemon has the same one.
  const temporary = `${file}.${randomUUID()}`
  let count = 0
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.appendFile(jsonLine({ leadsync: 'dnc', v: SuppressionFileVersion, key: keyCheck(secret) }))
      for await (const lines of chunks) {
        await handle.appendFile(lines.map(jsonLine).join(''))
        count += lines.length
      }
      await handle.appendFile(jsonLine({ end: count }))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
    return count
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Tells one secret from another without saying anything of it. */
export function keyCheck(secret: string): string {
  return hmac(secret, 'dnc export', '')
}

function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`
}
