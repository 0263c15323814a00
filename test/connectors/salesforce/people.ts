import { createHolders } from '../../../connectors/kit/holders.ts'
import { matchPeople } from '../../../connectors/salesforce/match/match.ts'
import { readCatalog, refresh, unknownOrg } from '../../../connectors/salesforce/org/org.ts'
import type { Judged, Match, MatchKeys, RecordRef } from '../../../src/core/index.ts'
import type { Asked, Told } from '../../kit/tiny-server.ts'
import { anySignal, contactFields, field, leadFields, type OrgOptions, openOrg, type WireField } from './described-org.ts'

export interface Person {
  readonly object: 'Lead' | 'Contact'
  readonly Id: string
  readonly [field: string]: unknown
}

const standing = [
  field('LastModifiedDate', { type: 'datetime' }),
  field('IsDeleted', { type: 'boolean' }),
  field('MasterRecordId', { type: 'reference' }),
  field('Title'),
]
export const describedLead: readonly WireField[] = [
  ...leadFields,
  ...standing,
  field('Country'),
  field('IsConverted', { type: 'boolean' }),
  field('ConvertedContactId', { type: 'reference' }),
]
export const describedContact: readonly WireField[] = [...contactFields, ...standing, field('MailingCountry')]

export interface PeopleOptions {
  readonly settings?: Record<string, unknown>
  readonly lead?: readonly WireField[]
  readonly contact?: readonly WireField[]
  /** Asked before the records; by the SOQL and how many composites came before. */
  readonly refuse?: (soql: string, before: number) => string | undefined
  readonly now?: () => number
  /** False: it has not been read what fields there are. */
  readonly described?: boolean
}

/** An org that holds these records and reads SOQL as strictly as Salesforce does, and the matching against it. */
export async function openPeople(
  people: readonly Person[],
  { settings, lead, contact, refuse, now = Date.now, described: isDescribed = true }: PeopleOptions = {},
) {
  const fields = { Lead: lead ?? describedLead, Contact: contact ?? describedContact }
  const composites: string[][] = []
  const answer: OrgOptions['answer'] = (asked) => {
    if (!asked.path.endsWith('/composite')) return undefined
    const parts = partsOf(asked)
    const before = composites.push(parts.map(({ soql }) => soql)) - 1
    const compositeResponse = parts.map(({ referenceId, soql, all }) => {
      const told = evaluate(soql, all, people, fields, refuse?.(soql, before))
      return { ...told, httpHeaders: {}, referenceId }
    })
    return { body: { compositeResponse } } satisfies Told
  }
  const described = await openOrg({ objects: fields, answer, ...(settings ? { settings } : {}) })
  const { api } = described
  const org = unknownOrg(described.settings.contactIdField)
  if (isDescribed) org.learn(await readCatalog(api, 'sales', anySignal()), now())
  const holders = createHolders<RecordRef>()
  return {
    composites,
    org,
    holders,
    refresh: () =>
      refresh(org, api, { crm: 'sales', fetch, now, log: { debug() {}, info() {}, warn() {}, error() {} } }, anySignal()),
    match: (...keys: MatchKeys[]): Promise<Judged<Match>[]> =>
      matchPeople(keys, { api, crm: 'sales', signal: anySignal(), now, org, holders, settings: described.settings }),
  }
}

export function keys(some: Partial<MatchKeys> = {}): MatchKeys {
  const fields = { lead: ['LastName', 'Company'], contact: ['LastName'] }
  return { contactIds: ['c-1'], email: null, record: null, fields, ...some }
}

/** A Lead's id of 18 characters; the number is any below ten thousand. */
export function leadId(n: number): string {
  return `00Q5g000000${String(n).padStart(4, '0')}EAA`
}

export function contactId(n: number): string {
  return `0035g000000${String(n).padStart(4, '0')}EAA`
}

export function lead(n: number, some: object = {}): Person {
  return { object: 'Lead', Id: leadId(n), LastName: 'Doe', Company: 'Contoso', ...some }
}

export function contact(n: number, some: object = {}): Person {
  return { object: 'Contact', Id: contactId(n), LastName: 'Doe', ...some }
}

