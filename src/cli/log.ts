import { type Logger, pino } from 'pino'

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
    serializers: { error: describeError, err: describeError },
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

function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : typeof error
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return { name: error.name, ...(code ? { code } : {}), stack: frames.map((line) => line.trim()) }
}
