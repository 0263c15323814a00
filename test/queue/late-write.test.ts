import { expect, it } from 'vitest'
import { type Lead, leadKey } from '../../src/core/index.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { onTestRedis } from '../kit/redis.ts'
import { Crm } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

const ShortLockMs = 300

let parts: QueueParts
let crm: MemoryCrm

onTestRedis(async ({ url }) => {
  parts = openQueues(url)
  await parts.store.redis.flushall()
  crm = createMemoryCrm()
  return parts
})

function leadAt(hour: number): Lead {
  return makeLead({
    id: `lead-${hour}`,
    occurredAt: hours(hour),
    receivedAt: hours(100),
    person: { email: 'jane@contoso.com', company: 'Contoso', jobTitle: `Job ${hour}` },
  })
}

async function delivered(count: number): Promise<void> {
  await until(`${count} are delivered`, async () => (await parts.store.counters()).crms[Crm]?.delivered === count)
}

function shown(): readonly string[] {
  const [record] = [...crm.records.values()]
  return String(record?.fields.history).match(/(?<=\[lead )\w+/g) ?? []
}

it('that undid what another process had written since is noticed, and all of its contact is there in the end', async () => {
  const [first, late, between] = [leadAt(1), leadAt(2), leadAt(3)]
  parts.startDelivering(crm, { rules: { touches: { as: 'field', field: 'history' } }, lockMs: ShortLockMs })
  await parts.add(first)
  await delivered(1)

  const door = crm.block('write')
  await parts.add(late)
  await door.reached
  // As if its process had stood still until somebody else got the contact.
  await parts.store.redis.del(await parts.store.redis.keys('{leadsync}:lock:*'))
  await parts.add(between)
  await delivered(2)
  expect(shown()).toEqual([between, first].map(({ id }) => leadKey(id)))
  const woken = performance.now() + ShortLockMs + 50
  while (performance.now() < woken);
  door.release()

  await until('it was noticed', () => parts.lines.some(({ message }) => message.includes('may have come late')))
  await delivered(3)
  await until('nothing is to be done', async () => {
    const { waiting, delayed, active } = await parts.queues.delivery(Crm).getJobCounts('waiting', 'delayed', 'active')
    return waiting === 0 && delayed === 0 && active === 0
  })
  expect(shown().toSorted()).toEqual([first, late, between].map(({ id }) => leadKey(id)).toSorted())
  expect([...crm.records.values()]).toMatchObject([{ fields: { jobtitle: 'Job 3', last_lead_at: between.occurredAt } }])
  expect((await parts.store.counters()).crms[Crm]).toMatchObject({ accepted: 3, delivered: 3, created: 0, waiting: 0 })
})