function partsOf({ body }: Asked): { referenceId: string; soql: string; all: boolean }[] {
  return body.compositeRequest.map(({ url, referenceId }: { url: string; referenceId: string }) => ({
    referenceId,
    soql: new URL(url, 'http://any').searchParams.get('q') ?? '',
    all: url.includes('/queryAll'),
  }))
}

const Token = /\s*(?:'((?:[^'\\\n]|\\.)*)'|([A-Za-z]\w*|\d+)|([(),]))/y

/** `SELECT a, b FROM X WHERE f IN ('…',…) OR … [LIMIT n]`; anything else is malformed. */
function evaluate(
  soql: string,
  all: boolean,
  people: readonly Person[],
  fields: Readonly<Record<string, readonly WireField[]>>,
  refusal: string | undefined,
): { httpStatusCode: number; body: unknown } {
  try {
    if (refusal) throw new Error(refusal)
    const { columns, object, conditions, limit } = parse(soql)
    const known = new Map((fields[object] ?? []).map(({ name }) => [name.toLowerCase(), name]))
    const spelt = columns.map((column) => known.get(column.toLowerCase()) ?? raise('INVALID_FIELD'))
    if (new Set(spelt).size < spelt.length) raise('MALFORMED_QUERY')
    for (const { name, values } of conditions) {
      if (!known.has(name.toLowerCase())) raise('INVALID_FIELD')
      if (name === 'Id' && values.some((id) => !/^[A-Za-z0-9]{15,18}$/.test(id))) raise('INVALID_QUERY_FILTER_OPERATOR')
    }
    const hits = people.filter(
      (person) =>
        person.object === object &&
        (all || person.IsDeleted !== true) &&
        conditions.some(({ name, values }) =>
          values.some((value) => String(person[known.get(name.toLowerCase()) ?? ''] ?? '').toLowerCase() === value.toLowerCase()),
        ),
    )
    const records = hits.slice(0, limit).map((person) => ({
      attributes: { type: object },
      ...Object.fromEntries(spelt.map((name) => [name, person[name] ?? null])),
    }))
    return { httpStatusCode: 200, body: { totalSize: records.length, done: true, records } }
  } catch (error) {
    const errorCode = error instanceof Error ? error.message : 'UNKNOWN_EXCEPTION'
    return { httpStatusCode: 400, body: [{ errorCode, message: 'no' }] }
  }
}

function raise(code: string): never {
  throw new Error(code)
}

function parse(soql: string) {
  const tokens: { text: string; quoted: boolean }[] = []
  Token.lastIndex = 0
  while (Token.lastIndex < soql.length) {
    const [, quoted, word, mark] = Token.exec(soql) ?? raise('MALFORMED_QUERY')
    tokens.push({ text: quoted === undefined ? (word ?? mark ?? '') : unescaped(quoted), quoted: quoted !== undefined })
  }
  let at = 0
  const next = (): string => {
    const token = tokens[at++]
    return token && !token.quoted ? token.text : raise('MALFORMED_QUERY')
  }
  const expect = (text: string) => next() === text || raise('MALFORMED_QUERY')
  const list = <T>(item: () => T): T[] => {
    const items = [item()]
    while (tokens[at]?.text === ',' && !tokens[at]?.quoted) {
      at++
      items.push(item())
    }
    return items
  }
  expect('SELECT')
  const columns = list(next)
  expect('FROM')
  const object = next()
  expect('WHERE')
  const conditions: { name: string; values: string[] }[] = []
  let limit = Number.POSITIVE_INFINITY
  for (let word = 'OR'; ; word = next()) {
    if (word === 'LIMIT') {
      limit = Number(next())
      if (at < tokens.length) raise('MALFORMED_QUERY')
      break
    }
    if (word !== 'OR') raise('MALFORMED_QUERY')
    const name = next()
    expect('IN')
    expect('(')
    const values = list(() => {
      const token = tokens[at++]
      return token?.quoted ? token.text : raise('MALFORMED_QUERY')
    })
    expect(')')
    conditions.push({ name, values })
    if (at === tokens.length) break
  }
  return { columns, object, conditions, limit }
}

const Escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/gs, (_, code: string | undefined, character: string) =>
    code === undefined ? (Escapes[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  )
}
