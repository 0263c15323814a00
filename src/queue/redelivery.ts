import { setTimeout as wait } from 'node:timers/promises'
import { deliveryJobIdOfKey } from '../core/index.ts'
import type { Queues } from './queues.ts'

const EveryMs = 50
const PatienceMs = 10_000

/**
 * Adds the job of a delivery that was reopened. BullMQ ignores a job whose id it keeps, and completed ones are kept to be looked at: that one
 * goes first. False: it is in a worker's hands still, and somebody has to look again.
 */
export async function addRedelivery(queues: Queues, crm: string, leadKey: string): Promise<boolean> {
  const queue = queues.delivery(crm)
  const id = deliveryJobIdOfKey(crm, leadKey)
  const end = performance.now() + PatienceMs
  for (;;) {
    const state = await queue.getJobState(id)
    if (state === 'unknown') break
    if (state === 'completed' || state === 'failed') await queue.remove(id)
    // It will come and find the delivery open.
    else if (state !== 'active') return true
    else if (performance.now() > end) return false
    else await wait(EveryMs)
  }
  await queues.add(queue, { name: 'deliver', id, data: { lead: leadKey } })
  return true
}
