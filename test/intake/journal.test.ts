import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, open, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { type Journal, openJournal } from '../../src/intake/journal.ts'
import type { OpenFile } from '../../src/intake/journal-writer.ts'
import { temporaryFolder, until } from './support.ts'
import { entry, type RecordingLog, recordingLog } from './support-entries.ts'

const Noon = Date.parse('2026-11-23T12:00:00.000Z')
const DayMs = 24 * 60 * 60_000

interface Opened {
  readonly journal: Journal
  readonly log: RecordingLog
}

async function opened(dir: string, more: { now?: () => number; open?: OpenFile; keepDays?: number } = {}): Promise<Opened> {
  const log = recordingLog()
  return { log, journal: await openJournal({ dir, now: () => Noon, log, everyMs: 10, ...more }) }
}

/** Everything that waits, taken as queued. */
async function drained(journal: Journal): Promise<readonly string[]> {
  const ids: string[] = []
  for (let stretch = journal.firstWaiting(); stretch !== null; stretch = journal.firstWaiting()) {
    for await (const { entry, position, condition } of journal.read(stretch)) {
      if (condition === 'torn') journal.skipTorn(position)
      else journal.advance(position)
      if (entry !== null) ids.push(entry.id)
    }
  }
  return ids
}

async function jsonlFiles(dir: string): Promise<readonly string[]> {
  return (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort()
}

test('what was appended is read back, byte for byte, by the next start', async () => {
  const dir = await temporaryFolder()
  const first = await opened(dir)
  const odd = { ...entry('one', 'line\nfeed \u2028 "quotes" \u0000 é 😀'), idempotency: { key: 'k', body: 'b' } }
  await first.journal.append([odd, entry('two')])
  await first.journal.stop()

  const second = await opened(dir)
  const stretch = second.journal.firstWaiting()
  const entries = []
  if (stretch !== null) for await (const line of second.journal.read(stretch)) entries.push(line.entry)
  await second.journal.stop()

  expect(entries).toEqual([odd, entry('two')])
})

test('folder and files are readable by their owner only', async () => {
  const dir = join(await temporaryFolder(), 'deep', 'journal')
  const { journal } = await opened(dir)
  await journal.append([entry('one')])
  await journal.stop()

  const modes = await Promise.all(
    [dir, ...(await readdir(dir)).map((name) => join(dir, name))].map(async (path) => (await stat(path)).mode & 0o777),
  )
  expect(modes[0]).toBe(0o700)
  expect(new Set(modes.slice(1))).toEqual(new Set([0o600]))
})

test('appends that wait together go to disk with one sync', async () => {
  const dir = await temporaryFolder()
  let syncs = 0
  async function counted(real: () => Promise<void>): Promise<void> {
    syncs += 1
    await real()
  }
  const { journal } = await opened(dir, { open: withHandle({ datasync: counted }) })
  syncs = 0
  await Promise.all(Array.from({ length: 500 }, (_, index) => journal.append([entry(String(index))])))
  await journal.stop()

  expect(syncs).toBeLessThanOrEqual(3)
})

test('only what is not yet queued is queued again after a restart', async () => {
  const dir = await temporaryFolder()
  const first = await opened(dir)
  const [one] = await first.journal.append([entry('one'), entry('two')])
  if (one) first.journal.advance(one)
  await first.journal.stop()

  const second = await opened(dir)
  expect(await drained(second.journal)).toEqual(['two'])
  await second.journal.stop()

  const third = await opened(dir)
  expect(third.journal.firstWaiting()).toBeNull()
  expect(third.journal.waitingBytes()).toBe(0)
  await third.journal.stop()
})

test('the cursor is stored while running, for the case that nobody stops in order', async () => {
  const dir = await temporaryFolder()
  const first = await opened(dir)
  for (const position of await first.journal.append([entry('one')])) first.journal.advance(position)
  await until(async () => {
    const second = await opened(dir)
    const waits = second.journal.firstWaiting()
    await second.journal.stop()
    return waits === null
  })
  await first.journal.stop()
})

test('a cursor does not pass an entry that was not queued', async () => {
  const { journal } = await opened(await temporaryFolder())
  const [one, two] = await journal.append([entry('one'), entry('two')])

  expect(two && journal.advance(two)).toBe(false)
  expect(one && journal.advance(one)).toBe(true)
  expect(two && journal.advance(two)).toBe(true)
  expect(journal.firstWaiting()).toBeNull()
  await journal.stop()
})

test('an unreadable cursor means that everything is queued again', async () => {
  const dir = await temporaryFolder()
  const first = await opened(dir)
  await first.journal.append([entry('one')])
  await drained(first.journal)
  await first.journal.stop()
  for (const file of await jsonlFiles(dir)) await writeFile(join(dir, `${file}.cursor`), '{"offs')

  const second = await opened(dir)
  expect(await drained(second.journal)).toEqual(['one'])
  await second.journal.stop()
})

test('a torn last line is skipped and said once, by file and offset, without content', async () => {
  const dir = await temporaryFolder()
  const first = await opened(dir)
  await first.journal.append([entry('one')])
  await first.journal.stop()
  const [file = ''] = await jsonlFiles(dir)
  const { size } = await stat(join(dir, file))
  await appendFile(join(dir, file), JSON.stringify(entry('torn')).slice(0, -9))

  const second = await opened(dir)
  expect(await drained(second.journal)).toEqual(['one'])
  await second.journal.stop()
  const third = await opened(dir)
  expect(await drained(third.journal)).toEqual([])
  await third.journal.stop()

  const said = second.log.said.filter((line) => line.level === 'warn')
  expect(said).toEqual([
    { level: 'warn', message: expect.stringContaining('torn'), facts: { file, offset: size, bytes: expect.any(Number) } },
  ])
  expect(third.log.said).toEqual([])
})

test('a line that another process was in the middle of writing is read when it is whole', async () => {
  const dir = await temporaryFolder()
  const name = '2026-11-23.01KAR0000000000000000000AA.jsonl'
  const line = `${JSON.stringify(entry('late'))}\n`
  await writeFile(join(dir, name), line.slice(0, 40))
  const first = await opened(dir)
  await drained(first.journal)
  await first.journal.stop()
  await appendFile(join(dir, name), line.slice(40))

  const second = await opened(dir)
  expect(await drained(second.journal)).toEqual(['late'])
  await second.journal.stop()
})

test.each([
  ['garbage', '�%&/(not json\n'],
  ['zeros', `${'\0'.repeat(512)}\n`],
  ['JSON that is no entry', '{"id":"x"}\n'],
])('a corrupt line in the middle (%s) costs only itself and is said', async (_, corrupt) => {
  const dir = await temporaryFolder()
  const lines = `${JSON.stringify(entry('one'))}\n${corrupt}${JSON.stringify(entry('two'))}\n`
  await writeFile(join(dir, '2026-11-23.01KAR0000000000000000000AA.jsonl'), lines)

  const { journal, log } = await opened(dir)
  expect(await drained(journal)).toEqual(['one', 'two'])
  await journal.stop()
  expect(log.said.map((line) => line.level)).toEqual(['warn'])
})

test('lines longer than what is read at once come out whole', async () => {
  const dir = await temporaryFolder()
  const first = await opened(dir)
  const bodies = [700_000, 10, 300_000, 262_144].map((length, index) => entry(String(index), String(index).repeat(length)))
  await first.journal.append(bodies)
  await first.journal.stop()

  const second = await opened(dir)
  const stretch = second.journal.firstWaiting()
  const entries = []
  if (stretch !== null) for await (const line of second.journal.read(stretch)) entries.push(line.entry)
  await second.journal.stop()
  expect(entries).toEqual(bodies)
})

test('each UTC day and each start has a file of its own', async () => {
  const dir = await temporaryFolder()
  let now = Date.parse('2026-11-23T23:59:59.900Z')
  const first = await opened(dir, { now: () => now })
  const second = await opened(dir, { now: () => now })
  await Promise.all([first.journal.append([entry('one')]), second.journal.append([entry('two')])])
  now += 200
  await first.journal.append([entry('three')])
  await Promise.all([first.journal.stop(), second.journal.stop()])

  const files = await jsonlFiles(dir)
  expect(files.map((name) => name.slice(0, 10))).toEqual(['2026-11-23', '2026-11-23', '2026-11-24'])
  expect(await readFile(join(dir, files[2] ?? ''), 'utf8')).toContain('"three"')
})

test('files past their time are deleted, but never one with entries that still wait', async () => {
  const dir = await temporaryFolder()
  const old = await opened(dir, { now: () => Noon - 31.5 * DayMs })
  await old.journal.append([entry('queued')])
  await drained(old.journal)
  await old.journal.stop()
  const young = await opened(dir, { now: () => Noon - 30 * DayMs })
  await young.journal.append([entry('young')])
  await drained(young.journal)
  await young.journal.stop()
  const waiting = await opened(dir, { now: () => Noon - 40 * DayMs })
  await waiting.journal.append([entry('waits')])
  await waiting.journal.stop()

  let now = Noon
  const { journal } = await opened(dir, { now: () => now })
  const days = async () => (await jsonlFiles(dir)).map((name) => name.slice(0, 10))
  await until(async () => (await days()).length === 3)
  expect(await days()).toEqual(['2026-10-14', '2026-10-24', '2026-11-23'])
  expect(await drained(journal)).toContain('waits')
  now += 2 * DayMs
  await until(async () => (await days()).length === 1)
  await journal.stop()
  expect((await readdir(dir)).filter((name) => name.startsWith('2026-10'))).toEqual([])
})

test('a full disk fails the append, and the torn piece that it leaves costs no later entry', async () => {
  const dir = await temporaryFolder()
  let full = false
  const diskFull = withHandle({
    appendFile: async (real, data) => {
      if (!full) return await real(data)
      await real(data.subarray(0, data.length / 2))
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    },
    // The worst case: the piece can't be cut off either.
    truncate: async (real, length) => {
      if (!full) await real(length)
      else throw Object.assign(new Error('read-only file system'), { code: 'EROFS' })
    },
  })
  const { journal, log } = await opened(dir, { open: diskFull })
  await journal.append([entry('before')])
  full = true
  await expect(journal.append([entry('lost')])).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(journal.writable()).toBe(false)
  full = false
  await until(() => journal.writable())
  await journal.append([entry('after')])
  await journal.stop()

  const next = await opened(dir)
  expect(await drained(next.journal)).toEqual(['before', 'after'])
  await next.journal.stop()
  expect(log.said.map((line) => line.level)).toEqual(['error', 'info'])
})

test('a journal that can not be written says so from the start and leaves no rubbish behind', async () => {
  const dir = await temporaryFolder()
  const { journal } = await opened(dir, {
    open: withHandle({ appendFile: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })) }),
  })
  expect(journal.writable()).toBe(false)
  await expect(journal.append([entry('one')])).rejects.toMatchObject({ code: 'ENOSPC' })
  await journal.stop()
  expect(await readdir(dir)).toEqual([])
})

