import type { Connector, ConnectorDependencies, ConnectorModule, RecordRef } from '../../src/core/index.ts'
import type { Effort } from '../kit/bisect.ts'
import { createHolders } from '../kit/holders.ts'
import { ownedByOthers } from '../kit/people/own-user.ts'
import { createDynamicsAdmin } from './admin.ts'
import { createApi } from './api.ts'
import { EmailColumn } from './match/columns.ts'
import { matchPeople } from './match/match.ts'
import { readCatalog, refresh, unknownOrg } from './org/org.ts'
import { DynamicsQuota } from './quota.ts'
import { Settings } from './settings.ts'
import { showTouches } from './tasks/notes.ts'
import { readTasks, withdrawTasks } from './tasks/task-states.ts'
import { createTasks, findTasks } from './tasks/tasks.ts'
import { verifyOrg } from './verify/verify.ts'
import { createOwners, ownersIn } from './write/owners.ts'
import { operationOf, planWrites } from './write/plan.ts'
import { writePeople } from './write/write.ts'

// More than a few records with a column that nobody names are a broken mapping or environment: then using up the requests of five minutes
// on them would only starve the others.
const RequestsPerCall = 40
/** Records in one call where each goes by itself. */
const UsualBatch = 100

const OptOuts = [
  'donotemail',
  'donotbulkemail',
  'donotphone',
  'donotfax',
  'donotpostalmail',
  'donotbulkpostalmail',
  'donotsendmm',
  'msdyn_gdproptout',
]

/** Dynamics 365 Sales' Leads and Contacts, through Dataverse. What it needs and never does: readme.md beside this file. */
export const dynamics: ConnectorModule<typeof Settings> = {
  settings: Settings,
  objects: ['lead', 'contact'],
  optOutFields: { lead: OptOuts, contact: OptOuts },
  quota: DynamicsQuota,
  create: createDynamics,
  createAdmin: (settings, dependencies) => createDynamicsAdmin(createApi(settings, dependencies), dependencies.crm, settings),
}

function createDynamics(settings: Settings, dependencies: ConnectorDependencies): Connector {
  const { crm, now } = dependencies
  const { target, contactIdColumn, batchSize, concurrentRequests } = settings
  const api = createApi(settings, dependencies)
  const stopping = new AbortController()
  const org = unknownOrg(settings)
  const owners = createOwners(api, crm, now)
  const contacts = createHolders<RecordRef>()
  const holders = createHolders<RecordRef>()
  const closed = createHolders<RecordRef>()
  const known = { api, crm, now, org, owners, contacts, holders, closed, settings }
  const rows = batchSize === 1 ? UsualBatch : batchSize

  function untilStopped(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, stopping.signal])
  }

  async function refreshed(signal: AbortSignal) {
    const until = untilStopped(signal)
    await refresh(org, api, dependencies, settings, until)
    const effort: Effort = { left: RequestsPerCall, stopped: null }
    return { ...known, signal: until, effort }
  }

  return {
    limits: { matchBatch: rows, writeBatch: rows, taskBatch: rows, concurrentRequests },
    objects: target === 'lead' ? ['lead', 'contact'] : ['contact', 'lead'],
    identity: () => ({ email: EmailColumn, contactId: contactIdColumn }),
    async catalog(signal) {
      const reading = await readCatalog(api, crm, settings, untilStopped(signal))
      org.learn(reading, now())
      return reading.catalog
    },
    verify: (mapping, _catalog, signal) => verifyOrg(mapping, { api, crm, settings, signal: untilStopped(signal) }),
    async match(keys, signal) {
      const context = await refreshed(signal)
      return ownedByOthers(await matchPeople(keys, context), async () => (await api.who(context.signal)).user.toLowerCase())
    },
    preview: (writes) =>
      planWrites(writes, known).turns.flatMap((turn) => api.preview(turn.map((row) => operationOf(row, known)))),
    async write(writes, signal) {
      const context = await refreshed(signal)
      await owners.learn(ownersIn(writes), context.signal)
      return showTouches(writes, await writePeople(writes, context), context)
    },
    async assignees(names, signal) {
      await owners.learn(names, untilStopped(signal))
      return names.map((name) => owners.of(name)?.id ?? null)
    },
    createTasks: async (tasks, signal) => createTasks(tasks, await refreshed(signal)),
    findTasks: async (tasks, signal) => findTasks(tasks, await refreshed(signal)),
    readTasks: async (refs, signal) => readTasks(refs, await refreshed(signal)),
    withdrawTasks: async (refs, signal) => withdrawTasks(refs, await refreshed(signal)),
    async stop() {
      stopping.abort()
    },
  }
}
