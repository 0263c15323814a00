import type { Catalog } from './catalog.ts'
import type { MappingRules } from './field-rule.ts'
import type { Judged } from './record.ts'

/** One thing that the org lacks and Leadsync can make. */
export interface ProvisionStep {
  readonly object: string
  readonly field: string
  /** For the person who says yes: what is going to be made. */
  readonly sentence: string
  /** What the CRM is sent, in its own words. */
  readonly definition: Readonly<Record<string, unknown>>
}

/** Prepares an org for a mapping. Beside `Connector`, because it needs rights that delivering leads never needs. */
export interface CrmAdmin {
  /** Pure: what is missing, Leadsync's own fields only. Without a readable catalog everything may be missing. */
  planProvision(rules: MappingRules, catalog: Catalog): readonly ProvisionStep[]
  /** Makes them, same length and order. What exists already is fine, so it may be called again after a failure. */
  provision(steps: readonly ProvisionStep[], signal: AbortSignal): Promise<readonly Judged<'created' | 'exists'>[]>
}
