/** What `verify` found between a mapping and the org it is meant for. */
export interface Finding {
  /** `error`: a lead loses something, or is parked. `warning`: worth knowing. */
  readonly severity: 'error' | 'warning'
  /** Object kind; null when it concerns the org as a whole. */
  readonly object: string | null
  readonly field: string | null
  /** A sentence for a person that ends with what to do. */
  readonly message: string
}
