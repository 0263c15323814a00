import type { RowError } from './org.ts'

export function problem(code: string, message: string, fields: readonly string[] = []): RowError {
  return { code, message, fields }
}

export function failed(error: RowError | readonly RowError[], id: string | null = null) {
  return { success: false as const, id, errors: 'code' in error ? [error] : error }
}
