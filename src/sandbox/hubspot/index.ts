import type { ApiAnswer, ApiRequest, RunningSandbox, SandboxApi, SandboxRecord } from '../exchange.ts'
import { openRecordFile } from '../record-file.ts'
import { startSandboxServer } from '../server.ts'
import { json, notFoundPage, problemAnswer, Refusal } from './answers.ts'
import { createAssociations } from './associations.ts'
import { createConsent } from './consent.ts'
import { dispatch, isSearch } from './dispatch.ts'
import { createLimits, type LimitOptions } from './limits.ts'
import { type ObjectName, objectKinds } from './object-kinds.ts'
import { createOwners, defaultOwners, type Owner } from './owners.ts'
import type { Portal, WriteRules } from './portal.ts'
import type { PropertySeed } from './property.ts'
import { parseRoute, type Route } from './route.ts'
import { loadState, saveState } from './saved-state.ts'
import { createSchema } from './schema.ts'
import { createShuffle } from './shuffle.ts'
import { createStore } from './store.ts'
import { allValues } from './views.ts'

export interface HubspotSandboxOptions {
  /** The bearer token, or several, that open the portal. */
  readonly token: string | readonly string[]
  /** 0 (default) picks a free port. */
  readonly port?: number
  /** Where records persist; absent: nowhere. */
  readonly file?: string
  readonly now?: () => number
  readonly portalId?: number
  readonly timeZone?: string
  /** Time added to every API answer. */
  readonly latencyMs?: number
  readonly limits?: LimitOptions
  /** How long search takes to see a write; default 2 s. */
  readonly searchLagMs?: number
  /** How many results a search shows, over all its pages; default 10,000. */
  readonly mostSearchResults?: number
  /** Whether Leadsync's own contact properties exist already; default true. */
  readonly provisioned?: boolean
  readonly seedProperties?: Readonly<Partial<Record<ObjectName, readonly PropertySeed[]>>>
  /** Contact properties that this portal lacks. */
  readonly missingProperties?: readonly string[]
  readonly owners?: readonly Owner[]
  /** Enforced on 2026-09 only; none by default. */
  readonly rules?: WriteRules
  /** Whether a secondary address finds its contact; default no: a write for it is a conflict (HubSpot leaves it undocumented). */
  readonly secondaryEmailsMatch?: boolean
}

/**
 * Starts a HubSpot portal on 127.0.0.1 that speaks the CRM API (v3, 2026-03, 2026-09) and `/_sandbox/*`. Throws when the port
 * is taken or the record file is unreadable. `/_sandbox/reset` forgets records and opt-outs but keeps the property definitions.
 */
export async function startHubspotSandbox(options: HubspotSandboxOptions): Promise<RunningSandbox> {
  const now = options.now ?? Date.now
  const api = createHubspotApi(options, now)
  return startSandboxServer({ api, port: options.port ?? 0, latencyMs: options.latencyMs ?? 0, now })
}

function createHubspotApi(options: HubspotSandboxOptions, now: () => number): SandboxApi {
  const file = openRecordFile(options.file, () => saveState(portal))
  const portal = createPortal(options, now, () => file.changed())
  loadState(portal, file.read())
  const tokens = new Set(typeof options.token === 'string' ? [options.token] : options.token)

  return {
    answer: (request) => answer(portal, tokens, request),
    control: (request) => answerControl(portal, request),
    records: () => allRecords(portal),
    reset() {
      portal.store.clear()
      portal.associations.clear()
      portal.consent.clear()
      portal.limits.clear()
      portal.changed()
    },
    stop: () => file.flush(),
  }
}

function createPortal(options: HubspotSandboxOptions, now: () => number, changed: () => void): Portal {
  const timeZone = options.timeZone ?? 'US/Eastern'
  const schema = createSchema({
    provisioned: options.provisioned ?? true,
    seedProperties: options.seedProperties ?? {},
    missingProperties: options.missingProperties ?? [],
  })
  const store = createStore({ now, searchLagMs: options.searchLagMs ?? 2000, uniqueNames: schema.uniqueNames })
  return {
    portalId: options.portalId ?? 4242424,
    timeZone,
    now,
    schema,
    store,
    associations: createAssociations(store),
    consent: createConsent(now, changed),
    owners: createOwners(options.owners ?? defaultOwners),
    limits: createLimits(options.limits ?? {}, timeZone, now),
    rules: options.rules ?? {},
    secondaryEmailsMatch: options.secondaryEmailsMatch ?? false,
    mostSearchResults: options.mostSearchResults ?? 10_000,
    shuffle: createShuffle(),
    changed,
  }
}

/** Order as in front of HubSpot: unknown path, token, limits, then the handler. A refused token counts against no limit. */
function answer(portal: Portal, tokens: ReadonlySet<string>, request: ApiRequest): ApiAnswer {
  const route = parseRoute(request.path)
  if (route === null) return notFoundPage()
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
  if (!tokens.has(token)) return unauthenticated()
  const refusal = portal.limits.admit(isSearch(route))
  const result = refusal ?? answerAdmitted(portal, route, request)
  if (isSearch(route)) return result
  return { ...result, headers: { ...portal.limits.headers(), ...result.headers } }
}

function answerAdmitted(portal: Portal, route: Route, request: ApiRequest): ApiAnswer {
  try {
    return dispatch(portal, route, request)
  } catch (error) {
    if (error instanceof Refusal) return error.answer
    // A bug of the sandbox must look like one: as text it can't be taken for HubSpot's own 500.
    return { status: 500, headers: { 'content-type': 'text/plain' }, body: `The sandbox broke: ${String(error)}` }
  }
}

/**
 * What people do on HubSpot's own pages: `POST /_sandbox/resubscribe?email=…`, `POST /_sandbox/disable-user?owner=…[&disabled=false]`. Null:
 * no such endpoint.
 */
function answerControl({ consent, owners }: Portal, { method, path, query }: ApiRequest): ApiAnswer | null {
  switch (`${method} ${path}`) {
    case 'POST /_sandbox/resubscribe':
      return json(200, { resubscribed: consent.resubscribe(query.get('email') ?? '') })
    case 'POST /_sandbox/disable-user': {
      const owner = query.get('owner') ?? ''
      const isDone = owners.setArchived(owner, query.get('disabled') !== 'false')
      return isDone ? json(200, { owner }) : json(400, { error: `There is no owner ${owner}.` })
    }
    default:
      return null
  }
}

function unauthenticated(): ApiAnswer {
  const message =
    'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview'
  return problemAnswer({ status: 401, category: 'INVALID_AUTHENTICATION', message })
}

function allRecords(portal: Portal): SandboxRecord[] {
  const kinds = Object.values(objectKinds)
  return kinds.flatMap((kind) =>
    portal.store.list(kind.name).map((record) => ({ object: kind.singular, id: record.id, fields: allValues(portal, record) })),
  )
}
