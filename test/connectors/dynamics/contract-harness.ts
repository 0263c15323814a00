import { dynamics } from '../../../connectors/dynamics/index.ts'
import type { Fields } from '../../../src/core/index.ts'
import { startDynamicsSandbox } from '../../../src/sandbox/dynamics/index.ts'
import type { ConnectOptions, ContractHarness, CrmFaults, FaultRule, Sales } from '../contract/harness.ts'

const api = '/api/data/v9.2'
const token = 'a-bearer-token-of-the-contract'

/** Dataverse's leads and contacts, as the contract suite must know them. */
export const dynamicsHarness: ContractHarness = {
  facts: {
    target: 'lead',
    optOutFields: dynamics.optOutFields,
    secrets: [token, 'Bearer'],
    shortestTimeoutMs: 1_000,
    sellers: {
      active: ['sam.sales@contoso.example', 'kim.sales@contoso.example'],
      inactive: 'gone.away@contoso.example',
    },
    groups: { Sales: true },
    otherSpelling: (id) => id.toUpperCase(),
    fields: {
      text: 'jobtitle',
      otherText: 'address1_line1',
      longText: 'leadsync_notes',
      option: { name: 'leadqualitycode', allowed: 'Hot', refused: 'zaphod-is-no-quality' },
      readOnly: 'createdon',
      missing: 'nobody_made_this_column',
      lastLeadAt: 'leadsync_lastleadat',
      phone: 'telephone1',
      lastName: 'lastname',
      optOut: { name: 'donotemail', channel: 'email' },
      markers: { at: 'leadsync_dncat', liftedAt: 'leadsync_dncliftedat', reason: 'leadsync_dncreason' },
    },
    newFields: (n) => ({ lastname: `Last${n}`, subject: `Lead ${n}` }),
    newRules: { lastname: { from: 'person.lastName' }, subject: { value: 'Contoso Analytics', policy: 'create-only' } },
    // Dataverse takes any text there.
    refusedEmail: null,
    restless: ['modifiedon', 'versionnumber'],
    repeatable: [
      /^GET \/api\/data\/v9\.2\/(WhoAmI|EntityDefinitions\(.+|(leads|contacts|tasks|annotations)[?(].+|(systemusers|teams)\?.+)$/,
      // Each write is conditional (If-Match, If-None-Match), alone or inside of a batch; that is looked at by tests of its own.
      /^PATCH \/api\/data\/v9\.2\/(leads|contacts|tasks|annotations)\([0-9a-f-]{36}\)(\?\$select=(lead|contact|activity)id)?$/,
      /^POST \/api\/data\/v9\.2\/\$batch$/,
    ],
    lookedUpFirst: [],
    mayBeWritten: ['leads', 'contacts', 'tasks', 'annotations'],
    writtenBy({ method, path, body }) {
      const lines = path.endsWith('/$batch') ? body.split('\r\n') : [`${method} ${path} HTTP/1.1`]
      const writes = lines.flatMap((line) => /^(?!GET)[A-Z]+ (\S+) HTTP\/1\.1$/.exec(line)?.[1] ?? [])
      return writes.map((target) => /\/v9\.2\/(\w+)/.exec(target)?.[1] ?? target)
    },
    requestsPerThousand: 70,
    morePeopleThanAPage: 305,
    hasUniqueActivities: true,
    renewsToken: true,
  },
  faults: faultsOf(),
  sales: salesOf(),
  start() {
    let time = Date.parse('2026-11-23T12:00:00.000Z')
    // Dataverse keeps times to the second.
    const now = () => {
      time += 1_000
      return time
    }
    const limits = { requests: 1_000_000, executionMs: 1_000_000_000, concurrent: 1_000 }
    return startDynamicsSandbox({ token, limits, now, maxPageSize: 150 })
  },
  connect: (options) => dynamics.create(settingsOf(options), options.dependencies),
  connectAdmin: (options) => dynamics.createAdmin(settingsOf(options), options.dependencies),
}

function settingsOf({ baseUrl, timeoutMs }: ConnectOptions) {
  return dynamics.settings.parse({
    baseUrl,
    auth: 'static-token',
    token,
    ...(timeoutMs === null ? {} : { timeoutMs }),
  })
}

function faultsOf(): CrmFaults {
  const refused = (status: number, code: string, headers: Record<string, string> = {}): FaultRule => ({
    status,
    headers: { 'content-type': 'application/json; odata.metadata=minimal', ...headers },
    body: { error: { code, message: 'Irgendetwas über p1@people.example.' } },
  })
  const html = { 'content-type': 'text/html' }
  return {
    signals: {
      'a rate limit with a delay': {
        rule: refused(429, '0x80072322', { 'retry-after': '7' }),
        code: 'rate_limited',
        retryAfterMs: 7_000,
      },
      'a rate limit without a delay': { rule: refused(429, '0x80072322'), code: 'rate_limited', retryAfterMs: null },
      'a used-up quota with a delay': {
        rule: refused(429, '0x80072321', { 'retry-after': '300' }),
        code: 'rate_limited',
        retryAfterMs: 300_000,
      },
      'a used-up quota without a delay': { rule: refused(429, '0x80072321'), code: 'rate_limited', retryAfterMs: null },
      'a refused token': { rule: { status: 401 }, code: 'unauthorized', retryAfterMs: null },
      'a missing permission': { rule: refused(403, '0x80040220'), code: 'misconfigured', retryAfterMs: null },
      'an unavailable CRM': { rule: refused(500, '0x80044151'), code: 'unavailable', retryAfterMs: null },
      'an unavailable CRM with a delay': {
        rule: { status: 503, headers: { ...html, 'retry-after': '60' }, body: '<html>Maintenance' },
        code: 'unavailable',
        retryAfterMs: 60_000,
      },
      'a conflict': { rule: refused(412, '0x80060882'), code: 'conflict', retryAfterMs: null },
      'an HTML error': {
        rule: { status: 502, headers: html, body: '<html>Bad gateway' },
        code: 'unavailable',
        retryAfterMs: null,
      },
      'an HTML success': { rule: { status: 200, headers: html, body: '<html>Log in' }, code: 'unavailable', retryAfterMs: null },
    },
    moreSignals: {
      'somebody who is no user': { rule: refused(403, '0x80072560'), code: 'misconfigured', retryAfterMs: null },
      'too many at once': { rule: refused(429, '0x80072326', { 'retry-after': '3' }), code: 'rate_limited', retryAfterMs: 3_000 },
    },
    // One request may carry both kinds: only what each says it is conditional on tells them apart.
    creating: { method: 'PATCH', path: `${api}/leads*`, headers: { 'if-none-match': '*' } },
    updating: { method: 'PATCH', path: `${api}/leads*`, headers: { 'if-match': '*' } },
    creatingTasks: { method: 'PATCH', path: `${api}/tasks*`, headers: { 'if-none-match': '*' } },
    tokenExpires: { match: { method: 'POST', path: `${api}/$batch` }, times: 1, status: 401 },
    catalogForbidden: {
      ...refused(403, '0x80040220'),
      match: { method: 'GET', path: `${api}/EntityDefinitions*` },
      times: 1_000,
    },
  }
}

function salesOf(): Sales {
  /** What a salesperson's browser does, as one who may do everything. */
  async function call(url: string, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'return=representation' }
    return read(await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }), path)
  }

  async function control(url: string, name: string, body: object): Promise<Record<string, unknown>> {
    return read(await fetch(`${url}/_sandbox/${name}`, { method: 'POST', body: JSON.stringify(body) }), name)
  }

  const create = async (url: string, fields: Fields) => String((await call(url, 'POST', `${api}/leads`, fields)).leadid)

  return {
    create,
    async change(url, id, fields) {
      await call(url, 'PATCH', `${api}/leads(${id})`, fields)
    },
    async remove(url, id) {
      await call(url, 'DELETE', `${api}/leads(${id})`)
    },
    async optOut(url, id) {
      await call(url, 'PATCH', `${api}/leads(${id})`, { donotemail: true })
    },
    async userId(url, email) {
      const path = `${api}/systemusers?$select=systemuserid&$filter=internalemailaddress eq '${email}'`
      const found = (await call(url, 'GET', path)) as { value: { systemuserid: string }[] }
      return String(found.value[0]?.systemuserid)
    },
    async give(url, id, userId) {
      await call(url, 'PATCH', `${api}/leads(${id})`, { 'ownerid@odata.bind': `/systemusers(${userId})` })
    },
    async deactivate(url, userId) {
      await control(url, 'disable-user', { userId })
    },
    async workTask(url, id) {
      await call(url, 'PATCH', `${api}/tasks(${id})`, { subject: 'Called twice, call again' })
    },
    async completeTask(url, id) {
      await call(url, 'PATCH', `${api}/tasks(${id})`, { statecode: 1, statuscode: 5 })
    },
    async removeTask(url, id) {
      await call(url, 'DELETE', `${api}/tasks(${id})`)
    },
    // Neither is ours, and Dataverse lets any number have one e-mail.
    async makeTwins(url, email) {
      const first = await create(url, { lastname: 'Twin', subject: 'One', emailaddress1: email })
      const second = await create(url, { lastname: 'Twin', subject: 'Two', emailaddress1: email })
      return [first, second]
    },
    // A deleted row leaves nothing that could be read, whatever the reason was.
    erase: null,
    async merge(url, survivor, loser) {
      await control(url, 'merge', { object: 'lead', masterId: survivor, loserId: loser })
    },
    async close(url, id) {
      await control(url, 'disqualify', { leadId: id })
    },
    async convert(url, id) {
      const { contactId } = await control(url, 'qualify', { leadId: id })
      return { object: 'contact', id: String(contactId) }
    },
  }
}

async function read(response: Response, what: string): Promise<Record<string, unknown>> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${what}: ${response.status} ${text}`)
  return text === '' ? {} : JSON.parse(text)
}
