import { hubspot } from '../../../connectors/hubspot/index.ts'
import type { Connector, MatchKeys, RecordWrite } from '../../../src/core/index.ts'
import type { Answer } from '../../kit/tiny-server.ts'

export { type Answer, type Asked, startTinyServer, type TinyServer } from '../../kit/tiny-server.ts'

export const token = 'pat-na1-secret-of-this-test'
const silent = { debug() {}, info() {}, warn() {}, error() {} }

export function connect(
  baseUrl: string,
  settings: Record<string, unknown> = {},
  dependencies: Record<string, unknown> = {},
): Connector {
  const parsed = hubspot.settings.parse({ token, baseUrl, ...settings })
  return hubspot.create(parsed, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log: silent, ...dependencies })
}

/** Answers account and properties so that a test can speak of the rest: by default neither may be read. */
export function withCatalog(answer: Answer, properties?: readonly object[]): Answer {
  return (asked) => {
    if (asked.method !== 'GET') return answer(asked)
    if (!properties) return { status: 403, body: { category: 'MISSING_SCOPES' } }
    return asked.path.includes('/properties/')
      ? { body: { results: properties } }
      : { body: { portalId: 62515, timeZone: 'US/Eastern' } }
  }
}

export function keys(some: Partial<MatchKeys> = {}): MatchKeys {
  return { contactIds: ['c-1'], email: null, record: null, fields: { contact: ['firstname'] }, ...some }
}

export function write(some: Partial<RecordWrite> = {}): RecordWrite {
  return { object: 'contact', recordId: null, contactId: 'c-1', email: 'jane@contoso.com', fields: {}, required: [], ...some }
}

export const anySignal = () => new AbortController().signal
