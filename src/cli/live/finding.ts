/** One thing that `check --live` looked at. */
export interface LiveFinding {
  /** `error`: leads wait or could be lost. `warning`: worth a look. */
  readonly severity: 'ok' | 'warning' | 'error'
  /** `redis`, `journal`, `installation`, `crm hubspot`. */
  readonly about: string
  /** A sentence for a person; an error says what to do. */
  readonly message: string
}

/** Makes findings about one thing. */
export function findingsAbout(about: string) {
  return {
    ok: (message: string): LiveFinding => ({ severity: 'ok', about, message }),
    warning: (message: string): LiveFinding => ({ severity: 'warning', about, message }),
    error: (message: string): LiveFinding => ({ severity: 'error', about, message }),
  }
}
