import type { CrmName } from './crms.ts'
import type { FaultKind, PlannedFault } from './fault-plan.ts'
import type { Stage } from './stage.ts'

const Page = '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>'

/** The requests that write, so that what is committed unheard is a change. A read that is met as well changes nothing. */
const Writes: Readonly<Record<CrmName, readonly { readonly method: string; readonly path: string }[]>> = {
  hubspot: [
    { method: 'POST', path: '/crm/objects/*/contacts/batch/up*' },
    { method: 'POST', path: '/crm/objects/*/tasks/batch/*' },
  ],
  salesforce: [
    { method: 'PATCH', path: '/services/data/*' },
    { method: 'POST', path: '/services/data/*' },
  ],
  dynamics: [
    { method: 'POST', path: '/api/data/*' },
    { method: 'PATCH', path: '/api/data/*' },
  ],
}

/** What is armed for so many requests, in the words of `POST /_sandbox/faults`. */
const Rules: Readonly<Partial<Record<FaultKind, object>>> = {
  crmTooManyRequests: { status: 429, headers: { 'retry-after': '1', 'content-type': 'application/json' }, body: '{}' },
  crmFails500: { status: 500, headers: { 'content-type': 'application/json' }, body: '{"message":"internal error"}' },
  crmFailsHtml: { status: 502, headers: { 'content-type': 'text/html' }, body: Page },
  crmUnavailable503: { status: 503, headers: { 'retry-after': '1' } },
  crmResets: { reset: true },
  crmHangs: {},
  crmSlow: { delayMs: 800 },
  crmCommitsAndHangs: { commit: true },
  crmCommitsAndResets: { commit: true, reset: true },
}

export async function armCrm(stage: Stage, { kind, target, times }: PlannedFault): Promise<void> {
  const crm = target as CrmName
  const rule = { times, ...Rules[kind] }
  const rules = 'commit' in rule ? Writes[crm].map((match) => ({ ...rule, match })) : [rule]
  await tell(stage, crm, 'faults', rules)
}

/** Rows of a batch fail while the others of it are done. */
export async function failRows(stage: Stage, { target, times }: PlannedFault): Promise<void> {
  if (target === 'salesforce') {
    await tell(stage, target, 'row-faults', [{ object: 'Lead', times, statusCode: 'UNABLE_TO_LOCK_ROW' }])
    return
  }
  // Of a server that was too slow nobody knows whether it has done it.
  const fault = { object: 'lead', times, status: 500, code: '0x80044151', commit: times % 2 === 0 }
  await tell(stage, 'dynamics', 'row-faults', [fault])
}

export async function expireSessions(stage: Stage): Promise<void> {
  await tell(stage, 'salesforce', 'expire-tokens', {})
}

/** What is armed and has befallen nobody yet is taken back. */
export async function disarm(stage: Stage, crm: CrmName): Promise<void> {
  await tell(stage, crm, 'faults', [])
}

async function tell(stage: Stage, crm: CrmName, what: string, body: object): Promise<void> {
  const response = await fetch(`${stage.crmUrls[crm]}/_sandbox/${what}`, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`The stand-in for ${crm} did not take ${what}: ${await response.text()}`)
}
