import { type Job, UnrecoverableError } from 'bullmq'
import type { DeliveryError, Log } from '../core/index.ts'
import type { CrmDelivery } from '../delivery/crm-delivery.ts'
import type { DeliveryResult } from '../delivery/delivery-result.ts'
import type { Ledger } from '../delivery/ports.ts'
import type { DeliveryJob, MarkJob } from './catalogue.ts'

export interface CrmWorkOptions {
  readonly crm: string
  readonly delivery: CrmDelivery
  readonly ledger: Ledger
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

export function workOf(job: Job<DeliveryJob | MarkJob>, options: CrmWorkOptions): CrmWork {
  const { data } = job
  return 'contact' in data ? markWork(job as Job<MarkJob>, options) : deliveryWork(data.lead, options)
}

function deliveryWork(lead: string, { crm, delivery, ledger, log }: CrmWorkOptions): CrmWork {
  return {
    about: { lead },
    run: () => delivery.deliver(lead),
    release: (unavailable) => ledger.release(crm, lead, unavailable),
    async giveUp(error) {
      await ledger.park(crm, lead, error.message, error.code)
      log.warn({ crm, lead, code: error.code }, 'a delivery was parked')
      throw new UnrecoverableError(error.message)
    },
  }
}

function markWork(job: Job<MarkJob>, { crm, delivery, log, now }: CrmWorkOptions): CrmWork {
  const { contact, downSince = now() } = job.data
  return {
    about: { contact },
    run: () => delivery.mark(contact, job.id ?? contact),
    async release(unavailable) {
      if (unavailable && job.data.downSince === undefined) await job.updateData({ contact, downSince })
      return downSince
    },
    // No dead letter: there is nothing in it for a person to replay or discard, the suppression itself stands all the same, and the next lead
    // of the contact writes the markers anyway.
    async giveUp(error) {
      log.warn({ crm, contact, code: error.code, reason: error.message }, 'the markers of a contact could not be written')
      return 'given up'
    },
  }
}
