import type { Log } from '../../src/core/index.ts'

export interface LogLine {
  readonly level: keyof Log
  readonly facts: object
  readonly message: string
}

/** A log that keeps what it was told. */
export function recordedLog(): { readonly log: Log; readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: keyof Log) => (facts: object, message: string) => void lines.push({ level, facts, message })
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines }
}
