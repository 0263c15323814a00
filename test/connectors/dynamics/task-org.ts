import { onTestFinished } from 'vitest'
import { createApi } from '../../../connectors/dynamics/api.ts'
import { type OrgReading, unknownOrg } from '../../../connectors/dynamics/org/org.ts'
import { shippedTable } from '../../../connectors/dynamics/org/shipped-tables.ts'
import { type Column, type TableName, tableOf } from '../../../connectors/dynamics/org/table.ts'
import { Settings } from '../../../connectors/dynamics/settings.ts'
import { createOwners } from '../../../connectors/dynamics/write/owners.ts'
import { type Asked, startTinyServer, type Told } from '../../kit/tiny-server.ts'
import { inParts } from './multipart.ts'

export type Row = Record<string, unknown>

/** Says what becomes of a whole request; `store` does what the environment would do. */
export type Fault = (store: () => Told) => Told

interface RowFault {
  readonly code: string
  readonly status?: number
  /** Happens just before the row is refused, or instead of that when there is no code. */
  readonly before?: () => void
}

export interface TaskOrg {
  readonly tasks: Row[]
  readonly notes: Row[]
  /** `METHOD path` of every request. */
  readonly asked: string[]
  /** The path of every GET, those in batches too. */
  readonly read: string[]
  /** Every PATCH, in its order. */
  readonly written: Asked[]
  /** For the next batches that hold a PATCH (or, `GET`, none), one each. */
  arm(method: 'GET' | 'PATCH', ...faults: Fault[]): void
  /** Refuses the next rows that are written, one each. */
  refuseRows(...faults: RowFault[]): void
  /** As a person would: another version of it. */
  change(index: number, columns: Row): void
  remove(index: number): void
  readonly context: ReturnType<typeof contextFor>
}

export interface TaskOrgOptions {
  readonly settings?: Record<string, unknown>
  /** Columns of the task table that are otherwise than usual; null for one that is not there. */
  readonly columns?: Readonly<Record<string, Partial<Column> | null>>
  /** Navigation properties as the environment names them: table → those from there. */
  readonly navigation?: ReadonlyMap<string, readonly { column: string; target: string; navigation: string }[]>
}

export const root = '/api/data/v9.2/'
export const us = '00000000-0000-4000-8000-00000000000a'
export const sam = '00000000-0000-4000-8000-00000000000b'
export const team = '00000000-0000-4000-8000-00000000000c'
export const retired = '00000000-0000-4000-8000-00000000000d'
export const lead = '1abcdef1-0000-4000-8000-000000000001'
export const contact = '2abcdef2-0000-4000-8000-000000000001'
export const nobody = '99999999-0000-4000-8000-000000000009'

const Users: readonly Row[] = [
  { systemuserid: us, internalemailaddress: 'admin@org.example', domainname: 'app@org.example' },
  { systemuserid: sam, internalemailaddress: 'sam@org.example', domainname: 'sam@corp.example' },
]
const Teams: readonly Row[] = [{ teamid: team, name: 'Inside sales' }]

