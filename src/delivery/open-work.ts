import type { StepState } from '../core/index.ts'

/** What the store says is still to be done, and what a job must be there for. */
export type OpenWork =
  /** Accepted, and no CRM was asked yet whether it wants it. */
  | { readonly kind: 'lead'; readonly lead: string }
  | { readonly kind: 'delivery'; readonly lead: string; readonly crm: string; readonly state: 'waiting' | 'parked' }
  | {
      readonly kind: 'step'
      readonly lead: string
      readonly crm: string
      readonly contact: string
      readonly step: string
      readonly state: StepState
      /** In ms since the epoch. */
      readonly fireAt: number
    }

/** By what a person finds it again. */
export function workName(work: OpenWork): string {
  if (work.kind === 'step') return `${work.step} in ${work.crm}`
  return work.kind === 'lead' ? work.lead : `${work.lead} in ${work.crm}`
}

/** The steps of which something is to be done by a job. */
export const StepsWithJobs: ReadonlySet<StepState> = new Set(['waiting', 'due', 'making', 'withdrawing', 'failed'])
