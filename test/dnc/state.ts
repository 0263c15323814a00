import type { StoredRecord } from '../kit/crm-stand.ts'
import type { ThreeCrm } from '../kit/three-crms.ts'

/** When the do-not-contact of the tables came, and when it was lifted; ms. */
export interface Times {
  readonly no: number
  readonly lift: number
}

const Said = 'Microsoft marketplace: do not contact about contoso.analytics (DNC)'
const Lifts = {
  'by customer': `Lifted: the customer asked to be contacted again. Before: ${Said}`,
  'by admin': `Lifted: an admin took it back. Before: ${Said}`,
}

/** What a salesperson sees of it in a record: a word for the markers, and those of the CRM's own opt-out fields that are true. */
export function stateOf(record: StoredRecord | undefined, crm: ThreeCrm, times: Times): string {
  if (!record) return 'nobody'
  const optOuts = [...new Set(Object.values(crm.optOuts).flat())].filter((name) => String(record.fields[name]) === 'true')
  return stated(markersOf(record, crm, times), optOuts)
}

/** What a cell of a table says, for one CRM. */
export function meant(cell: string, { optOuts }: ThreeCrm): string {
  const [markers = '', closed] = cell.split(' + ')
  return closed === undefined ? markers : stated(markers, optOuts[closed as keyof ThreeCrm['optOuts']])
}

function stated(markers: string, optOuts: readonly string[]): string {
  return [markers, ...optOuts.toSorted()].join(' ')
}

function markersOf({ fields }: StoredRecord, { harness }: ThreeCrm, { no, lift }: Times): string {
  const names = harness.facts.fields.markers
  const held = (name: string | null) => (name === null ? null : (fields[name] ?? null)) || null
  const [at, liftedAt, reason] = [held(names.at), held(names.liftedAt), held(names.reason)]
  if (at === null && liftedAt === null && reason === null) return 'no markers'
  if (msOf(at) === no && liftedAt === null && reason === Said) return 'no'
  const lifted = Object.entries(Lifts).find(([, text]) => text === reason)?.[0]
  if (msOf(at) === no && msOf(liftedAt) === lift && lifted !== undefined) return lifted
  return JSON.stringify({ at, liftedAt, reason })
}

/** HubSpot's times are milliseconds in some answers and ISO 8601 in others. */
function msOf(time: unknown): number {
  return /^\d+$/.test(String(time)) ? Number(time) : Date.parse(String(time))
}

/** Which fields differ, but for those that differ at every write. */
export function changedFields(
  before: StoredRecord | undefined,
  after: StoredRecord | undefined,
  { harness }: ThreeCrm,
): string[] {
  const names = [...new Set([before, after].flatMap((record) => Object.keys(record?.fields ?? {})))]
  const restless = harness.facts.restless
  return names.filter(
    (name) =>
      !restless.includes(name) && JSON.stringify(before?.fields[name] ?? null) !== JSON.stringify(after?.fields[name] ?? null),
  )
}
