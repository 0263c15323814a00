import { onTestFinished } from 'vitest'
import { DescribeAnswer, orgObject } from '../../../connectors/salesforce/org/describe.ts'
import { isId, longId } from '../../../connectors/salesforce/org/ids.ts'
import { unknownOrg } from '../../../connectors/salesforce/org/org.ts'
import { createTaskFacts } from '../../../connectors/salesforce/tasks/task-facts.ts'
import { createOwners } from '../../../connectors/salesforce/write/owners.ts'
import { type Asked, startTinyServer, type Told } from '../../kit/tiny-server.ts'
import { anySignal, openApi, settings } from './tiny-org.ts'

export type Row = Record<string, unknown>

/** Says what becomes of a request; `store` does what the org would do. */
export type Fault = (asked: Asked, store: () => Told) => Told

interface RowFault {
  readonly statusCode: string
  readonly fields?: readonly string[]
}

export interface TaskOrg {
  readonly tasks: Row[]
  /** `METHOD path` of every request but those for tokens, without the query. */
  readonly asked: string[]
  /** Every row that was sent to be written. */
  readonly written: Row[]
  /** For the next requests with this method and path, one each. */
  arm(method: string, path: string, ...faults: Fault[]): void
  /** Refuses the next rows that are written, one each. */
  refuseRows(...faults: RowFault[]): void
  readonly context: ReturnType<typeof contextFor>
}

export interface TaskOrgOptions {
  /** `unique`: as the readme asks for it; `plain`: not unique. */
  readonly taskIdField?: 'unique' | 'plain' | 'none'
  readonly statuses?: readonly Row[] | 'hidden'
  readonly timeZone?: string
  readonly settings?: Record<string, unknown>
  /** False: Task was not described yet. */
  readonly described?: boolean
  readonly priorities?: readonly string[]
}

export const rows = '/services/data/v68.0/composite/sobjects'
export const composite = '/services/data/v68.0/composite'
export const us = '005000000000001AAA'
export const idField = 'leadsync_task_id__c'

const English: readonly Row[] = [
  { ApiName: 'Not Started', IsClosed: false, IsDefault: true },
  { ApiName: 'In Progress', IsClosed: false, IsDefault: false },
  { ApiName: 'Completed', IsClosed: true, IsDefault: false },
  { ApiName: 'Deferred', IsClosed: false, IsDefault: false },
]

