import { createOrg } from '../../src/sandbox/salesforce/org/create-org.ts'
import type { ManyMatches, Org, OrgOptions, RowResult, RowValues, WriteOptions } from '../../src/sandbox/salesforce/org/org.ts'

export const username = 'leadsync@contoso.example'
export const noon = Date.UTC(2026, 10, 23, 12, 0, 0, 789)

/** An org with a clock that tests set, and short calls that throw where a test expects success. */
export interface OpenOrg {
  readonly org: Org
  readonly clock: { now: number }
  readonly write: WriteOptions
  create(object: string, values: RowValues, options?: Partial<WriteOptions>): RowResult
  /** The new record's id. */
  made(object: string, values: RowValues, options?: Partial<WriteOptions>): string
  update(object: string, id: string, values: RowValues, options?: Partial<WriteOptions>): RowResult
  idOf(object: string, field: string, value: string): string
}

export function openOrg(options: Partial<OrgOptions> = {}): OpenOrg {
  const clock = { now: noon }
  const org = createOrg({ now: () => clock.now, usernames: [username], ...options })
  const write = { autoAssign: true, allowDuplicates: false, includeRecordDetails: false, userId: org.userIdOf(username) ?? '' }
  return {
    org,
    clock,
    write,
    create: (object, values, more) => org.create(object, values, { ...write, ...more }),
    made: (object, values, more) => succeeded(org.create(object, values, { ...write, ...more })),
    update: (object, id, values, more) => org.update(object, id, values, { ...write, ...more }),
    idOf(object, field, value) {
      for (const row of org.object(object)?.rows() ?? []) if (row[field] === value) return String(row.Id)
      throw new Error(`No ${object} with ${field} = ${value}.`)
    },
  }
}

export const jane = { LastName: 'Doe', FirstName: 'Jane', Company: 'Contoso', Email: 'jane@contoso.com' }

export function succeeded(result: RowResult | ManyMatches): string {
  if (result.success) return result.id
  throw new Error(`The write failed: ${JSON.stringify(result)}`)
}

/** The codes of a failed write; none for a successful one. */
export function codes(result: RowResult | ManyMatches): string[] {
  return 'errors' in result ? result.errors.map((error) => error.code) : []
}
