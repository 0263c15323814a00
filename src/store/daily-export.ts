import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../core/index.ts'
import type { Scripts } from './redis.ts'
import { type ExportLine, exportedLines } from './suppression-export.ts'
import { writeSuppressionFile } from './suppression-file.ts'

export interface DailyExport {
  readonly dataDir: string
  readonly scripts: Scripts
  /** The installation's. */
  readonly secret: string
  readonly log: Log
  now(): number
}

export type SuppressionKind = 'export' | 'changes'

const EveryMs = 10 * 60_000
const DaysKept = 14
const FileName = /^suppressions-(\d{4}-\d{2}-\d{2})\.jsonl$/
const Changes = /^changes-(\d{4}-\d{2}-\d{2})\.jsonl$/
const Unfinished = /^suppressions-(\d{4}-\d{2}-\d{2})\.jsonl\../

/**
 * Writes who must not be contacted to `<dataDir>/suppressions`, once a day (UTC), and at once where today's file is missing. One that fails
 * is logged and tried again. Returns how to stop.
 */
export function startDailyExport(options: DailyExport): () => void {
  let isBusy = false
  let isStopped = false
  async function look(): Promise<void> {
    if (isBusy) return
    isBusy = true
    try {
      await exportToday(options)
    } catch (error) {
      // Redis is closed under an export that a stop finds at work; the next start makes it.
      if (!isStopped) options.log.warn({ error }, 'who must not be contacted could not be exported; tried again in ten minutes')
    }
    isBusy = false
  }
  void look()
  const timer = setInterval(look, EveryMs)
  timer.unref()
  return () => {
    isStopped = true
    clearInterval(timer)
  }
}

/** Makes today's file unless it is there; several daemons that do it at once write the same. False when there was nothing to do. */
export async function exportToday({ dataDir, scripts, secret, log, now }: DailyExport): Promise<boolean> {
  const dir = folder(dataDir)
  const today = new Date(now()).toISOString().slice(0, 10)
  // Of a Redis that lost its data there is nothing to be said: the copies before it are what is left.
  if ((await exportedDays(dataDir)).includes(today) || !(await scripts.holdsOurs())) return false
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const lines = await writeSuppressionFile(fileOf(dir, today), secret, wholeLines(scripts))
  log.info({ day: today, lines }, 'who must not be contacted was exported')
  await tidy(dir, today, log)
  return true
}

/** The exports, and what people said after each, as far as they are kept; the oldest first. */
export async function suppressionFiles(
  dataDir: string,
): Promise<readonly { readonly path: string; readonly kind: SuppressionKind }[]> {
  const names = (await namesIn(folder(dataDir))).filter((name) => FileName.test(name) || Changes.test(name))
  return names
    .sort((a, b) => dayIn(a).localeCompare(dayIn(b)))
    .map((name) => ({ path: join(folder(dataDir), name), kind: FileName.test(name) ? 'export' : 'changes' }))
}

function dayIn(name: string): string {
  return (FileName.exec(name) ?? Changes.exec(name))?.[1] ?? ''
}

/** Days (UTC) of which there is an export, the newest first. */
export async function exportedDays(dataDir: string): Promise<readonly string[]> {
  const names = await namesIn(folder(dataDir))
  return names
    .flatMap((name) => FileName.exec(name)?.[1] ?? [])
    .sort()
    .reverse()
}

async function* wholeLines(scripts: Scripts): AsyncGenerator<readonly ExportLine[]> {
  yield* exportedLines(scripts)
  if (!(await scripts.holdsOurs())) throw new Error('Redis lost its data while it was exported.')
}

async function tidy(dir: string, today: string, log: Log): Promise<void> {
  const names = await namesIn(dir)
  // Of a daemon that was killed; today's may be one at work.
  const unfinished = names.filter((name) => (Unfinished.exec(name)?.[1] ?? today) < today)
  const changes = names
    .filter((name) => Changes.test(name))
    .sort()
    .reverse()
  const files = names
    .filter((name) => FileName.test(name))
    .sort()
    .reverse()
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(dir, name)).catch(() => null))?.size ?? 0))
  const shrank = 2 * (sizes[files.indexOf(`suppressions-${today}.jsonl`)] ?? 0) < Math.max(...sizes)
  // Nobody's no goes away by itself. After the loss of Redis's data the old files are all there is, and two weeks are soon over.
  if (shrank) {
    log.warn({ day: today }, 'the export is less than half of an earlier one, so no old one is deleted: was data in Redis lost?')
  }
  const gone = [...unfinished, ...(shrank ? [] : [...files.slice(DaysKept), ...changes.slice(DaysKept)])]
  for (const name of gone) await rm(join(dir, name), { force: true })
}

function folder(dataDir: string): string {
  return join(dataDir, 'suppressions')
}

function fileOf(dir: string, day: string): string {
  return join(dir, `suppressions-${day}.jsonl`)
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
