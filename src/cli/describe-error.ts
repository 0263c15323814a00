/** Of anything that was thrown: its kind, and where it happened. */
export function describeError(error: unknown): {
  readonly name: string
  readonly code?: string
  readonly stack: readonly string[]
} {
  if (!(error instanceof Error)) return { name: typeof error, stack: [] }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return { name: error.name, ...(code ? { code } : {}), stack: frames.map((line) => line.trim()) }
}
