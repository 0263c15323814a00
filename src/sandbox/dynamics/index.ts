import type { ApiAnswer, ApiRequest, RunningSandbox, SandboxApi, SandboxRecord } from '../exchange.ts'
import { openRecordFile } from '../record-file.ts'
import { startSandboxServer } from '../server.ts'
import { type AccessOptions, createAccess } from './access.ts'
import { answerControl } from './controls.ts'
import { answerRequest } from './gate.ts'
import type { Instance } from './instance.ts'
import { createLimits, type LimitOptions } from './limits.ts'
import { createOrg } from './org/create-org.ts'
import type { OrgOptions } from './org/org.ts'

export interface DynamicsSandboxOptions extends AccessOptions {
  /** The app registration behind every token; it has an application user unless `org.applicationUser` is false. */
  readonly clientId?: string
  /** 0 (default) picks a free port. */
  readonly port?: number
  /** Time added to every API answer. */
  readonly latencyMs?: number
  /** Where records persist; absent: nowhere. */
  readonly file?: string
  readonly now?: () => number
  readonly limits?: LimitOptions
  /** `x-ms-dop-hint` on every answer, default 4; null: not sent. */
  readonly dopHint?: number | null
  /** Rows of a page unless `odata.maxpagesize` asks for fewer; default 5,000. */
  readonly maxPageSize?: number
  /** Every `$batch` is refused with this status, as some gateways do. */
  readonly batchRefused?: 403 | 404 | 501
  readonly org?: Omit<OrgOptions, 'now' | 'changed' | 'applicationIds'>
}

/** Node would answer 431 by itself at 16 KiB. */
const maxHeaderBytes = 512 * 1024
const defaultClientId = '51f81489-12ee-4a9e-aaae-a2591f45987d'

/**
 * Starts a Dataverse environment with Dynamics 365 Sales on 127.0.0.1 that speaks the Web API v9.0 to v9.2 and `/_sandbox/*`. Tokens
 * come from elsewhere. Throws when the port is taken or the record file is unreadable. `/_sandbox/reset` forgets records, row faults,
 * expired tokens and what counted against the limits, not columns, keys and users.
 */
export async function startDynamicsSandbox(options: DynamicsSandboxOptions): Promise<RunningSandbox> {
  const now = options.now ?? Date.now
  const api = createDynamicsApi(options, now)
  return startSandboxServer({ api, port: options.port ?? 0, latencyMs: options.latencyMs ?? 0, now, maxHeaderBytes })
}

function createDynamicsApi(options: DynamicsSandboxOptions, now: () => number): SandboxApi {
  const file = openRecordFile(options.file, () => instance.org.state())
  const instance = createInstance(options, now, () => file.changed())
  const saved = file.read()
  if (saved !== undefined) instance.org.restore(saved)

  return {
    answer: (request) => answer(instance, request),
    control: (request) => answerControl(instance, request),
    records: () => listRecords(instance),
    reset() {
      instance.org.reset()
      instance.org.armRowFaults([])
      instance.limits.clear()
      instance.access.acceptAll()
    },
    stop: () => file.flush(),
  }
}

function createInstance(options: DynamicsSandboxOptions, now: () => number, changed: () => void): Instance {
  const clientId = options.clientId ?? defaultClientId
  return {
    org: createOrg({ ...options.org, now, changed, applicationIds: [clientId] }),
    access: createAccess(options),
    limits: createLimits(options.limits ?? {}, options.latencyMs ?? 0, now),
    clientId,
    dopHint: options.dopHint === undefined ? 4 : options.dopHint,
    maxPageSize: options.maxPageSize ?? 5000,
    batchRefused: options.batchRefused ?? null,
  }
}

/** A note is an annotation in Dataverse and nowhere else. */
function listRecords({ org }: Instance): SandboxRecord[] {
  return org.allRecords().map((record) => (record.object === 'annotation' ? { ...record, object: 'note' } : record))
}

function answer(instance: Instance, request: ApiRequest): ApiAnswer {
  try {
    return answerRequest(instance, request)
  } catch (error) {
    // A bug of the sandbox must look like one: as text it can't be taken for Dataverse's own 500.
    return { status: 500, headers: { 'content-type': 'text/plain' }, body: `The sandbox broke: ${String(error)}` }
  }
}
