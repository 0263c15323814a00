import type { Connector, ConnectorDependencies, ConnectorModule } from '../../src/core/index.ts'
import { createApi } from './api.ts'
import type { Effort } from './bisect.ts'
import { createHolders } from './holders.ts'
import { matchContacts } from './match.ts'
import { learn, readCatalog, refresh, unknownOrg } from './org.ts'
import { planWrites, previewOf } from './plan.ts'
import { BatchSize } from './read.ts'
import { Settings } from './settings.ts'
import { writeContacts } from './write.ts'

// Halving a batch down to one bad row takes 14 requests. More than a few bad rows at once are a broken mapping or a broken portal: then
// using up the portal's 100 requests per 10 s on them would only starve the others.
const RequestsPerCall = 40

/** HubSpot's contacts. What it needs and never does: readme.md beside this file. */
export const hubspot: ConnectorModule<typeof Settings> = {
  settings: Settings,
  objects: ['contact'],
  optOutFields: { contact: ['hs_email_optout', 'hs_email_optout_*'] },
  create: createHubSpot,
}

function createHubSpot(settings: Settings, dependencies: ConnectorDependencies): Connector {
  const { crm, now } = dependencies
  const { contactIdProperty } = settings
  const org = unknownOrg()
  const api = createApi(settings, dependencies, org)
  const stopping = new AbortController()
  const holders = createHolders()
  const planning = { crm, paths: api.paths, org, contactIdProperty }

  function contextFor(signal: AbortSignal) {
    const effort: Effort = { left: RequestsPerCall, stopped: null }
    return {
      ...planning,
      api,
      holders,
      effort,
      signal: untilStopped(signal),
      circumstances: () => ({ crm, now: now(), timeZone: org.timeZone }),
    }
  }

  function untilStopped(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, stopping.signal])
  }

  return {
    limits: { matchBatch: BatchSize, writeBatch: BatchSize, concurrentRequests: 4 },
    objects: ['contact'],
    identity: () => ({ email: 'email', contactId: contactIdProperty }),
    async catalog(signal) {
      const { timeZone, ...catalog } = await readCatalog(api, crm, untilStopped(signal))
      learn(org, { timeZone, ...catalog }, now())
      return catalog
    },
    async match(keys, signal) {
      const context = contextFor(signal)
      await refresh(org, api, dependencies, context.signal)
      return matchContacts(keys, context)
    },
    preview: (writes) => planWrites(writes, planning).requests.map(previewOf),
    async write(writes, signal) {
      const context = contextFor(signal)
      await refresh(org, api, dependencies, context.signal)
      return writeContacts(writes, context)
    },
    async stop() {
      stopping.abort()
    },
  }
}
