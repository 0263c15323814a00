import { open } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { OpenFile } from '../../src/intake/journal-writer.ts'
import {
  type Answer,
  answerOf,
  emailsOf,
  type Intake,
  memorySink,
  post,
  receiptOf,
  startIntake,
  temporaryFolder,
  until,
} from './support.ts'
import { marketplaceBody } from './support-entries.ts'

async function sent(intake: Intake, email: string): Promise<Answer> {
  const response = await post(intake, marketplaceBody(email))
  expect(response.status).toBe(202)
  return await answerOf(response)
}

function emails(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, index) => `person-${from + index}@contoso.com`)
}

test('while the queue is away leads are accepted, and queued in order under the answered ids when it is back', async () => {
  const intake = await startIntake()
  await sent(intake, 'person-0@contoso.com')
  intake.sink.up = false
  const answers: Answer[] = []
  for (const email of emails(1, 30)) answers.push(await sent(intake, email))
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set(['accepted']))
  expect(intake.reception.state().backlog).toBeGreaterThan(0)

  intake.sink.up = true
  await until(() => intake.reception.state().backlog === 0)
  await sent(intake, 'person-30@contoso.com')

  expect(emailsOf(intake.sink.taken)).toEqual(emails(0, 31))
  expect(intake.sink.taken.slice(1, 30).map(receiptOf)).toEqual(answers.map((answer) => answer.leadId))
})

test('what is known without the queue is answered without it', async () => {
  const intake = await startIntake()
  intake.sink.up = false
  const unreadable = await post(intake, 'not json')
  const testLead = await post(intake, marketplaceBody('MSFT_TEST_1@test.com'))

  expect(await unreadable.json()).toMatchObject({ status: 'quarantined' })
  expect(await testLead.json()).toMatchObject({ status: 'held' })
})

test('a queue that says it is ready but does not take the lead costs the sender nothing', async () => {
  const intake = await startIntake()
  intake.sink.failing = true
  expect(await sent(intake, 'jane@contoso.com')).toMatchObject({ status: 'accepted' })
  intake.sink.failing = false
  await until(() => intake.sink.taken.length === 1)
  expect(intake.reception.state().backlog).toBe(0)
})

test('new leads go behind those that wait, so that the order holds', async () => {
  const intake = await startIntake()
  intake.sink.up = false
  for (const email of emails(0, 5)) await sent(intake, email)
  let open = () => {}
  intake.sink.gate = new Promise((resolve) => {
    open = resolve
  })
  intake.sink.up = true
  for (const email of emails(5, 10)) await sent(intake, email)
  expect(intake.sink.taken).toEqual([])
  open()
  await until(() => intake.reception.state().backlog === 0)
  expect(emailsOf(intake.sink.taken)).toEqual(emails(0, 10))
})

test('the next start queues what the last one could not', async () => {
  const dir = await temporaryFolder()
  const away = memorySink()
  away.up = false
  const first = await startIntake({ dir, sink: away })
  for (const email of emails(0, 250)) await sent(first, email)
  await first.stop()

  const second = await startIntake({ dir })
  await until(() => second.reception.state().backlog === 0)
  expect(emailsOf(second.sink.taken)).toEqual(emails(0, 250))
  expect(Math.max(...second.sink.calls)).toBeLessThanOrEqual(200)
  await second.stop()

  const third = await startIntake({ dir })
  expect(third.reception.state().backlog).toBe(0)
  expect(third.sink.taken).toEqual([])
})

test('a queue that comes and goes under load loses nothing and takes nothing twice', async () => {
  const intake = await startIntake()
  let sending = true
  const flapping = (async () => {
    while (sending) {
      intake.sink.up = !intake.sink.up
      intake.sink.failing = !intake.sink.failing
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
  })()
  const all = emails(0, 1_000)
  const waiting = [...all]
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (let email = waiting.shift(); email !== undefined; email = waiting.shift()) await sent(intake, email)
    }),
  )
  sending = false
  await flapping
  intake.sink.up = true
  intake.sink.failing = false
  await until(() => intake.reception.state().backlog === 0)
  expect([...emailsOf(intake.sink.taken)].sort()).toEqual([...all].sort())
})

