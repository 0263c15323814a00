import { createOrg } from '../../src/sandbox/dynamics/org/create-org.ts'
import type {
  Key,
  Org,
  OrgError,
  OrgOptions,
  OrgRow,
  RowValues,
  WriteOptions,
  WriteResult,
} from '../../src/sandbox/dynamics/org/org.ts'
import { applicationUserId } from '../../src/sandbox/dynamics/org/seeds.ts'

export const applicationId = '11111111-2222-4333-8444-555555555555'
export const appUser = applicationUserId(applicationId)
export const ids = {
  jane: '0a0a0a0a-0000-4000-8000-000000000001',
  john: '0a0a0a0a-0000-4000-8000-000000000002',
  task: '0b0b0b0b-0000-4000-8000-000000000001',
  note: '0c0c0c0c-0000-4000-8000-000000000001',
  nobody: '0f0f0f0f-0000-4000-8000-00000000000f',
}

/** It is 10 o'clock in the morning of the 23rd of November 2026, in UTC. */
export function makeOrg(options: Partial<OrgOptions> = {}): Org {
  return createOrg({ now: () => Date.UTC(2026, 10, 23, 10), applicationIds: [applicationId], ...options })
}

export function writing(options: Partial<WriteOptions> = {}): WriteOptions {
  return { ifMatch: null, ifNoneMatch: false, detectDuplicates: false, userId: appUser, ...options }
}

/** A PATCH of `leads(id)` and its like. */
export function patch(
  org: Org,
  entitySet: string,
  id: string,
  values: RowValues,
  options: Partial<WriteOptions> = {},
): WriteResult {
  return org.upsert(entitySet, { id }, values, writing(options))
}

export function patchByKey(org: Org, alternate: Record<string, unknown>, values: RowValues, options: Partial<WriteOptions> = {}) {
  const key: Key = { alternate }
  return org.upsert('leads', key, values, writing(options))
}

/** The id of a new row. Throws when the org refuses it. */
export function add(org: Org, entitySet: string, values: RowValues): string {
  const result = org.create(entitySet, values, writing())
  if (result.kind === 'error') throw new Error(result.error.message)
  return result.id
}

export function row(org: Org, entitySet: string, id: string): OrgRow {
  return org.table(entitySet)?.row(id) ?? {}
}

/** `412 0x80040237`, or what happened instead. */
export function outcome(result: WriteResult | OrgError | null): string {
  if (result === null) return 'done'
  if ('status' in result) return `${result.status} ${result.code}`
  return result.kind === 'error' ? outcome(result.error) : result.kind
}
