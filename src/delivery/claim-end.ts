import { type AcceptRules, accepts, DeliveryError } from '../core/index.ts'
import type { DeliveryResult } from './delivery-result.ts'
import type { Claim, ClaimResult, Ledger } from './ports.ts'

export type Unclaimed = Exclude<ClaimResult, { kind: 'claimed' }>

export interface ClaimEnds {
  readonly crm: string
  readonly ledger: Pick<Ledger, 'decline'>
  readonly accept: AcceptRules
}

/** A lead that was in hand at so many crashes is probably their cause. */
const MostUncleanEnds = 20

/** How a claim ends that must not be written; null when it may. */
export async function notWritten(
  { leadKey, lead, step, tries }: Claim,
  { crm, ledger, accept }: ClaimEnds,
): Promise<DeliveryResult | Error | null> {
  if (tries > MostUncleanEnds) {
    return new DeliveryError(
      'protocol',
      `${crm}: Leadsync ended ${tries} times with this lead in hand; look into the log before you replay it.`,
    )
  }
  if (step !== 'ask' || accepts(accept, lead)) return null
  await ledger.decline(crm, leadKey)
  return { kind: 'settled', outcome: 'notWanted', asked: false }
}

/** How a delivery ends that there is nothing to be claimed of. */
export function endOf(answer: Extract<Unclaimed, { kind: 'settled' | 'missing' }>, crm: string): DeliveryResult | Error {
  if (answer.kind === 'settled') return { kind: 'settled', outcome: answer.outcome, asked: false }
  return new DeliveryError('protocol', `${crm}: the ledger does not know this lead any more; replay it from the journal.`)
}