test('64 senders at once lose nothing, and share the calls to the queue', async () => {
  const intake = await startIntake()
  const all = emails(0, 3_000)
  const waiting = [...all]
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      for (let email = waiting.shift(); email !== undefined; email = waiting.shift()) await sent(intake, email)
    }),
  )
  expect([...emailsOf(intake.sink.taken)].sort()).toEqual([...all].sort())
  expect(intake.reception.state()).toMatchObject({ backlog: 0, answered: { accepted: 3_000 } })
  expect(intake.sink.calls.length).toBeLessThan(1_500)
})

function failingDisk(): { open: OpenFile; full: boolean } {
  const disk = {
    full: false,
    open: async (path: string, flags: string, mode: number) => {
      const handle = await open(path, flags, mode)
      const append = handle.appendFile.bind(handle)
      const appendFile = async (data: Buffer) => {
        if (disk.full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
        await append(data)
      }
      return Object.assign(handle, { appendFile })
    },
  }
  return disk
}

test('with a full disk the queue alone takes the lead', async () => {
  const disk = failingDisk()
  const intake = await startIntake({ open: disk.open })
  disk.full = true
  expect(await sent(intake, 'jane@contoso.com')).toMatchObject({ status: 'accepted' })
  expect(intake.reception.state().journalWritable).toBe(false)
  expect(emailsOf(intake.sink.taken)).toEqual(['jane@contoso.com'])

  disk.full = false
  await until(() => intake.reception.state().journalWritable)
  expect(intake.reception.state().backlog).toBe(0)
})

test.each([
  ['is away', { up: false, failing: false }],
  ['fails', { up: true, failing: true }],
])('with a full disk and a queue that %s the sender is told to come again', async (_, broken) => {
  const disk = failingDisk()
  const intake = await startIntake({ open: disk.open })
  disk.full = true
  Object.assign(intake.sink, broken)
  const refused = await post(intake, marketplaceBody('jane@contoso.com'))
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
  expect(await refused.json()).toEqual({ error: expect.stringContaining('Send it again') })

  disk.full = false
  Object.assign(intake.sink, { up: true, failing: false })
  await sent(intake, 'jane@contoso.com')
  await until(() => intake.sink.taken.length === 1)
})

test('a batch too slow for the queue gets through in smaller ones', async () => {
  const intake = await startIntake()
  intake.sink.up = false
  for (const email of emails(0, 40)) await sent(intake, email)
  const accept = intake.sink.accept
  intake.sink.accept = async (arrivals) => {
    if (arrivals.length > 8) throw new Error('timed out')
    return await accept(arrivals)
  }
  intake.sink.up = true
  await until(() => intake.reception.state().backlog === 0)
  expect(emailsOf(intake.sink.taken)).toEqual(emails(0, 40))
})

test('the last test lead is told with its time and the name of its token', async () => {
  const now = Date.parse('2026-11-23T10:00:00.000Z')
  const intake = await startIntake({ now: () => now })
  expect(intake.reception.state().lastTestLead).toBeNull()
  await post(intake, marketplaceBody('MSFT_TEST_636573304831318844@test.com'))
  expect(intake.reception.state().lastTestLead).toEqual({ at: '2026-11-23T10:00:00.000Z', token: 'appsource-1' })
})

test('stopping finishes what is in hand and takes nothing more', async () => {
  const intake = await startIntake()
  let open = () => {}
  intake.sink.gate = new Promise((resolve) => {
    open = resolve
  })
  const answer = sent(intake, 'jane@contoso.com')
  await until(() => intake.reception.state().backlog > 0)
  let done = false
  const stopped = intake.reception.stop().then(() => {
    done = true
  })
  expect((await post(intake, marketplaceBody('late@contoso.com'))).status).toBe(503)
  expect(done).toBe(false)
  open()
  expect(await answer).toMatchObject({ status: 'accepted' })
  await stopped
  expect(emailsOf(intake.sink.taken)).toEqual(['jane@contoso.com'])
})
