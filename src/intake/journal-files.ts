import { mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const FileName = /^(\d{4}-\d{2}-\d{2})\.[0-9A-Z]{26}\.jsonl$/
const DayMs = 24 * 60 * 60_000

/** `2026-11-23.<ulid>.jsonl`: a name of its own per process start and day, so that two processes never write one file. Sorts by age. */
export function fileName(now: number, ulid: string): string {
  return `${utcDay(now)}.${ulid}.jsonl`
}

export function utcDay(now: number): string {
  return new Date(now).toISOString().slice(0, 10)
}

/** Whether every entry in the file is older than `keepDays`: the youngest may have been written at the end of the day in its name. */
export function isExpired(name: string, now: number, keepDays: number): boolean {
  const day = FileName.exec(name)?.[1]
  return day !== undefined && Date.parse(day) + (keepDays + 1) * DayMs <= now
}

/** Names of the journal files in `dir`, oldest first; none when there is no such folder. */
export async function journalFiles(dir: string): Promise<readonly string[]> {
  try {
    const names = await readdir(dir)
    return names.filter((name) => FileName.test(name)).sort()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

export async function makeFolder(dir: string): Promise<void> {
  const first = await mkdir(dir, { recursive: true, mode: 0o700 })
  if (first !== undefined) await syncFolder(join(first, '..'))
}

/** Makes a new file's name survive a power cut: syncing the file alone does not (fsync(2)). */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network file systems can't sync a folder; refusing every lead for that would help nobody.
    if (!hasCode(error, 'EINVAL') && !hasCode(error, 'EPERM')) throw error
  } finally {
    await handle.close()
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return errorCode(error) === code
}

/** The system's code (`ENOSPC`, `EIO`, …) for logs: messages of file errors carry paths only, but nobody promises that. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}
