import type { Connector, ConnectorDependencies, ConnectorModule, RecordWrite } from '../../src/core/index.ts'
import type { Effort } from '../kit/bisect.ts'
import { createHolders } from '../kit/holders.ts'
import { AssociationBatchSize } from './activity-lookup.ts'
import { createHubSpotAdmin } from './admin.ts'
import { createApi } from './api.ts'
import { linkCompanies } from './companies.ts'
import { unsubscribe } from './consent.ts'
import { matchContacts } from './match.ts'
import { noteTouches } from './notes.ts'
import { learn, readCatalog, refresh, unknownOrg } from './org.ts'
import { createOwners, isOwnerEmail, OwnerProperty } from './owners.ts'
import { planWrites, previewOf } from './plan.ts'
import { HubSpotQuota } from './quota.ts'
import { BatchSize } from './read.ts'
import { Settings } from './settings.ts'
import { createTasks, findTasks, readTasks, withdrawTasks } from './tasks.ts'
import { verifyPortal } from './verify.ts'
import { writeContacts } from './write.ts'

// Taking a batch apart down to one bad row takes up to 20 requests. More than a few bad rows at once are a broken mapping or a broken portal: then
// using up the portal's 100 requests per 10 s on them would only starve the others.
const RequestsPerCall = 60
// Looking for what is there already takes a request per 100 tasks or notes that a contact has, and some have thousands.
const LookUpsPerActivity = 10

/** HubSpot's contacts. What it needs and never does: readme.md beside this file. */
export const hubspot: ConnectorModule<typeof Settings> = {
  settings: Settings,
  objects: ['contact'],
  optOutFields: { contact: ['hs_email_optout', 'hs_email_optout_*'] },
  quota: HubSpotQuota,
  create: createHubSpot,
  createAdmin: (settings, dependencies) =>
    createHubSpotAdmin(createApi(settings, dependencies, unknownOrg()), dependencies.crm, settings.contactIdProperty),
}

function createHubSpot(settings: Settings, dependencies: ConnectorDependencies): Connector {
  const { crm, now, log } = dependencies
  const { contactIdProperty, companies } = settings
  const org = unknownOrg()
  const api = createApi(settings, dependencies, org)
  const stopping = new AbortController()
  const holders = createHolders<string>()
  const suspicion = { aloneInARow: 0 }
  const owners = createOwners(api, crm, now)
  const planning = { crm, paths: api.paths, org, owners, contactIdProperty }

  function contextFor(signal: AbortSignal, activities = 0) {
    const effort: Effort = { left: RequestsPerCall + activities * LookUpsPerActivity, stopped: null }
    return {
      ...planning,
      api,
      holders,
      effort,
      suspicion,
      signal: untilStopped(signal),
      circumstances: () => ({ crm, now: now(), timeZone: org.timeZone }),
    }
  }

  function untilStopped(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, stopping.signal])
  }

  return {
    limits: { matchBatch: BatchSize, writeBatch: BatchSize, taskBatch: AssociationBatchSize, concurrentRequests: 4 },
    objects: ['contact'],
    identity: () => ({ email: 'email', contactId: contactIdProperty }),
    async catalog(signal) {
      const { timeZone, ...catalog } = await readCatalog(api, crm, untilStopped(signal))
      learn(org, { timeZone, ...catalog }, now())
      return catalog
    },
    verify: (mapping, catalog, signal) => verifyPortal(mapping, catalog, { ...contextFor(signal), companies }),
    async match(keys, signal) {
      const context = contextFor(signal)
      await refresh(org, api, dependencies, context.signal)
      return matchContacts(keys, context)
    },
    preview: (writes) => planWrites(writes, planning).requests.map(previewOf),
    async write(writes, signal) {
      const context = contextFor(signal, writes.flatMap(({ touches }) => touches ?? []).length)
      await refresh(org, api, dependencies, context.signal)
      await owners.learn(ownersIn(writes), context.signal)
      const written = await writeContacts(writes, context)
      if (companies === 'match-by-domain') await linkCompanies(writes, written, context, log)
      return noteTouches(writes, await unsubscribe(writes, written, context), context)
    },
    async assignees(names, signal) {
      await owners.learn(names, untilStopped(signal))
      return names.map((name) => owners.of(name) ?? null)
    },
    createTasks: (tasks, signal) => createTasks(tasks, contextFor(signal, tasks.length)),
    findTasks: (tasks, signal) => findTasks(tasks, contextFor(signal, tasks.length)),
    readTasks: (refs, signal) => readTasks(refs, contextFor(signal)),
    withdrawTasks: (refs, signal) => withdrawTasks(refs, contextFor(signal)),
    async stop() {
      stopping.abort()
    },
  }
}

function ownersIn(writes: readonly RecordWrite[]): string[] {
  return writes.flatMap(({ fields }) => {
    const owner = fields[OwnerProperty] ?? null
    return isOwnerEmail(owner) ? [owner] : []
  })
}
