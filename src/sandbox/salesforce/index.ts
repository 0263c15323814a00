import type { ApiAnswer, ApiRequest, RunningSandbox, SandboxApi } from '../exchange.ts'
import { openRecordFile } from '../record-file.ts'
import { startSandboxServer } from '../server.ts'
import { type AppOptions, readApps } from './apps.ts'
import { answerControl } from './controls.ts'
import { createCursors } from './cursors.ts'
import { answerRequest } from './gate.ts'
import type { Instance } from './instance.ts'
import { createLimits, type LimitOptions } from './limits.ts'
import { createOrg } from './org/create-org.ts'
import type { OrgOptions } from './org/org.ts'
import { createSessions } from './sessions.ts'
import { wordsIn } from './words.ts'

export interface SalesforceSandboxOptions {
  /** The External Client Apps that may have tokens; their users are the integration users. */
  readonly apps: readonly AppOptions[]
  /** 0 (default) picks a free port. */
  readonly port?: number
  /** Time added to every API answer. */
  readonly latencyMs?: number
  /** Where records persist; absent: nowhere. */
  readonly file?: string
  readonly now?: () => number
  readonly limits?: LimitOptions
  /** How long an access token lives; default 2 h. */
  readonly sessionMs?: number
  readonly org?: Omit<OrgOptions, 'now' | 'changed' | 'usernames'>
}

const twoHoursMs = 2 * 60 * 60 * 1000
/** Node would answer 431 by itself at 16 KiB, where Salesforce says which of the two was too long. */
const maxHeaderBytes = 512 * 1024

/**
 * Starts a Salesforce org on 127.0.0.1 that speaks OAuth, the REST API v31.0 to v68.0 and `/_sandbox/*`. Throws when the port is
 * taken, a public key or the record file is unreadable. Tokens end with the process; `/_sandbox/reset` forgets records and the
 * API calls of the day, not tokens, fields, users and permissions.
 */
export async function startSalesforceSandbox(options: SalesforceSandboxOptions): Promise<RunningSandbox> {
  const now = options.now ?? Date.now
  const api = createSalesforceApi(options, now)
  return startSandboxServer({ api, port: options.port ?? 0, latencyMs: options.latencyMs ?? 0, now, maxHeaderBytes })
}

function createSalesforceApi(options: SalesforceSandboxOptions, now: () => number): SandboxApi {
  const file = openRecordFile(options.file, () => instance.org.state())
  const instance = createInstance(options, now, () => file.changed())
  const saved = file.read()
  if (saved !== undefined) instance.org.restore(saved)

  return {
    answer: (request) => answer(instance, request),
    control: (request) => answerControl(instance, request),
    records: () => instance.org.allRecords(),
    reset() {
      instance.org.reset()
      instance.org.armRowFaults([])
      instance.limits.clear()
      instance.cursors.clear()
    },
    stop: () => file.flush(),
  }
}

function createInstance(options: SalesforceSandboxOptions, now: () => number, changed: () => void): Instance {
  const usernames = options.apps.map(({ username }) => username)
  const org = createOrg({ ...options.org, now, changed, usernames })
  return {
    org,
    apps: readApps(options.apps),
    sessions: createSessions(org.organizationId, options.sessionMs ?? twoHoursMs, now),
    limits: createLimits(options.limits ?? {}, now),
    cursors: createCursors(),
    words: wordsIn(options.org?.language ?? 'en'),
    now,
  }
}

function answer(instance: Instance, request: ApiRequest): ApiAnswer {
  try {
    return answerRequest(instance, request)
  } catch (error) {
    // A bug of the sandbox must look like one: as text it can't be taken for Salesforce's own 500.
    return { status: 500, headers: { 'content-type': 'text/plain' }, body: `The sandbox broke: ${String(error)}` }
  }
}
