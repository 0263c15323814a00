import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stands } from '../../src/core/index.ts'
import { exportedDays, exportToday, startDailyExport } from '../../src/store/daily-export.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { type ExportLine, exportedLines } from '../../src/store/suppression-export.ts'
import { readExport } from '../../src/store/suppression-reader.ts'
import { restoreLine } from '../../src/store/suppression-restore.ts'
import { hours, makeLead, Noon } from '../kit/made-lead.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { Keep, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

const Secret = 'a secret'
const Day = 24 * 3_600_000

let store: StoreParts
let dir: string

onEmptyStore((opened) => {
  store = opened
})
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'leadsync-export-'))
})
afterEach(() => rm(dir, { recursive: true }))

const Jane = { email: 'jane@contoso.com', phone: '+16175551234', lastName: 'Doe' }
const no = makeLead({ id: 'no', action: 'DNC', person: Jane })
const later = makeLead({ id: 'later', receivedAt: hours(5), occurredAt: hours(5), person: { email: Jane.email } })
const wish = makeLead({ ...later, id: 'wish', action: 'PLT' })
const alias = strongAlias(Jane.email, Secret) ?? 'none'

async function exported(): Promise<readonly ExportLine[]> {
  const all: ExportLine[] = []
  for await (const lines of exportedLines(store.scripts)) all.push(...lines)
  return inOrder(all)
}

/** Redis tells keys in no order. */
function inOrder(lines: readonly ExportLine[]): readonly ExportLine[] {
  return lines.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
}

/** How many of the lines changed anything. */
async function restore(lines: readonly ExportLine[]): Promise<number> {
  let changed = 0
  for (const line of lines) changed += (await restoreLine(store.scripts, Keep, line, Date.parse(Noon))).changed ? 1 : 0
  return changed
}

async function standing() {
  return (await store.suppression.of(await store.contactOf(later))).filter(stands)
}

async function sayAll(): Promise<void> {
  await store.enter(no)
  const entry = { source: 'admin', channel: 'phone', offer: '*', since: Date.parse(Noon), reason: 'asked by letter' } as const
  await new StrongSuppressions(store.scripts, Keep).add(alias, entry)
  await store.redis.hset('{leadsync}:kept:someone', 'd:*', 5)
  await store.redis.set('{leadsync}:forgotten:someone', 7)
}

describe('an export of who must not be contacted', () => {
  it('holds all that anybody said, by pseudonyms', async () => {
    await sayAll()
    const all = await exported()
    expect(all).toHaveLength(4)
    expect(all).toContainEqual({ alias, entries: [expect.objectContaining({ reason: 'asked by letter' })] })
    const contact = await store.contactOf(no)
    const aliases = expect.arrayContaining([alias, expect.stringContaining('.')])
    expect(all).toContainEqual({ contact, aliases, sup: { 'd:contoso.analytics': Date.parse(Noon) } })
    expect(all).toContainEqual({ kept: 'someone', sup: { 'd:*': 5 } })
    expect(all).toContainEqual({ forgotten: 'someone', at: 7 })
    expect(JSON.stringify(all)).not.toMatch(/jane|6175551234|Doe/i)
  })

  it('changes nothing where it was made, however often it is restored', async () => {
    await sayAll()
    const all = await exported()
    expect([await restore(all), await restore(all)]).toEqual([0, 0])
    expect(await exported()).toEqual(all)
  })

  it('brings back what was said under a number and last name, for whoever has them already and comes later', async () => {
    const doe = (id: string, action: string) => makeLead({ id, action, person: { phone: Jane.phone, lastName: 'Doe' } })
    const stranger = makeLead({ id: 'stranger', person: { phone: Jane.phone, lastName: 'Smith' } })
    await store.enter(doe('no', 'DNC'))
    const all = await exported()
    await store.redis.flushall()
    await store.enter(doe('before', 'INS'))
    await restore(all)
    await store.enter(stranger)
    await store.enter(doe('after', 'INS'))
    for (const id of ['before', 'after']) {
      expect(await store.suppression.of(await store.contactOf(doe(id, 'INS')))).toMatchObject([
        { source: 'marketplace', liftedAt: null },
      ])
    }
    expect(await store.suppression.of(await store.contactOf(stranger))).toEqual([])
  })

  it('brings everything back into a Redis that lost it, for leads that come under any of the aliases', async () => {
    await sayAll()
    const all = await exported()
    await store.redis.flushall()
    expect([await restore(all), await restore(all)]).toEqual([4, 0])
    await store.enter(later)
    expect(await standing()).toMatchObject([{ source: 'marketplace', offer: 'contoso.analytics' }, { source: 'admin' }])
    const byPhone = makeLead({ id: 'phone', person: { phone: Jane.phone, lastName: 'Doe' } })
    await store.enter(byPhone)
    expect(await store.suppression.of(await store.contactOf(byPhone))).toMatchObject([{ source: 'marketplace' }])
    for (const kind of ['dnc', 'sup:*', 'kept:*', 'forgotten:*']) {
      const keys = await store.redis.keys(`{leadsync}:${kind}`)
      expect(keys, kind).not.toEqual([])
      for (const key of keys) expect(await store.redis.ttl(key)).toBe(-1)
    }
  })

  it('goes to the contact that has the alias now, and is in its history', async () => {
    // The contact had its id from the phone number, and has it from the e-mail address now.
    await store.enter(makeLead({ id: 'phone', person: { phone: Jane.phone, lastName: 'Doe' } }))
    await store.enter(no)
    const all = await exported()
    await store.redis.flushall()
    await store.enter(later)
    expect(await standing()).toEqual([])
    expect(await restore(all)).toBe(1)
    expect(await standing()).toMatchObject([{ since: Noon }])
    const contact = await store.contactOf(later)
    const lines = (await store.redis.lrange(`{leadsync}:timeline:${contact}`, 0, -1)).map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { event: 'received' },
      { event: 'suppressed', source: 'marketplace', offer: 'contoso.analytics' },
    ])
  })

  it('from before a later no does not turn it back', async () => {
    await store.enter(no)
    const before = await exported()
    await store.enter({ ...later, action: 'DNC' })
    expect(await restore(before)).toBe(0)
    expect(await standing()).toMatchObject([{ since: hours(5) }])
  })

  it('from before a lift does not undo the lift', async () => {
    await store.enter(no)
    const before = await exported()
    await store.enter(wish)
    await restore(before)
    expect((await store.suppression.of(await store.contactOf(no))).filter(stands)).toEqual([])
  })

  it('finds somebody without address and number again by the contact id', async () => {
    const nameless = makeLead({ id: 'nameless', action: 'DNC', person: { company: 'Contoso' } })
    await store.enter(nameless)
    const all = await exported()
    await store.redis.flushall()
    expect(await restore(all)).toBe(1)
    await store.enter({ ...nameless, action: 'INS' })
    expect(await store.suppression.of(await store.contactOf(nameless))).toMatchObject([{ since: Noon }])
  })

  it('leaves out those against whom nothing was ever said', async () => {
    await store.enter(wish)
    expect(await store.redis.keys('*:sup:*')).toHaveLength(1)
    expect(await exported()).toEqual([])
  })

  it('keeps the later time of when somebody was forgotten', async () => {
    await restore([{ forgotten: 'x', at: 9 }])
    expect(await restore([{ forgotten: 'x', at: 8 }])).toBe(0)
    expect(await store.redis.get('{leadsync}:forgotten:x')).toBe('9')
  })

  it('finds everybody among many keys, each once', async () => {
    const many = store.redis.pipeline()
    for (let n = 0; n < 5_000; n += 1) many.set(`{leadsync}:lead:${n}`, 'x').hset(`{leadsync}:sup:c${n}`, 'd:*', n)
    await many.exec()
    expect(new Set((await exported()).map((line) => ('contact' in line ? line.contact : '')))).toHaveProperty('size', 5_000)
    expect(await exported()).toHaveLength(5_000)
  })

  it('fails where something is damaged: it would look whole', async () => {
    await store.redis.hset('{leadsync}:sup:c', 'd:*', 'damaged')
    await expect(exported()).rejects.toThrow('{leadsync}:sup:c is damaged')
  })
})

