import { expect, it } from 'vitest'
import { good, openPortal } from './portal.ts'
import { anySignal, keys, write } from './tiny-server.ts'

it('1,000 fresh leads with a touch in a field and one task each take at most 45 requests', async () => {
  const { connector, requests, records } = await openPortal({ seedProperties: { contacts: [] } })
  const { matchBatch, writeBatch, taskBatch } = connector.limits
  const people = Array.from({ length: 1_000 }, (_, n) => ({ contactId: `c-${n}`, email: `p${n}@contoso.com` }))

  for (const batch of batches(people, matchBatch)) {
    const found = good(
      await connector.match(
        batch.map(({ contactId, email }) => keys({ contactIds: [contactId], email })),
        anySignal(),
      ),
    )
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['none']))
  }
  const ids: string[] = []
  for (const batch of batches(people, writeBatch)) {
    const writes = batch.map(({ contactId, email }) =>
      write({ contactId, email, fields: { email, leadsync_contact_id: contactId, leadsync_notes: 'PLT of 23 Nov' } }),
    )
    ids.push(...good(await connector.write(writes, anySignal())).map(({ id }) => id))
  }
  const tasks = ids.map((id, n) => ({
    id: `task-${n}`,
    record: { object: 'contact', id },
    subject: 'Call',
    body: '',
    dueAt: '2026-11-24T10:00:00.000Z',
    type: 'call' as const,
    priority: 'high' as const,
    owner: null,
  }))
  for (const batch of batches(tasks, taskBatch)) good(await connector.createTasks(batch, anySignal()))

  expect(await records('contact')).toHaveLength(1_000)
  expect(await records('task')).toHaveLength(1_000)
  const asked = (await requests()).filter((request) => !request.includes('_sandbox'))
  expect(asked.length).toBeGreaterThan(20)
  expect(asked.length).toBeLessThanOrEqual(45)
})

function batches<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size))
}
