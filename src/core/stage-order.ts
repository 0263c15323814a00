import { canonical, isEmpty } from './field-type.ts'
import type { Lead } from './lead.ts'
import { meaningOf } from './map-lead.ts'
import type { MappingField } from './mapping.ts'
import type { FieldValue } from './record.ts'

/** The funnel from its beginning to its end; letter case does not matter. */
export const DefaultStageOrder: readonly string[] = ['initial-interest', 'trial', 'active']

/** The place of a stage in the order, from 0; -1 when it has none. */
export function stageRank(stage: string, order: readonly string[]): number {
  const wanted = stage.trim().toLowerCase()
  return order.findIndex((one) => one.trim().toLowerCase() === wanted)
}

/**
 * Whether writing this lead's stage over what the CRM holds would turn the customer back: "Contact me" from somebody who bought is no new
 * interest. Asked in the CRM's words, as the field translates them. What is no stage of the order there (sales' own words) is left to the
 * policy; a lead whose own stage has no place in the order moves none that has: by way of it, the next lead would turn the customer back.
 */
export function turnsBack(field: MappingField, current: FieldValue, { stage }: Lead, order: readonly string[]): boolean {
  if (!field.stage || isEmpty(current)) return false
  const own = stage === null ? -1 : stageRank(stage, order)
  // The last one counts where several stages are translated alike: in doubt nobody is turned back.
  return order.findLastIndex((one) => inCrm(field, one) === folded(field, current)) > own
}

function inCrm(field: MappingField, stage: string): string | null {
  const meant = meaningOf(field, stage)
  return meant.state === 'set' ? folded(field, meant.value) : null
}

function folded(field: MappingField, value: FieldValue): string | null {
  return canonical(value, field.type)?.toLowerCase() ?? null
}
