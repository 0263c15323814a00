import type { SoqlValue } from '../soql/org.ts'
import type { Instance } from './instance.ts'
import type { RowError } from './org.ts'
import { problem } from './problem.ts'

type Values = Readonly<Record<string, SoqlValue>>

/** A Task of a Lead has no WhatId, and no Task comes to a converted Lead. */
export function checkTask(instance: Instance, changes: Values, merged: Values): RowError[] {
  const { say, tables } = instance
  if (!('WhoId' in changes || 'WhatId' in changes)) return []
  const who = String(merged.WhoId ?? '')
  const lead = tables.find('Lead', who)
  if (lead === undefined) return []
  if (merged.WhatId != null) return [problem('FIELD_INTEGRITY_EXCEPTION', say.leadWithWhat(), ['WhatId'])]
  return lead.IsConverted === true ? [problem('CANNOT_UPDATE_CONVERTED_LEAD', say.converted(), [])] : []
}

/** The fields of a Task that follow from its others. */
export function deriveTask(instance: Instance, before: Values, merged: Values, at: string): Values {
  const { tables } = instance
  const closed = [...tables.rows('TaskStatus')].some((row) => row.ApiName === merged.Status && row.IsClosed === true)
  const who = tables.find('Contact', String(merged.WhoId ?? ''))
  const what = tables.find('Account', String(merged.WhatId ?? ''))
  return {
    IsClosed: closed,
    IsHighPriority: merged.Priority === 'High',
    CompletedDateTime: closed ? (before.CompletedDateTime ?? at) : null,
    AccountId: what?.Id ?? who?.AccountId ?? null,
  }
}
