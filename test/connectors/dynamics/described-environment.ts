import { onTestFinished } from 'vitest'
import { type Api, createApi } from '../../../connectors/dynamics/api.ts'
import { Settings } from '../../../connectors/dynamics/settings.ts'
import type { ConnectorDependencies } from '../../../src/core/index.ts'
import { type Asked, startTinyServer, type Told } from '../../kit/tiny-server.ts'

export const anySignal = () => new AbortController().signal
export const orgId = '11111111-2222-4333-8444-555555555555'
export const userId = '22222222-2222-4333-8444-555555555555'

/** What a column's definition holds, over all the casts by which Dataverse answers its parts. */
export interface WireColumn {
  readonly LogicalName: string
  readonly AttributeType?: string
  readonly IsValidForCreate?: boolean
  readonly IsValidForUpdate?: boolean
  readonly RequiredLevel?: { readonly Value: string }
  readonly MaxLength?: number
  readonly DateTimeBehavior?: { readonly Value: string }
  /** Label → number. */
  readonly options?: Readonly<Record<string, number>>
  readonly isGlobal?: boolean
  /** Table → navigation property. */
  readonly targets?: Readonly<Record<string, string>>
}

export type TableState = readonly WireColumn[] | 'forbidden' | 'absent'
type TableName = 'lead' | 'contact' | 'task'

export interface EnvironmentOptions {
  readonly tables?: Partial<Record<TableName, TableState>>
  /** Column → state of the index of the key on it, per table. */
  readonly keys?: Partial<Record<TableName, Readonly<Record<string, string>>>>
  /** Privilege → depth; null: the user may not ask. */
  readonly privileges?: Readonly<Record<string, string>> | null
  readonly users?: readonly object[] | null
  readonly teams?: readonly object[]
  readonly language?: number
  readonly publishers?: readonly object[]
  readonly duplicateRules?: readonly object[]
  /** Asked first; undefined leaves the answer to the rest. */
  readonly answer?: (asked: Asked) => Told | undefined
  readonly settings?: Record<string, unknown>
  readonly dependencies?: Partial<ConnectorDependencies>
}

export interface DescribedEnvironment {
  readonly url: string
  readonly api: Api
  readonly settings: Settings
  readonly asked: readonly Asked[]
  /** What was posted: path below the API, and body. */
  readonly posted: readonly { readonly path: string; readonly body: Record<string, unknown> }[]
}

export function text(LogicalName: string, MaxLength = 100, some: Partial<WireColumn> = {}): WireColumn {
  return { LogicalName, AttributeType: 'String', MaxLength, ...some }
}

export function column(LogicalName: string, AttributeType: string, some: Partial<WireColumn> = {}): WireColumn {
  return { LogicalName, AttributeType, ...some }
}

export const readOnly = { IsValidForCreate: false, IsValidForUpdate: false }
const formsInsist = { RequiredLevel: { Value: 'ApplicationRequired' } }
const owner = column('ownerid', 'Owner', { RequiredLevel: { Value: 'SystemRequired' }, targets: { owner: 'ownerid' } })

const people: readonly WireColumn[] = [
  text('lastname', 50, formsInsist),
  text('firstname', 50),
  text('emailaddress1'),
  text('fullname', 160, readOnly),
  column('donotemail', 'Boolean'),
  column('donotbulkemail', 'Boolean'),
  column('donotphone', 'Boolean'),
  column('statecode', 'State', { IsValidForCreate: false }),
  column('createdon', 'DateTime', readOnly),
  owner,
  text('leadsync_contactid'),
  column('leadsync_lastleadat', 'DateTime'),
]

export const leadColumns: readonly WireColumn[] = [
  ...people,
  text('subject', 300, formsInsist),
  text('companyname'),
  text('mobilephone', 20),
  column('leadsourcecode', 'Picklist', { options: { Partner: 4, Web: 8 } }),
  column('statuscode', 'Status', { options: { New: 1, Contacted: 2 } }),
  column('campaignid', 'Lookup', { targets: { campaign: 'campaignid' } }),
]
export const contactColumns: readonly WireColumn[] = [
  ...people,
  column('parentcustomerid', 'Customer', {
    targets: { account: 'parentcustomerid_account', contact: 'parentcustomerid_contact' },
  }),
]
export const taskColumns: readonly WireColumn[] = [
  text('subject', 200, formsInsist),
  column('description', 'Memo', { MaxLength: 2000 }),
  column('ownerid', 'Owner', { targets: { owner: 'ownerid_task' } }),
  column('regardingobjectid', 'Lookup', {
    targets: { lead: 'regardingobjectid_lead_task', account: 'regardingobjectid_account_task' },
  }),
]
const Defaults: Readonly<Record<TableName, readonly WireColumn[]>> = {
  lead: leadColumns,
  contact: contactColumns,
  task: taskColumns,
}

export const allPrivileges: Readonly<Record<string, string>> = Object.fromEntries(
  ['Lead', 'Contact', 'Activity'].flatMap((table) =>
    ['Create', 'Read', 'Write', 'Append', 'AppendTo', 'Assign'].map((right) => [`prv${right}${table}`, 'Global']),
  ),
)

