import type { RecordModel } from './contact-model.ts'
import type { ModelCrm, ShownRecord } from './crms.ts'

/** Everybody whom a CRM shows. */
export async function peopleIn(crm: ModelCrm, url: string): Promise<readonly ShownRecord[]> {
  const response = await fetch(`${url}/_sandbox/records`)
  const { records } = (await response.json()) as { records: readonly ShownRecord[] }
  return records.filter(({ object }) => object === crm.object)
}

/** A record in the model's words. */
export function recordShown({ names }: ModelCrm, { fields }: ShownRecord): RecordModel {
  const text = (name: string) => (isNothing(fields[name]) ? null : String(fields[name]))
  const time = (name: string) => (isNothing(fields[name]) ? null : secondOf(fields[name]))
  const at = time(names.markers.at)
  const { email, phone } = names.optOuts
  const closed = (name: string | null) => name !== null && String(fields[name]) === 'true'
  return {
    email: text(names.email),
    first: text(names.first),
    last: text(names.last),
    title: text(names.title),
    company: text(names.company),
    stage: text(names.stage),
    wish: text(names.wish),
    lastLead: time(names.lastLead) ?? 0,
    touches: [...(text(names.history) ?? '').matchAll(/\[lead ([^\]]+)\]/g)].map(([, key]) => String(key)).sort(),
    markers: at === null ? null : { at, liftedAt: time(names.markers.liftedAt) },
    optOuts: [...(closed(email) ? ['email' as const] : []), ...(closed(phone) ? ['phone' as const] : [])],
  }
}

/** What Salesforce and Dynamics insist on and no lead said. */
function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || value === '[unknown]'
}

/** HubSpot may answer milliseconds of the epoch. */
function secondOf(value: unknown): number {
  const text = String(value)
  return Math.floor((/^\d+$/.test(text) ? Number(text) : Date.parse(text)) / 1_000)
}