describe('the daily export', () => {
  const { log, lines } = recordedLog()
  const at = (day: number) => ({
    dataDir: dir,
    scripts: store.scripts,
    secret: Secret,
    log,
    now: () => Date.parse(Noon) + day * Day,
  })
  const file = (day: string) => join(dir, 'suppressions', `suppressions-${day}.jsonl`)

  it('is made once a day, readable for its user and this installation only', async () => {
    await sayAll()
    expect([await exportToday(at(0)), await exportToday(at(0)), await exportToday(at(1))]).toEqual([true, false, true])
    expect(await exportedDays(dir)).toEqual(['2026-11-24', '2026-11-23'])
    expect((await stat(join(dir, 'suppressions'))).mode & 0o777).toBe(0o700)
    expect((await stat(file('2026-11-23'))).mode & 0o777).toBe(0o600)
    const text = await readFile(file('2026-11-23'), 'utf8')
    expect(inOrder(readExport(text, Secret))).toEqual(await exported())
    expect(text).not.toContain(Secret)
    expect(() => readExport(text, 'another')).toThrow('another installation')
  })

  it('is made by two daemons at once without harm', async () => {
    await sayAll()
    expect(await Promise.all([exportToday(at(0)), exportToday(at(0))])).toEqual([true, true])
    expect(await readdir(join(dir, 'suppressions'))).toEqual(['suppressions-2026-11-23.jsonl'])
    expect(readExport(await readFile(file('2026-11-23'), 'utf8'), Secret)).toHaveLength(4)
  })

  it('keeps the newest fourteen, and takes away what a killed daemon left unfinished', async () => {
    for (let day = 0; day < 15; day += 1) {
      await exportToday(at(day))
      await writeFile(`${file('2026-11-30')}.unfinished`, '')
    }
    expect(await exportedDays(dir)).toHaveLength(14)
    expect((await exportedDays(dir)).at(-1)).toBe('2026-11-24')
    await exportToday(at(15))
    expect((await readdir(join(dir, 'suppressions'))).filter((name) => !name.endsWith('.jsonl'))).toEqual([])
  })

  it('deletes nothing while it has less than half of what an older one has', async () => {
    await sayAll()
    await exportToday(at(0))
    await store.redis.flushall()
    for (let day = 1; day < 16; day += 1) await exportToday(at(day))
    expect(await exportedDays(dir)).toHaveLength(16)
    expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toContain(
      'the export is less than half of an earlier one, so no old one is deleted: was data in Redis lost?',
    )
    await sayAll()
    await exportToday(at(16))
    expect(await exportedDays(dir)).toHaveLength(14)
  })

  it('starts with the daemon, and one that fails is logged and stops nobody', async () => {
    const started = recordedLog()
    const stop = startDailyExport({ ...at(0), log: started.log })
    await vi.waitFor(async () => expect(await exportedDays(dir)).toEqual(['2026-11-23']))
    stop()
    await rm(join(dir, 'suppressions'), { recursive: true })
    await writeFile(join(dir, 'suppressions'), 'in the way')
    const failing = recordedLog()
    const stopFailing = startDailyExport({ ...at(0), log: failing.log })
    await vi.waitFor(() => expect(failing.lines).toMatchObject([{ level: 'warn', message: /could not be exported/ }]))
    stopFailing()
  })
})
