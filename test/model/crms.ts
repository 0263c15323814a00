import { dynamics } from '../../connectors/dynamics/index.ts'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import type { Connector, ConnectorDependencies, ConnectorModule, Fields } from '../../src/core/index.ts'
import { startDynamicsSandbox } from '../../src/sandbox/dynamics/index.ts'
import { startHubspotSandbox } from '../../src/sandbox/hubspot/index.ts'
import { startSalesforceSandbox } from '../../src/sandbox/salesforce/index.ts'
import type { Mode } from './contact-model.ts'
import type { RecordEnd, TaskDeed } from './sales.ts'

export interface RunningCrm {
  readonly url: string
  stop(): Promise<void>
}

/** One kind of CRM as the model test drives it: its stand-in, the real connector, and what salespeople do there by its own API. */
export interface ModelCrm {
  readonly name: string
  readonly mode: Mode
  readonly object: 'contact' | 'lead'
  readonly names: FieldNames
  readonly optOutFields: ConnectorModule['optOutFields']
  /** Requests that write people. */
  readonly writing: readonly { readonly method: string; readonly path: string }[]
  start(): Promise<RunningCrm>
  connect(baseUrl: string, dependencies: ConnectorDependencies): Connector
  change(url: string, id: string, fields: Fields): Promise<void>
  optOut(url: string, record: ShownRecord, no: boolean): Promise<void>
  work(url: string, task: string, deed: TaskDeed): Promise<void>
  /** Absent: this CRM has no such thing. */
  readonly ends: Readonly<Partial<Record<RecordEnd, (url: string, id: string) => Promise<void>>>>
}

export interface FieldNames {
  readonly contactId: string
  readonly email: string
  readonly first: string
  readonly last: string
  readonly title: string
  readonly company: string
  readonly stage: string
  readonly wish: string
  readonly lastLead: string
  readonly history: string
  readonly markers: { readonly at: string; readonly liftedAt: string; readonly reason: string }
  readonly optOuts: { readonly email: string; readonly phone: string | null }
}

export interface ShownRecord {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

const token = 'token-of-the-model'
const Edited = 'Called twice, call again'
const app = { clientId: 'client-of-the-model', clientSecret: 'secret-of-the-model', username: 'leadsync@model.example' }

const inHubspot: ModelCrm = {
  name: 'hubspot',
  mode: 'flag',
  object: 'contact',
  names: {
    contactId: 'leadsync_contact_id',
    email: 'email',
    first: 'firstname',
    last: 'lastname',
    title: 'jobtitle',
    company: 'company',
    stage: 'leadsync_last_stage',
    wish: 'leadsync_notes',
    lastLead: 'leadsync_last_lead_at',
    history: 'leadsync_history',
    markers: { at: 'leadsync_dnc_at', liftedAt: 'leadsync_dnc_lifted_at', reason: 'leadsync_dnc_reason' },
    optOuts: { email: 'hs_email_optout', phone: null },
  },
  optOutFields: hubspot.optOutFields,
  writing: [
    { method: 'POST', path: '/crm/objects/2026-09/contacts/batch/upsert' },
    { method: 'POST', path: '/crm/objects/2026-09/contacts/batch/update' },
  ],
  start: () => startHubspotSandbox({ token, limits: { burst: 1e6, daily: 1e8, searchPerSecond: 1e6 }, now: ticking() }),
  connect: (baseUrl, dependencies) => hubspot.create(hubspot.settings.parse({ token, baseUrl }), dependencies),
  async change(url, id, fields) {
    const properties = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value ?? '')]))
    await call(`${url}/crm/objects/2026-09/contacts/${id}`, 'PATCH', { token, body: { properties } })
  },
  async optOut(url, { fields }, no) {
    const email = encodeURIComponent(String(fields.email))
    const statuses = `${url}/communication-preferences/2026-09/statuses`
    if (no) await call(`${statuses}/${email}/unsubscribe-all?channel=EMAIL`, 'POST', { token })
    else await call(`${url}/_sandbox/resubscribe?email=${email}`, 'POST', { token })
  },
  async work(url, id, deed) {
    const task = `${url}/crm/objects/2026-09/tasks/${id}`
    if (deed === 'remove') return call(task, 'DELETE', { token })
    const properties = deed === 'complete' ? { hs_task_status: 'COMPLETED' } : { hs_task_subject: Edited }
    await call(task, 'PATCH', { token, body: { properties } })
  },
  ends: { remove: (url, id) => call(`${url}/crm/objects/2026-09/contacts/${id}`, 'DELETE', { token }) },
}

const salesforceApi = '/services/data/v68.0'

