import { describeError } from './describe-error.ts'

/**
 * Ends the process as Node would at an exception that nobody catches, but in words of ours: Node prints the error with all that hangs on it,
 * and on one of Redis's hangs the command with its arguments, which may be a lead.
 */
export function endAtCrash(command: string): void {
  process.on('uncaughtException', (error) => {
    process.stderr.write(crashText(command, error))
    process.exit(1)
  })
}

/** For standard error. A message is kept only where it is ours or the system's; others quote what they choked on. */
export function crashText(command: string, error: unknown): string {
  const { name, code, stack } = describeError(error)
  const said = isPlain(error) ? `: ${error.message}` : ''
  const kind = code === undefined ? name : `${name} (${code})`
  return [`leadsync ${command}: unexpected ${kind}${said}`, ...stack.map((frame) => `    ${frame}`), ''].join('\n')
}

function isPlain(error: unknown): error is Error {
  return error instanceof Error && (Object.getPrototypeOf(error) === Error.prototype || 'syscall' in error)
}
