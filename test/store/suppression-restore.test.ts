import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { exportToday } from '../../src/store/daily-export.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { noteChange } from '../../src/store/suppression-changes.ts'
import { UnusableExport } from '../../src/store/suppression-reader.ts'
import { restoreSuppressions, type SuppressionSource } from '../../src/store/suppression-restore.ts'
import { makeLead, Noon } from '../kit/made-lead.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { Keep, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

const NoonMs = Date.parse(Noon)
const jane = makeLead({ id: 'jane', action: 'DNC', person: { email: 'jane@contoso.com' } })
const john = strongAlias('john@contoso.com', 'a secret') ?? 'none'
const Entry = { source: 'admin', channel: 'any', offer: '*', since: NoonMs, reason: 'asked' } as const

let store: StoreParts
let source: SuppressionSource

onEmptyStore((opened) => {
  store = opened
})
beforeEach(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'leadsync-restore-'))
  source = { dataDir, secret: 'a secret', scripts: store.scripts, keep: Keep, now: () => NoonMs }
})
afterEach(() => rm(source.dataDir, { recursive: true }))

function file(kind: 'suppressions' | 'changes'): string {
  return join(source.dataDir, 'suppressions', `${kind}-2026-11-23.jsonl`)
}

/** Jane's no is in the daily export, John's came after it; a crash tore the next line. Then Redis loses all. */
async function sayAndLose(): Promise<void> {
  await store.enter(jane)
  await exportToday({ ...source, log: recordedLog().log })
  await new StrongSuppressions(store.scripts, Keep).add(john, Entry)
  await noteChange(store.scripts, source.dataDir, { aliases: [john], contacts: [] }, NoonMs)
  await appendFile(file('changes'), '{"alias":"to')
  await store.redis.flushall()
}

it('what the export and the changes since say is brought back once; what a crash tore is counted and left out', async () => {
  await store.enter(jane)
  const contact = await store.contactOf(jane)
  await store.redis.flushall()
  await sayAndLose()
  await store.enter({ ...jane, action: 'INS' })
  expect(await restoreSuppressions(source)).toEqual({ files: 2, lines: 2, torn: 1, contacts: [contact] })
  expect(await store.suppression.of(contact)).toMatchObject([{ source: 'marketplace', liftedAt: null }])
  expect(await store.redis.hkeys('{leadsync}:dnc')).toEqual([john])
  expect(await restoreSuppressions(source)).toMatchObject({ lines: 2, contacts: [] })
})

it('the changes alone can be asked for', async () => {
  await sayAndLose()
  expect(await restoreSuppressions(source, ['changes'])).toMatchObject({ files: 1, lines: 1, torn: 1 })
  expect(await store.redis.keys('{leadsync}:*')).toEqual(['{leadsync}:dnc'])
})

it('an export that is cut off ends it, and none of its lines is taken', async () => {
  await sayAndLose()
  await writeFile(file('suppressions'), (await readFile(file('suppressions'), 'utf8')).replace(/\{"end".*\n$/, ''))
  await expect(restoreSuppressions(source)).rejects.toThrow(UnusableExport)
  expect(await store.redis.keys('{leadsync}:sup:*')).toEqual([])
})
