import type { Status } from '../../admin/status.ts'
import { OutcomeCounts } from '../../store/counters.ts'
import type { SandboxTotals } from './sandbox-view.ts'

const LeadCounts = ['received', 'accepted', 'duplicates', 'quarantined', 'held'] as const
type CrmResult = Record<(typeof OutcomeCounts)[number], number> & SandboxTotals
export type Result = Record<(typeof LeadCounts)[number], number> & { crms: Record<string, CrmResult> }

/** The last line of `demo --once`: what this run moved, and what each CRM holds now. */
export function resultOf(before: Status, after: Status, totals: Readonly<Record<string, SandboxTotals>>): Result {
  const crms: Record<string, CrmResult> = {}
  for (const [name, total] of Object.entries(totals)) {
    const [was, is] = [before.crms[name], after.crms[name]]
    crms[name] = { ...moved(OutcomeCounts, (count) => (is?.[count] ?? 0) - (was?.[count] ?? 0)), ...total }
  }
  return { ...moved(LeadCounts, (count) => after[count] - before[count]), crms }
}

function moved<Name extends string>(names: readonly Name[], difference: (name: Name) => number): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, difference(name)])) as Record<Name, number>
}
