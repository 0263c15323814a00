import * as z from 'zod'
import type { ApiAnswer, ApiRequest, SandboxApi } from './exchange.ts'
import { FaultRules, type Faults } from './faults.ts'
import type { RequestLog } from './request-log.ts'

interface Inspected {
  readonly api: SandboxApi
  readonly faults: Faults
  readonly log: RequestLog
  /** Requests whose work is yet to be done, after their answer. */
  readonly late: number
}

/** Answers `/_sandbox/*`: no token needed, never logged, never counted against a limit. Posting `[]` disarms all faults. */
export function inspect(stand: Inspected, request: ApiRequest): ApiAnswer {
  const route = `${request.method} ${request.path}`
  if (route === 'GET /_sandbox/records') return json(200, { records: stand.api.records() })
  if (route === 'GET /_sandbox/requests') return json(200, { requests: stand.log.entries() })
  if (route === 'GET /_sandbox/faults') return json(200, { armed: stand.faults.left(), late: stand.late })
  if (route === 'POST /_sandbox/faults') return armFaults(stand.faults, request.body)
  if (route === 'POST /_sandbox/reset') {
    stand.api.reset()
    stand.log.clear()
    stand.faults.clear()
    return json(200, { status: 'reset' })
  }
  const own = stand.api.control?.(request) ?? null
  if (own !== null) return own
  return json(404, { error: `The sandbox has no ${route}. It has GET records, GET requests, POST faults and POST reset.` })
}

function armFaults(faults: Faults, body: string): ApiAnswer {
  const rules = FaultRules.safeParse(parseJson(body))
  if (!rules.success) return json(400, { error: `These faults can't be armed. ${z.prettifyError(rules.error)}` })
  if (rules.data.length === 0) faults.clear()
  faults.add(rules.data)
  return json(200, { armed: faults.left() })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function json(status: number, value: unknown): ApiAnswer {
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body: JSON.stringify(value) }
}
