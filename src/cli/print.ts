export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.map(printable).join('\n')}\n`)
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** What came from outside may hold escape sequences, which a terminal would obey. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, '\uFFFD')
}