const inSalesforce: ModelCrm = {
  name: 'salesforce',
  mode: 'opt-out',
  object: 'lead',
  names: {
    contactId: 'leadsync_contact_id__c',
    email: 'Email',
    first: 'FirstName',
    last: 'LastName',
    title: 'Title',
    company: 'leadsync_last_offer__c',
    stage: 'leadsync_last_stage__c',
    wish: 'leadsync_notes__c',
    lastLead: 'leadsync_last_lead_at__c',
    history: 'leadsync_history__c',
    markers: { at: 'leadsync_dnc_at__c', liftedAt: 'leadsync_dnc_lifted_at__c', reason: 'leadsync_dnc_reason__c' },
    optOuts: { email: 'HasOptedOutOfEmail', phone: 'DoNotCall' },
  },
  optOutFields: salesforce.optOutFields,
  writing: [
    { method: 'PATCH', path: `${salesforceApi}/composite/sobjects/Lead/leadsync_contact_id__c` },
    { method: 'PATCH', path: `*${salesforceApi}/composite/sobjects` },
  ],
  start: () => startSalesforceSandbox({ apps: [app], limits: { daily: 1e8 }, sessionMs: 1e12, now: ticking() }),
  // The other flow signs with the clock, and a machine whose clock is wrong by hours gets no token.
  connect: (baseUrl, dependencies) =>
    salesforce.create(salesforce.settings.parse({ baseUrl, auth: 'client-credentials', ...app }), dependencies),
  change: (url, id, fields) => callSalesforce(url, 'PATCH', `Lead/${id}`, fields),
  optOut: (url, { id }, no) => inSalesforce.change(url, id, { HasOptedOutOfEmail: no }),
  async work(url, id, deed) {
    if (deed === 'remove') return callSalesforce(url, 'DELETE', `Task/${id}`)
    await callSalesforce(url, 'PATCH', `Task/${id}`, deed === 'complete' ? { Status: 'Completed' } : { Subject: Edited })
  },
  ends: {
    remove: (url, id) => callSalesforce(url, 'DELETE', `Lead/${id}`),
    close: (url, id) => callSalesforce(url, 'PATCH', `Lead/${id}`, { Status: 'Closed - Not Converted' }),
    convert: (url, id) => call(`${url}/_sandbox/convert`, 'POST', { token: '', body: { leadId: id } }),
  },
}

async function callSalesforce(url: string, method: string, path: string, body?: Fields): Promise<void> {
  const login = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: app.clientSecret,
  })
  const answer = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: login })
  const { access_token } = (await answer.json()) as { access_token: string }
  await call(`${url}${salesforceApi}/sobjects/${path}`, method, { token: access_token, ...(body ? { body } : {}) })
}

const inDynamics: ModelCrm = {
  name: 'dynamics',
  mode: 'skip',
  object: 'lead',
  names: {
    contactId: 'leadsync_contactid',
    email: 'emailaddress1',
    first: 'firstname',
    last: 'lastname',
    title: 'jobtitle',
    company: 'companyname',
    stage: 'leadsync_laststage',
    wish: 'leadsync_notes',
    lastLead: 'leadsync_lastleadat',
    history: 'leadsync_history',
    markers: { at: 'leadsync_dncat', liftedAt: 'leadsync_dncliftedat', reason: 'leadsync_dncreason' },
    optOuts: { email: 'donotemail', phone: 'donotphone' },
  },
  optOutFields: dynamics.optOutFields,
  writing: [{ method: 'PATCH', path: '/api/data/v9.2/leads*' }],
  start: () => startDynamicsSandbox({ token, limits: { requests: 1e6, executionMs: 1e12, concurrent: 1_000 }, now: ticking() }),
  connect: (baseUrl, dependencies) =>
    dynamics.create(dynamics.settings.parse({ baseUrl, auth: 'static-token', token }), dependencies),
  change: async (url, id, fields) => {
    await call(`${url}/api/data/v9.2/leads(${id})`, 'PATCH', { token, body: fields })
  },
  optOut: (url, { id }, no) => inDynamics.change(url, id, { donotemail: no }),
  async work(url, id, deed) {
    const task = `${url}/api/data/v9.2/tasks(${id})`
    if (deed === 'remove') return call(task, 'DELETE', { token })
    await call(task, 'PATCH', { token, body: deed === 'complete' ? { statecode: 1, statuscode: 5 } : { subject: Edited } })
  },
  ends: {
    remove: (url, id) => call(`${url}/api/data/v9.2/leads(${id})`, 'DELETE', { token }),
    close: (url, id) => call(`${url}/_sandbox/disqualify`, 'POST', { token, body: { leadId: id } }),
    convert: (url, id) => call(`${url}/_sandbox/qualify`, 'POST', { token, body: { leadId: id } }),
  },
}

export const modelCrms: readonly ModelCrm[] = [inHubspot, inSalesforce, inDynamics]

/** Salesforce and Dataverse keep times to the second. */
function ticking(): () => number {
  let time = Date.parse('2026-11-23T12:00:00.000Z')
  return () => {
    time += 1_000
    return time
  }
}

async function call(url: string, method: string, { token, body }: { token: string; body?: object }): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
}
