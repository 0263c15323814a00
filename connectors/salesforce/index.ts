import type { Connector, ConnectorDependencies, ConnectorModule, RecordRef } from '../../src/core/index.ts'
import type { Effort } from '../kit/bisect.ts'
import { createHolders } from '../kit/holders.ts'
import { ownedByOthers } from '../kit/people/own-user.ts'
import { createSalesforceAdmin } from './admin.ts'
import { createApi } from './api.ts'
import { matchPeople } from './match/match.ts'
import { longId } from './org/ids.ts'
import { readCatalog, refresh, unknownOrg } from './org/org.ts'
import { SalesforceQuota } from './quota.ts'
import { Settings } from './settings.ts'
import { showTouches } from './tasks/notes.ts'
import { createTaskFacts } from './tasks/task-facts.ts'
import { readTasks, withdrawTasks } from './tasks/task-states.ts'
import { createTasks, findTasks } from './tasks/tasks.ts'
import { verifyOrg } from './verify/verify.ts'
import { findAccounts, fixedAccount } from './write/accounts.ts'
import { createOwners, ownersIn } from './write/owners.ts'
import { BatchSize, planWrites, previewOf } from './write/plan.ts'
import { writePeople } from './write/write.ts'

// Taking a batch of 200 apart down to one bad row takes up to 22 requests. More than a few bad rows at once are a broken mapping or a broken org:
// then using up the day's requests on them would only starve the others.
const RequestsPerCall = 60

const OptOuts = ['DoNotCall', 'HasOptedOutOfEmail', 'HasOptedOutOfFax']

/** Salesforce's Leads and Contacts. What it needs and never does: readme.md beside this file. */
export const salesforce: ConnectorModule<typeof Settings> = {
  settings: Settings,
  objects: ['lead', 'contact'],
  optOutFields: { lead: OptOuts, contact: OptOuts },
  quota: SalesforceQuota,
  create: createSalesforce,
  createAdmin: (settings, dependencies) => createSalesforceAdmin(createApi(settings, dependencies), dependencies.crm, settings),
}

function createSalesforce(settings: Settings, dependencies: ConnectorDependencies): Connector {
  const { crm, now } = dependencies
  const { target, contactIdField } = settings
  const api = createApi(settings, dependencies)
  const stopping = new AbortController()
  const org = unknownOrg(contactIdField)
  const owners = createOwners(api, crm, now)
  const holders = createHolders<RecordRef>()
  const taskFacts = createTaskFacts(now)
  const planning = { crm, paths: api.paths, org, owners, settings }
  const known = { api, crm, now, org, holders, settings, suspicion: { aloneInARow: 0 } }

  function untilStopped(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, stopping.signal])
  }

  async function refreshed(signal: AbortSignal): Promise<AbortSignal> {
    const until = untilStopped(signal)
    await refresh(org, api, dependencies, until)
    return until
  }

  async function tasksContext(signal: AbortSignal) {
    return { ...known, ...settings, taskFacts, signal: await refreshed(signal), owners: ofTasks }
  }

  const ofTasks = { learn: owners.learn, of: (name: string) => owners.of(name, 'task') }

  return {
    limits: { matchBatch: BatchSize, writeBatch: BatchSize, taskBatch: BatchSize, concurrentRequests: 4 },
    objects: target === 'lead' ? ['lead', 'contact'] : ['contact', 'lead'],
    identity: () => ({ email: 'Email', contactId: contactIdField }),
    async catalog(signal) {
      const reading = await readCatalog(api, crm, untilStopped(signal))
      org.learn(reading, now())
      return reading.catalog
    },
    verify: (mapping, _catalog, signal) => verifyOrg(mapping, { api, crm, signal: untilStopped(signal), settings }),
    async match(keys, signal) {
      const until = await refreshed(signal)
      const matches = await matchPeople(keys, { ...known, signal: until })
      return ownedByOthers(matches, async () => longId((await api.who(until)).user))
    },
    preview: (writes) => planWrites(writes, { ...planning, accountOf: fixedAccount(settings) }).requests.map(previewOf),
    async write(writes, signal) {
      const context = { ...planning, ...known, signal: await refreshed(signal) }
      await owners.learn(ownersIn(writes), context.signal)
      const accountOf = await findAccounts(writes, settings, context)
      const effort: Effort = { left: RequestsPerCall, stopped: null }
      const written = await writePeople(writes, { ...context, accountOf, effort })
      return showTouches(writes, written, { ...context, taskFacts, taskIdField: settings.taskIdField })
    },
    async assignees(names, signal) {
      await owners.learn(names, untilStopped(signal))
      return names.map((name) => {
        const id = owners.of(name, 'task')
        return id === undefined ? null : longId(id)
      })
    },
    createTasks: async (tasks, signal) => createTasks(tasks, await tasksContext(signal)),
    findTasks: async (tasks, signal) => findTasks(tasks, await tasksContext(signal)),
    readTasks: async (refs, signal) => readTasks(refs, await tasksContext(signal)),
    withdrawTasks: async (refs, signal) => withdrawTasks(refs, await tasksContext(signal)),
    async stop() {
      stopping.abort()
    },
  }
}
