import { type Job, UnrecoverableError } from 'bullmq'
import { answerOf, type DeliveryError, type Log, leadOfStep } from '../core/index.ts'
import type { Alerts } from '../delivery/alerts.ts'
import type { CrmDelivery } from '../delivery/crm-delivery.ts'
import type { DeliveryResult } from '../delivery/delivery-result.ts'
import type { FollowUps } from '../delivery/follow-ups/ports.ts'
import type { Ledger } from '../delivery/ports.ts'
import type { DeliveryJob, FollowUpJob, MarkJob } from './catalogue.ts'
import { JobVersion } from './job-version.ts'
import type { Repairs } from './repairs.ts'

export interface CrmWorkOptions {
  readonly crm: string
  readonly delivery: CrmDelivery
  readonly ledger: Ledger
  readonly followUps: Pick<FollowUps, 'move'>
  readonly alerts: Alerts
  readonly repairs: Pick<Repairs, 'again'>
  /** Of the CRM's settings: a delivery that is parked is told apart from one that was tried with others. */
  readonly configVersion: string
  readonly log: Log
  now(): number
}

/** What one job of a CRM's queue asks for. */
export interface CrmWork {
  /** By what logs name it. */
  readonly about: Readonly<Record<string, string>>
  run(): Promise<DeliveryResult>
  /** It goes back to the queue in good order; `unavailable` tells since when (ms) the CRM has been down for it. */
  release(unavailable: boolean): Promise<number>
  /** No try of ours will help. Resolves to what the job ends with, or rejects with how it fails. */
  giveUp(error: DeliveryError): Promise<string>
}

/** The data of every job in a CRM's queue. */
export type CrmJob = DeliveryJob | MarkJob | FollowUpJob

export function workOf(job: Job<CrmJob>, options: CrmWorkOptions): CrmWork {
  const { data } = job
  if ('lead' in data) return deliveryWork(data.lead, options)
  if ('step' in data) return followUpWork(job as Job<FollowUpJob>, options)
  return markWork(job as Job<MarkJob>, options, job.name === 'repair' ? Repair : Mark)
}

function deliveryWork(lead: string, { crm, delivery, ledger, alerts, configVersion, log }: CrmWorkOptions): CrmWork {
  return {
    about: { lead },
    run: () => delivery.deliver(lead),
    release: (unavailable) => ledger.release(crm, lead, unavailable),
    async giveUp(error) {
      await ledger.park(crm, lead, error.message, error.code, { answer: answerOf(error), config: configVersion })
      log.warn({ crm, lead, code: error.code }, 'a delivery was parked')
      await alerts.raise({ event: 'parked', crm, lead, code: error.code, reason: error.message })
      throw new UnrecoverableError(error.message)
    },
  }
}

function followUpWork(
  job: Job<FollowUpJob>,
  { crm, delivery, followUps, alerts, configVersion, log, now }: CrmWorkOptions,
): CrmWork {
  const { step, contact } = job.data
  return {
    about: { step },
    run: () => runStep(job, delivery),
    release: (unavailable) => noteDown(job, unavailable, now),
    async giveUp(error) {
      // Nothing is left undone by it that a person could replay.
      if (job.name === 'ask') {
        log.warn({ crm, step, code: error.code, reason: error.message }, 'whether somebody worked on a task could not be asked')
        return 'given up'
      }
      if (job.name === 'task' && (await fail(error)) === 'cancelled') return 'cancelled'
      log.warn({ crm, step, code: error.code, reason: error.message }, 'a task of a follow-up was parked')
      // One that is replayed has been without its CRM for no time yet.
      const parks = (job.data.tried?.parks ?? 0) + 1
      const tried = { answer: answerOf(error), config: configVersion, parks }
      await job.updateData({ v: JobVersion, step, contact, code: error.code, tried })
      await alerts.raise({ event: 'parked', crm, lead: leadOfStep(step), code: error.code, reason: error.message })
      throw new UnrecoverableError(error.message)
    },
  }

  /** One that a no has cancelled meanwhile has nothing to wait for a person with. */
  async function fail({ message: reason }: DeliveryError): Promise<string | undefined> {
    const say = `Its task waits for a person: ${reason}`
    const failed = await followUps.move({ id: step, from: ['due', 'making'], to: 'failed', change: { reason }, say })
    return failed.step?.state
  }

  function runStep({ id = step, name }: Job<FollowUpJob>, delivery: CrmDelivery): Promise<DeliveryResult> {
    if (name === 'withdraw') return delivery.withdrawTask(step)
    return name === 'ask' ? delivery.askTask(step) : delivery.makeTask(step, contact, id)
  }
}

interface ContactWork {
  /** A sentence for the log when it is given up. */
  readonly undone: string
  run(contact: string, holder: string, options: CrmWorkOptions): Promise<DeliveryResult>
}

const Mark: ContactWork = {
  undone: 'the markers of a contact could not be written',
  run: (contact, holder, { delivery }) => delivery.mark(contact, holder),
}

const Repair: ContactWork = {
  undone:
    'what a late write may have undone of a contact could not be delivered once more: look at its record, and use leadsync redeliver',
  // The jobs come when the contact is free: one that waits for it would be waited for.
  async run(contact, holder, { delivery, repairs }) {
    const { result, again } = await delivery.repair(contact, holder)
    await repairs.again(again)
    return result
  },
}

function markWork(job: Job<MarkJob>, options: CrmWorkOptions, { run, undone }: ContactWork): CrmWork {
  const { crm, log, now } = options
  const { contact } = job.data
  return {
    about: { contact },
    run: () => run(contact, job.id ?? contact, options),
    release: (unavailable) => noteDown(job, unavailable, now),
    // No dead letter: there is nothing in it for a person to replay or discard, the suppression itself stands all the same, and the next lead
    // of the contact writes the markers anyway.
    async giveUp(error) {
      log.warn({ crm, contact, code: error.code, reason: error.message }, undone)
      return 'given up'
    },
  }
}

/** Since when the CRM has been away to a job that no ledger tells of, in ms. */
async function noteDown<J extends MarkJob>(job: Job<J>, unavailable: boolean, now: () => number): Promise<number> {
  const { downSince, ...data } = job.data
  if (unavailable === (downSince !== undefined)) return downSince ?? now()
  const since = now()
  await job.updateData((unavailable ? { ...data, downSince: since } : data) as J)
  return since
}
