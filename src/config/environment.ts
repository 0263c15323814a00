import type { Environment } from './interpolate.ts'

/** The process's own environment, for starting other processes: everything else is handed its settings. */
export function environment(): Environment {
  return process.env
}