/** As much of an environment as tasks and notes need, in memory, behind real HTTP. */
export async function openTaskOrg(options: TaskOrgOptions = {}): Promise<TaskOrg> {
  const rows: Readonly<Record<string, Row[]>> = { tasks: [], annotations: [] }
  const asked: string[] = []
  const read: string[] = []
  const written: Asked[] = []
  const armed: { readonly method: string; readonly fault: Fault }[] = []
  const refusals: RowFault[] = []
  let version = 100

  function answer(one: Asked): Told {
    asked.push(`${one.method} ${one.path.split('?')[0]}`)
    const isWrite = one.method === 'PATCH' || String(one.body).includes('\nPATCH ')
    const place = armed.findIndex(({ method }) => method === (isWrite ? 'PATCH' : 'GET'))
    const [hit] = place < 0 ? [] : armed.splice(place, 1)
    return hit ? hit.fault(() => store(one)) : store(one)
  }

  const store = inParts((part) => {
    const path = part.path.slice(root.length)
    const [, set = '', id = ''] = /^([a-z]+)(?:\(([^)]+)\))?/.exec(path) ?? []
    if (part.method === 'GET') return list(set, path)
    written.push(part)
    const refusal = refusals.shift()
    refusal?.before?.()
    if (refusal && refusal.code !== '') return refused(refusal.status ?? 400, refusal.code)
    return save(set, id, part)
  })

  function list(set: string, path: string): Told {
    read.push(path)
    if (set === 'systemusers') return { body: { value: Users } }
    if (set === 'teams') return { body: { value: Teams } }
    const query = new URL(path, 'http://x').searchParams
    const wanted = new Set(query.get('$filter')?.match(/[0-9a-f-]{36}/g))
    const columns = ['@odata.etag', ...(query.get('$select') ?? '').split(',')]
    const found = (rows[set] ?? []).filter((row) => wanted.has(idOf(set, row)))
    return { body: { value: found.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null]))) } }
  }

  function save(set: string, id: string, { headers, body }: Asked): Told {
    const known = rows[set]?.find((row) => idOf(set, row) === id)
    if (headers['if-none-match'] === '*' && known) return refused(412, '0x80040237')
    if (headers['if-match'] && !known) return refused(404, '0x80040217')
    if (known && !['*', undefined, known['@odata.etag']].includes(headers['if-match'])) return refused(412, '0x80060882')
    const bound = Object.entries(body).filter(([name]) => name.endsWith('@odata.bind'))
    for (const [name, target] of bound) {
      const [, of = '', targetId = ''] = /^\/(\w+)\((.*)\)$/.exec(String(target)) ?? []
      if (targetId === retired) return refused(403, '0x80040225')
      if (![us, sam, team, lead, contact].includes(targetId)) return refused(404, '0x80040217')
      if (name.startsWith('ownerid')) body._ownerid_value = targetId
      else body.regarding = `${of} ${targetId}`
    }
    const own = set === 'tasks' ? { activityid: id, statecode: 0, statuscode: 2, prioritycode: 1, _ownerid_value: us } : {}
    const row = known ?? { ...own, annotationid: id, _createdby_value: us }
    if (!known) rows[set]?.push(row)
    Object.assign(row, body, { '@odata.etag': `W/"${++version}"` })
    return { status: 204, headers: { 'OData-EntityId': `${root}${set}(${id})` }, body: '' }
  }

  const server = await startTinyServer(answer)
  onTestFinished(() => server.stop())
  const tasks = rows.tasks ?? []
  return {
    tasks,
    notes: rows.annotations ?? [],
    asked,
    read,
    written,
    arm: (method, ...faults) => void armed.push(...faults.map((fault) => ({ method, fault }))),
    refuseRows: (...faults) => void refusals.push(...faults),
    change: (index, columns) => void Object.assign(tasks[index] ?? {}, columns, { '@odata.etag': `W/"${++version}"` }),
    remove: (index) => void tasks.splice(index, 1),
    context: contextFor(server.url, options),
  }
}

function idOf(set: string, row: Row): string {
  return String(set === 'tasks' ? row.activityid : row.annotationid)
}

function refused(status: number, code: string): Told {
  return { status, body: { error: { code, message: 'Irgendetwas über jane@contoso.example' } } }
}

function contextFor(baseUrl: string, { settings = {}, columns = {}, navigation }: TaskOrgOptions) {
  const chosen = Settings.parse({ baseUrl, auth: 'static-token', token: 'token-of-this-test', ...settings })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const { now } = Date
  const api = createApi(chosen, { crm: 'sales', fetch: globalThis.fetch, now, log })
  const org = unknownOrg(chosen)
  const read = (name: TableName) => tableOf(name, 'read', shippedTable(name, 'unread').columns)
  const own = read('task').columns.flatMap((column) => {
    const other = columns[column.name]
    return other === null ? [] : [{ ...column, ...other }]
  })
  const tables = { lead: read('lead'), contact: read('contact'), task: tableOf('task', 'read', own) }
  const relationships: OrgReading['relationships'] = navigation ?? new Map()
  org.learn({ catalog: { org: null, objects: {} }, tables, relationships }, now() - 120_000)
  return { api, crm: 'sales', org, owners: createOwners(api, 'sales', now), now, signal: new AbortController().signal }
}
