import { type Logger, pino } from 'pino'
import { describeError } from './describe-error.ts'

/**
 * The daemon's log: JSON lines on standard output. Whatever happens to be handed to it under a name that can hold a person or a secret is
 * cut out, and of an error only its kind, code and stack frames are kept: foreign messages carry bodies, headers and addresses.
 */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: Redacted.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    serializers: { error: loggedError, err: loggedError },
  })
}

const Redacted = [
  'token',
  'password',
  'authorization',
  'secret',
  'email',
  'phone',
  'person',
  'lead.person',
  'raw',
  'body',
  'verbatim',
  'url',
]

function loggedError(error: unknown): unknown {
  if (typeof error === 'string') return error
  return error instanceof Error ? describeError(error) : typeof error
}
