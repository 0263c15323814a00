import type { OrgError, Refused, WriteResult } from './org.ts'

export function problem(status: number, code: string, message: string): OrgError {
  return { status, code, message }
}

export function failed(error: OrgError): WriteResult {
  return { kind: 'error', error }
}

export function isProblem(found: object): found is OrgError {
  return 'code' in found && 'status' in found && 'message' in found
}

export function refused(error: string): Refused {
  return { error }
}
