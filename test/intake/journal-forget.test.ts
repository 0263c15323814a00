import { appendFileSync } from 'node:fs'
import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DefaultStages, mentionsEmail } from '../../src/core/index.ts'
import { createInterpreter } from '../../src/intake/interpret.ts'
import { openJournal } from '../../src/intake/journal.ts'
import { encodeEntry } from '../../src/intake/journal-entry.ts'
import { blankInJournal, findInJournal, type JournalSearch } from '../../src/intake/journal-forget.ts'
import { createReception } from '../../src/intake/reception.ts'
import { emailsOf, memorySink, Secret, temporaryFolder, until } from './support.ts'
import { entry, marketplaceBody, recordingLog } from './support-entries.ts'

const Jane = 'jane@contoso.com'
const { interpret } = createInterpreter({ secret: Secret, stages: DefaultStages }, recordingLog())

function search(dir: string): JournalSearch {
  const sought = {
    isLead: ({ person }: { person: { email: string | null } }) => person.email === Jane,
    isText: (text: string) => mentionsEmail(text, Jane),
  }
  return { dir, sought, interpret, stillMs: 20 }
}

async function forgetJane(dir: string): Promise<number> {
  const lines = await findInJournal(search(dir))
  await blankInJournal(dir, lines)
  return lines.length
}

async function textOf(dir: string): Promise<string> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.jsonl'))
  return (await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')))).join('')
}

describe('what the journal tells of one person', () => {
  it('is overwritten where it stands, while others are written: nobody else’s line moves, is lost or is called corrupt', async () => {
    const dir = await temporaryFolder()
    const log = recordingLog()
    const journal = await openJournal({ dir, now: Date.now, log, everyMs: 20 })
    const sink = memorySink()
    await journal.append([entry('1'), entry('2', marketplaceBody(Jane)), entry('3', `{"Email":"JANE@contoso.com`), entry('4')])
    const before = (await textOf(dir)).length
    const later = Array.from({ length: 200 }, (_, n) => entry(`later-${n}`))
    const [forgotten] = await Promise.all([forgetJane(dir), ...later.map((one) => journal.append([one]))])
    expect(forgotten).toBe(2)
    expect((await textOf(dir)).slice(0, before)).not.toMatch(/jane@/i)

    const reception = createReception({ journal, sink, interpret, log, retryMs: 5 })
    await until(() => sink.taken.length === 202)
    expect(emailsOf(sink.taken).slice(0, 3)).toEqual(['1@contoso.com', '4@contoso.com', 'later-0@contoso.com'])
    expect(journal.waitingBytes()).toBe(0)
    expect(log.said.filter(({ level }) => level === 'warn')).toEqual([])
    await reception.stop()
    await journal.stop()
  })

  it('goes also from lines that are no entries, and from the torn end of a file that nobody goes on writing', async () => {
    const dir = await temporaryFolder()
    const journal = await openJournal({ dir, now: Date.now, log: recordingLog() })
    await journal.append([entry('1')])
    await journal.stop()
    const [file = ''] = (await readdir(dir)).filter((name) => name.endsWith('.jsonl'))
    await appendFile(join(dir, file), `{"id":"torn","body":"${Jane}\n{"id":"2","body":"<${Jane}`)
    const before = await textOf(dir)
    expect(await forgetJane(dir)).toBe(2)
    const after = await textOf(dir)
    expect(after).not.toContain(Jane)
    expect(after.length).toBe(before.length)
    expect(after.split('\n').length).toBe(before.split('\n').length)
    expect(await forgetJane(dir)).toBe(0)
  })

  it('is left alone while somebody is still writing the line, and found when it is whole', async () => {
    const dir = await temporaryFolder()
    const journal = await openJournal({ dir, now: Date.now, log: recordingLog() })
    await journal.append([entry('1')])
    await journal.stop()
    const [file = ''] = (await readdir(dir)).filter((name) => name.endsWith('.jsonl'))
    const line = encodeEntry(entry('2', marketplaceBody(Jane)))
    await appendFile(join(dir, file), line.subarray(0, -3))
    const { sought, ...rest } = search(dir)
    const isText = (text: string, receivedAt: string) => {
      appendFileSync(join(dir, file), line.subarray(-3))
      return sought.isText(text, receivedAt)
    }
    expect(await findInJournal({ ...rest, sought: { ...sought, isText } })).toEqual([])
    expect(await forgetJane(dir)).toBe(1)
  })

  it('is nothing where there is no journal', async () => {
    expect(await forgetJane(join(await temporaryFolder(), 'none'))).toBe(0)
  })
})