test('a failed sync ends the file, since nobody can say what of it will reach the disk', async () => {
  const dir = await temporaryFolder()
  let failing = false
  const { journal } = await opened(dir, {
    open: withHandle({
      datasync: async (real) => {
        await real()
        if (failing) throw Object.assign(new Error('input/output error'), { code: 'EIO' })
      },
    }),
  })
  await journal.append([entry('one')])
  failing = true
  await expect(journal.append([entry('two')])).rejects.toMatchObject({ code: 'EIO' })
  failing = false
  await journal.append([entry('three')])
  await journal.stop()
  expect((await jsonlFiles(dir)).length).toBe(2)
})

test('kill -9 loses no entry that was acknowledged', async () => {
  const dir = await temporaryFolder()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'append-until-killed.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  for await (const id of createInterface({ input: child.stdout })) {
    acknowledged.push(id)
    if (acknowledged.length === 2_000) child.kill('SIGKILL')
  }
  if (child.signalCode === null) await once(child, 'exit')

  const { journal } = await opened(dir)
  const kept = new Set(await drained(journal))
  await journal.stop()
  expect(acknowledged.length).toBeGreaterThanOrEqual(2_000)
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
})

interface Overrides {
  appendFile?(real: (data: Buffer) => Promise<void>, data: Buffer): Promise<void>
  datasync?(real: () => Promise<void>): Promise<void>
  truncate?(real: (length: number) => Promise<void>, length: number): Promise<void>
}

/** Real files whose disk fails when the test says so. */
function withHandle(overrides: Overrides): OpenFile {
  return async (path, flags, mode) => {
    const handle = await open(path, flags, mode)
    const [appendData, datasync, truncate] = [
      handle.appendFile.bind(handle),
      handle.datasync.bind(handle),
      handle.truncate.bind(handle),
    ]
    const { appendFile: append, datasync: sync, truncate: cut } = overrides
    return Object.assign(handle, {
      ...(append && { appendFile: (data: Buffer) => append(appendData, data) }),
      ...(sync && { datasync: () => sync(datasync) }),
      ...(cut && { truncate: (length: number) => cut(truncate, length) }),
    })
  }
}
