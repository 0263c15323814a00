import type { Job, Queue, Worker } from 'bullmq'
import {
  type Connector,
  type DecideRules,
  DefaultStages,
  deliveryJobId,
  type Lead,
  type Log,
  leadKey,
  NoOwnDomains,
  type OwnDomains,
} from '../../src/core/index.ts'
import type { CrmDelivery, FollowUpParts } from '../../src/delivery/crm-delivery.ts'
import { BlockedProbe } from '../../src/queue/blocked-probe.ts'
import { Circuit } from '../../src/queue/circuit.ts'
import { DeliveryWorker } from '../../src/queue/delivery-worker.ts'
import { Queues } from '../../src/queue/queues.ts'
import { Repairs } from '../../src/queue/repairs.ts'
import { type RouteTarget, startRouteWorker } from '../../src/queue/route-worker.ts'
import { RedisCircuits } from '../../src/store/circuits.ts'
import { openDelivery, orgBinding } from './crm-parts.ts'
import { NoAlerts, openFollowUps } from './follow-up-parts.ts'
import type { MemoryCrm } from './memory-crm.ts'
import { type LogLine, recordedLog } from './recorded-log.ts'
import { Crm, LockMs, openStore, type StoreParts } from './store-parts.ts'

/** Short, so that what a crash leaves behind is found soon. */
export const Limits = { lockMs: 2_000, stalledMs: 200 }

export interface DeliveryWorkerParts {
  readonly concurrency?: number
  readonly giveUpAfterMs?: number
  readonly lockMs?: number
  readonly signal?: AbortSignal
  readonly sharedOrg?: boolean
  readonly followUps?: FollowUpParts
  readonly rules?: Partial<DecideRules>
  /** The newest version of jobs that it can read. */
  readonly jobVersion?: number
}

/** Queues and workers over one store, as the daemon makes them. */
export interface QueueParts {
  readonly store: StoreParts
  readonly queues: Queues
  readonly lines: readonly LogLine[]
  startRouting(targets: readonly RouteTarget[], ownDomains?: OwnDomains): Worker
  startDelivering(crm: Connector, parts?: DeliveryWorkerParts): { readonly worker: Worker; readonly delivery: CrmDelivery }
  probe(crm: MemoryCrm): BlockedProbe
  /** Takes a lead in, routes it and adds its delivery's job. */
  add(...leads: readonly Lead[]): Promise<void>
  jobOf(lead: Lead): Promise<Job>
  close(): Promise<void>
}

export function openQueues(url: string): QueueParts {
  const store = openStore(url)
  const { log, lines } = recordedLog()
  const queues = new Queues(store.redis, [Crm, 'dynamics'], log)
  const workers: Worker[] = []
  const deliveries: CrmDelivery[] = []
  const circuits: Circuit[] = []
  return {
    store,
    queues,
    lines,
    startRouting(targets, ownDomains = NoOwnDomains) {
      const { redis, register } = store
      const common = {
        stages: DefaultStages,
        ownDomains,
        limits: Limits,
        concurrency: 20,
        log,
        now: Date.now,
        followUpCrm: () => null,
        alerts: NoAlerts,
      }
      const worker = startRouteWorker({ redis, queues, register, targets, contacts: store.contacts, release: ['PLT'], ...common })
      workers.push(worker)
      return worker
    },
    startDelivering(
      crm,
      {
        concurrency = 50,
        giveUpAfterMs = 3_600_000,
        lockMs = LockMs,
        signal = new AbortController().signal,
        sharedOrg = false,
        followUps = openFollowUps(store),
        jobVersion,
        rules = {},
      } = {},
    ) {
      const { redis, ledger, states } = store
      const delivery = openDelivery(store, crm, { signal, sharedOrg, followUps, rules, lockMs })
      const common = { crm: Crm, queue: queues.delivery(Crm), limits: Limits, log, now: Date.now }
      const circuit = openCircuit(store, { concurrency, log })
      circuits.push(circuit)
      const { worker } = new DeliveryWorker({
        ...common,
        circuit,
        redis,
        repairs: new Repairs(queues, Crm),
        delivery,
        alike: async () => (await store.orgs.sharing(Crm)).flatMap((name) => queues.deliveries.get(name) ?? []),
        ledger,
        followUps: followUps.store,
        alerts: NoAlerts,
        configVersion: 'a1b2c3',
        states,
        concurrency,
        giveUpAfterMs,
        signal,
        ...(jobVersion === undefined ? {} : { jobVersion }),
      })
      workers.push(worker)
      deliveries.push(delivery)
      return { worker, delivery }
    },
    probe(crm) {
      const queue = queues.delivery(Crm)
      return new BlockedProbe({ crm: Crm, queue, connector: crm, org: orgBinding(store, crm), states: store.states, log })
    },
    async add(...leads) {
      for (const lead of leads) {
        await store.enter(lead)
        const job = { name: 'deliver' as const, id: deliveryJobId(Crm, lead.id), data: { lead: leadKey(lead.id) } }
        await queues.add(queues.delivery(Crm), job)
      }
    },
    jobOf: (lead) => jobIn(queues.delivery(Crm), deliveryJobId(Crm, lead.id)),
    async close() {
      for (const worker of workers) await worker.close(true)
      for (const one of [...deliveries, ...circuits]) one.stop()
      await queues.close()
      await store.close()
    },
  }
}

export function openCircuit({ scripts }: StoreParts, more: { readonly concurrency: number; readonly log: Log }): Circuit {
  return new Circuit({
    crm: Crm,
    circuits: new RedisCircuits(scripts),
    turnMs: Limits.lockMs,
    everyMs: 200,
    now: Date.now,
    ...more,
  })
}

export async function jobIn(queue: Queue, id: string): Promise<Job> {
  const job: Job | undefined = await queue.getJob(id)
  if (!job) throw new Error(`There is no job ${id} in ${queue.name}.`)
  return job
}
