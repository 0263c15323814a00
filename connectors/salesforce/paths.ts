/** Winter '27. Salesforce keeps a version for at least three years; jsforce's own default is 50.0 of 2020. */
export const ApiVersion = '68.0'

export interface Paths {
  /** `/services/data/v…`; what is not named below is `${root}/…`. */
  readonly root: string
  readonly token: string
  readonly limits: string
  readonly composite: string
  /** Up to 200 records of any kinds: POST creates, PATCH updates by id, DELETE with `?ids=`. */
  readonly rows: string
  /** Up to 200 records of one kind, by an external id. */
  upsert(object: string, field: string): string
  query(soql: string, includeDeleted?: boolean): string
  describe(object: string): string
}

/** The only place that knows how Salesforce spells an address. */
export function createPaths(): Paths {
  const root = `/services/data/v${ApiVersion}`
  const rows = `${root}/composite/sobjects`
  return {
    root,
    token: '/services/oauth2/token',
    limits: `${root}/limits`,
    composite: `${root}/composite`,
    rows,
    upsert: (object, field) => `${rows}/${object}/${field}`,
    query: (soql, includeDeleted = false) => `${root}/${includeDeleted ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`,
    describe: (object) => `${root}/sobjects/${object}/describe`,
  }
}

/** A path for the log: a query names people. */
export function withoutPeople(path: string): string {
  return path.replace(/\?.*$/, '')
}
