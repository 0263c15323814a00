import { randomUUID } from 'node:crypto'
import type { ApiAnswer } from '../exchange.ts'
import type { OrgError } from './org/org.ts'

/** Ends a request with an error answer; the annotations that the caller asked for are added where it is caught. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly problem: OrgError

  constructor(problem: OrgError) {
    super(problem.message)
    this.problem = problem
  }
}

export function refusal(status: number, code: string, message: string): Refusal {
  return new Refusal({ status, code, message })
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; odata.metadata=minimal', ...headers },
    body: JSON.stringify(value),
  }
}

export function noContent(headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return { status: 204, headers, body: '' }
}

/** `detailed`: with what `odata.include-annotations="*"` adds. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors#include-more-details-with-errors */
export function problemAnswer({ status, code, message }: OrgError, detailed = false): ApiAnswer {
  const details = {
    '@Microsoft.PowerApps.CDS.HelpLink': `http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a${code}`,
    '@Microsoft.PowerApps.CDS.TraceText': `[Sandbox: ${code}]`,
    '@Microsoft.PowerApps.CDS.InnerError.Message': message,
  }
  return json(status, { error: { code, message, ...(detailed ? details : {}) } }, { REQ_ID: randomUUID() })
}

/** What stands in front of the API speaks HTML, not JSON. */
export function page(status: number, title: string): ApiAnswer {
  const body = `<html><head><title>${status} ${title}</title></head><body><h1>${status} ${title}</h1></body></html>`
  return { status, headers: { 'Content-Type': 'text/html; charset=us-ascii' }, body }
}