/** As much of an org as tasks need, in memory, behind real HTTP. */
export async function openTaskOrg(options: TaskOrgOptions = {}): Promise<TaskOrg> {
  const tasks: Row[] = []
  const asked: string[] = []
  const written: Row[] = []
  const armed: { readonly method: string; readonly path: string; readonly fault: Fault }[] = []
  const refusals: RowFault[] = []
  const { taskIdField = 'unique', statuses = English, timeZone = 'UTC' } = options
  const known = statuses === 'hidden' ? English : statuses

  function answer(one: Asked): Told {
    const path = one.path.split('?')[0] ?? ''
    if (path.endsWith('/oauth2/token')) {
      const id = `${server.url}/id/00D000000000001AAA/${us}`
      return { body: { access_token: '00D!token', instance_url: server.url, id, token_type: 'Bearer' } }
    }
    asked.push(`${one.method} ${path}`)
    const place = armed.findIndex((fault) => fault.method === one.method && fault.path === path)
    const [hit] = place < 0 ? [] : armed.splice(place, 1)
    return hit ? hit.fault(one, () => store(one, path)) : store(one, path)
  }

  function store({ method, body }: Asked, path: string): Told {
    if (path === composite) return { body: { compositeResponse: body.compositeRequest.map(part) } }
    if (path !== rows) return { status: 404, body: [{ errorCode: 'NOT_FOUND', message: 'no' }] }
    written.push(...body.records)
    return { body: body.records.map((record: Row) => (method === 'POST' ? create(record) : update(record))) }
  }

  function part({ url, referenceId }: { readonly url: string; readonly referenceId: string }): Row {
    const records = find(new URL(url, 'http://x').searchParams.get('q') ?? '', url.includes('/queryAll'))
    if (records === null) return { referenceId, httpStatusCode: 400, body: [{ errorCode: 'INVALID_TYPE', message: 'no' }] }
    return { referenceId, httpStatusCode: 200, body: { totalSize: records.length, done: true, records } }
  }

  function find(soql: string, withDeleted: boolean): readonly Row[] | null {
    const table = /FROM (\w+)/.exec(soql)?.[1]
    if (table === 'Organization') return [{ TimeZoneSidKey: timeZone }]
    if (table === 'TaskStatus') return statuses === 'hidden' ? null : known
    if (table === 'User') return [{ Id: '005000000000009AAI', Username: 'sam@org.example', Email: 'sam@org.example' }]
    if (table !== 'Task') return []
    const tests = [...soql.matchAll(/(\w+) (?:IN \(([^)]*)\)|= ('[^']*'|null))/g)]
    const ids = tests.filter(([, field]) => field === 'Id').flatMap(([, , list = '']) => list.split(','))
    if (!ids.every((id) => isId(id.slice(1, -1)))) return null
    return tasks.filter((task) => (withDeleted || task.IsDeleted !== true) && tests.every((test) => holds(task, test)))
  }

  function create({ attributes: _, ...fields }: Row): Row {
    const refusal = refusals.shift()
    if (refusal) return refused(refusal)
    if (taskIdField === 'none' && idField in fields) return refused({ statusCode: 'INVALID_FIELD', fields: [idField] })
    const twin = tasks.some((task) => task.IsDeleted !== true && task[idField] === fields[idField])
    if (taskIdField === 'unique' && idField in fields && twin) return refused({ statusCode: 'DUPLICATE_VALUE' })
    const Id = longId(`00T${String(tasks.length + 1).padStart(12, '0')}`)
    const Status = fields.Status ?? known.find(({ IsDefault }) => IsDefault)?.ApiName
    const own = { Id, Status, CreatedById: us, IsDeleted: false, IsClosed: isClosed(Status) }
    tasks.push({ OwnerId: us, Priority: 'Normal', ...fields, ...own })
    return { id: Id, success: true, errors: [] }
  }

  function update({ attributes: _, id, ...fields }: Row): Row {
    const refusal = refusals.shift()
    if (refusal) return refused(refusal)
    const task = tasks.find(({ Id, IsDeleted }) => Id === id && IsDeleted !== true)
    if (!task) return refused({ statusCode: 'ENTITY_IS_DELETED' })
    Object.assign(task, fields, { IsClosed: isClosed(fields.Status ?? task.Status) })
    return { id, success: true, errors: [] }
  }

  function isClosed(status: unknown): boolean {
    return known.some(({ ApiName, IsClosed }) => ApiName === status && IsClosed === true)
  }

  const server = await startTinyServer(answer)
  onTestFinished(() => server.stop())
  return {
    tasks,
    asked,
    written,
    arm: (method, path, ...faults) => void armed.push(...faults.map((fault) => ({ method, path, fault }))),
    refuseRows: (...faults) => void refusals.push(...faults),
    context: contextFor(server.url, { ...options, taskIdField, statuses: known }),
  }
}

/** One condition of a query: `Field IN ('a','b')`, `Field = 'a'` or `Field = null`. */
function holds(task: Row, [, field = '', list, value]: readonly (string | undefined)[]): boolean {
  const wanted = (list ?? value ?? '').split(',').map((text) => (text === 'null' ? null : text.slice(1, -1)))
  return wanted.some((one) => one === (task[field] ?? null))
}

function refused({ statusCode, fields = [] }: RowFault): Row {
  return { success: false, errors: [{ statusCode, message: 'Irgendetwas über jane@contoso.example', fields }] }
}

function contextFor(baseUrl: string, options: TaskOrgOptions) {
  const chosen = settings(baseUrl, options.settings)
  const { now } = Date
  const api = openApi(baseUrl, options.settings)
  const org = unknownOrg(chosen.contactIdField)
  const task = options.described === false ? null : taskObject(options)
  org.learn({ objects: { lead: null, contact: null, task }, catalog: { org: null, objects: {} } }, now())
  const owners = createOwners(api, 'sales', now)
  return {
    ...chosen,
    api,
    crm: 'sales',
    org,
    owners,
    now,
    taskFacts: createTaskFacts(now),
    signal: anySignal(),
    suspicion: { aloneInARow: 0 },
  }
}

function taskObject({ taskIdField, statuses, priorities = ['High', 'Normal', 'Low'] }: TaskOrgOptions) {
  const field = { type: 'string', createable: true, updateable: true, filterable: true, nillable: true, length: 255 }
  const picklist = (name: string, values: readonly string[]) => {
    const picklistValues = values.map((value) => ({ value, label: value, active: true }))
    return { ...field, name, type: 'picklist', picklistValues }
  }
  const names = ['Subject', 'ActivityDate', 'Description', 'OwnerId', 'CreatedById', 'IsDeleted', 'IsClosed', 'WhoId']
  const isUnique = taskIdField === 'unique'
  const named = Array.isArray(statuses) ? statuses.map(({ ApiName }) => String(ApiName)) : []
  const fields = [
    ...names.map((name) => ({ ...field, name })),
    { ...field, name: 'Short__c', length: 20 },
    picklist('Priority', priorities),
    picklist('Status', named),
    { ...picklist('TaskSubtype', ['Task', 'Email', 'Call']), updateable: false },
    ...(taskIdField === 'none' ? [] : [{ ...field, name: idField, unique: isUnique, externalId: isUnique }]),
  ]
  return orgObject(DescribeAnswer.parse({ name: 'Task', fields }))
}
