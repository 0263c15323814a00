import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from './journal-files.ts'

/** `rebuilt`: what Redis says of the rebuild to which this journal was queued. */
export async function noteRebuild(dir: string, rebuilt: string): Promise<void> {
  await writeFile(seenFile(dir), rebuilt, { mode: 0o600 })
}

/** Null: none yet. */
export async function seenRebuild(dir: string): Promise<string | null> {
  try {
    return await readFile(seenFile(dir), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

function seenFile(dir: string): string {
  return join(dir, 'rebuilt')
}
