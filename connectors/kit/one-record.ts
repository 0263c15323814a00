import { DeliveryError, type DeliveryErrorCode } from '../../src/core/index.ts'
import type { ErrorRow } from './error-row.ts'

/** What a refusal that gives no reason means of a record that was refused alone, while others were taken. */
interface Verdict {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly says: string
  readonly code: DeliveryErrorCode
  readonly say: string
}

const Firewalled: Verdict = {
  id: 'one-record-403',
  from: 403,
  to: 403,
  says: '403 without a reason, again and again for one record only',
  code: 'invalid',
  say: 'something in front of it does not let this record through ({status}), and lets others: most likely a firewall that takes its text for an attack. Correct the lead, or let the firewall pass it, then replay.',
}

const Breaking: Verdict = {
  id: 'one-record-5xx',
  from: 500,
  to: 599,
  says: '500, 502 or 504, again and again for one record only',
  // Not `unavailable`, which may hold the leads of everybody else as well, and never comes to an end.
  code: 'conflict',
  say: 'it fails over this record ({status}), and takes others. It is looked up and tried again.',
}

const Everybody = {
  id: 'everybody',
  says: '400, 406, 413 and the like without a reason, for whatever is sent',
  code: 'unavailable',
  say: 'it, or something in front of it, refuses whatever is sent ({status}). It is tried again; if that lasts, look at what stands between Leadsync and baseUrl.',
} as const

/** These rows are the same for every CRM. */
export const oneRecordErrors: readonly ErrorRow[] = [Firewalled, Breaking, Everybody]

/** The refusal of a record that was alone in its request. A 5xx is about the record only once others were taken. */
export function ofOneRecord(error: DeliveryError, othersAreTaken: boolean, sentence: (say: string) => string): DeliveryError {
  const { status = 0 } = error
  const verdict = [Firewalled, ...(othersAreTaken ? [Breaking] : [])].find(({ from, to }) => status >= from && status <= to)
  return verdict === undefined ? error : said(verdict, status, sentence)
}

/** What refuses everything is no single lead's fault: none of them is parked for it. */
export function ofEverybody(error: DeliveryError, sentence: (say: string) => string): DeliveryError {
  const isParking = error.code === 'invalid' || error.code === 'protocol' || error.code === 'conflict'
  return isParking ? said(Everybody, error.status ?? 0, sentence) : error
}

function said({ code, say }: Pick<ErrorRow, 'code' | 'say'>, status: number, sentence: (say: string) => string): DeliveryError {
  return new DeliveryError(code, sentence(say.replace('{status}', `status ${status}`)), { status })
}