/** An environment of a few lines that takes single requests: what it defines and answers is the test's business. */
export async function openEnvironment(options: EnvironmentOptions = {}): Promise<DescribedEnvironment> {
  const server = await startTinyServer((asked) => options.answer?.(asked) ?? answerTo(asked, options))
  onTestFinished(() => server.stop())
  const settings = Settings.parse({
    baseUrl: server.url,
    auth: 'static-token',
    token: 'token-of-this-test',
    batchSize: 1,
    ...options.settings,
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const api = createApi(settings, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log, ...options.dependencies })
  return {
    url: server.url,
    api,
    settings,
    asked: server.asked,
    get posted() {
      return server.asked.filter(({ method }) => method !== 'GET').map(({ path, body }) => ({ path: below(path), body }))
    },
  }
}

export const forbidden: Told = refusal(403, '0x80040220', 'Principal user is missing prvReadEntity privilege')
export const notFound: Told = refusal(404, '0x80060888', 'Resource not found for the segment')

export function refusal(status: number, code: string, message: string): Told {
  return { status, body: { error: { code, message } } }
}

export function below(path: string): string {
  return path.replace('/api/data/v9.2/', '')
}

function answerTo(asked: Asked, options: EnvironmentOptions): Told {
  const path = below(asked.path)
  const { privileges = allPrivileges, users = [], teams = [] } = options
  if (asked.method === 'POST') return { status: 204, body: '' }
  if (path.startsWith('WhoAmI')) return { body: { BusinessUnitId: orgId, UserId: userId, OrganizationId: orgId } }
  const [, table, rest = ''] = /^EntityDefinitions\(LogicalName='(\w+)'\)(.*)$/.exec(path) ?? []
  if (table) return definition(table, rest, options)
  if (path === `systemusers(${userId})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges`)
    return privileges === null ? forbidden : { body: { RolePrivileges: rolePrivileges(privileges) } }
  if (path.startsWith('systemusers?')) return users === null ? forbidden : { body: { value: users } }
  if (path.startsWith('teams?')) return { body: { value: teams } }
  if (path.startsWith('organizations?')) return { body: { value: [{ languagecode: options.language ?? 1033 }] } }
  if (path.startsWith('publishers?')) return { body: { value: options.publishers ?? [] } }
  if (path.startsWith('duplicaterules?')) return { body: { value: options.duplicateRules ?? [] } }
  return notFound
}

function rolePrivileges(held: Readonly<Record<string, string>>) {
  return Object.entries(held).map(([PrivilegeName, Depth]) => ({
    PrivilegeName,
    Depth,
    PrivilegeId: orgId,
    BusinessUnitId: orgId,
  }))
}

function definition(table: string, rest: string, options: EnvironmentOptions): Told {
  if (table === 'annotation') return { body: { value: [] } }
  const name = table as TableName
  const state = options.tables?.[name] ?? Defaults[name]
  if (state === 'forbidden') return forbidden
  if (state === 'absent') return refusal(404, '0x80040217', 'Could not find an entity with the specified name')
  if (rest.startsWith('?')) return { body: { LogicalName: name, Keys: keysOf(options.keys?.[name] ?? {}) } }
  const [, type = ''] = /Microsoft\.Dynamics\.CRM\.(\w+)AttributeMetadata/.exec(rest) ?? []
  if (rest.startsWith('/ManyToOneRelationships')) return { body: { value: state.flatMap(relationships) } }
  if (type === '') return { body: { value: state.map(common) } }
  // As Dataverse does: what only some types have is there by a cast alone.
  return { body: { value: state.filter((one) => typeOf(one) === type).map((one) => special(one)) } }
}

function keysOf(keys: Readonly<Record<string, string>>) {
  return Object.entries(keys).map(([name, EntityKeyIndexStatus]) => ({
    LogicalName: `${name}_key`,
    SchemaName: `${name}_key`,
    KeyAttributes: name.split('+'),
    EntityKeyIndexStatus,
  }))
}

function common({ LogicalName, AttributeType = 'String', ...rest }: WireColumn) {
  const { IsValidForCreate = true, IsValidForUpdate = true, RequiredLevel = { Value: 'None' } } = rest
  const type = AttributeType === 'MultiSelectPicklist' ? 'Virtual' : AttributeType
  return { LogicalName, AttributeType: type, IsValidForCreate, IsValidForUpdate, RequiredLevel }
}

function special({ LogicalName, MaxLength, DateTimeBehavior, options, isGlobal = false }: WireColumn) {
  const Options = Object.entries(options ?? {}).map(([Label, Value]) => ({
    Value,
    Label: { LocalizedLabels: [{ Label, LanguageCode: 1033 }], UserLocalizedLabel: { Label, LanguageCode: 1033 } },
  }))
  const set = isGlobal ? { OptionSet: null, GlobalOptionSet: { Options } } : { OptionSet: { Options }, GlobalOptionSet: null }
  return { LogicalName, MaxLength, DateTimeBehavior, ...(options ? set : {}) }
}

function relationships({ LogicalName, targets = {} }: WireColumn) {
  return Object.entries(targets).map(([ReferencedEntity, ReferencingEntityNavigationPropertyName]) => ({
    ReferencingAttribute: LogicalName,
    ReferencedEntity,
    ReferencingEntityNavigationPropertyName,
  }))
}

function typeOf({ AttributeType = 'String' }: WireColumn): string {
  return AttributeType
}
