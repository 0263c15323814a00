/** One row of the funnel table: an absent `source` or `action` matches any. Letter case does not matter. */
export interface StageRule {
  readonly source?: string | undefined
  readonly action?: string | undefined
  /** Null: no stage. */
  readonly stage: string | null
}

/**
 * What the actions mean since 2019; before, "Contact me" and "Get it now" stood the other way round, which is why this is configuration.
 * https://learn.microsoft.com/partner-center/marketplace-offers/partner-center-portal/commercial-marketplace-get-customer-leads
 */
export const DefaultStages: readonly StageRule[] = [
  { action: 'DNC', stage: null },
  { action: 'PLT', stage: 'initial-interest' },
  { action: 'INS', stage: 'active' },
  { action: 'Create', stage: 'active' },
  { action: 'StartTestDrive', stage: 'trial' },
]

/** The funnel stage of the first rule that matches; null when none does. */
export function stageOf(source: string | null, action: string | null, rules: readonly StageRule[]): string | null {
  const rule = rules.find((candidate) => matches(candidate.source, source) && matches(candidate.action, action))
  return rule?.stage ?? null
}

function matches(wanted: string | undefined, value: string | null): boolean {
  return wanted === undefined || wanted.toLowerCase() === value?.toLowerCase()
}
