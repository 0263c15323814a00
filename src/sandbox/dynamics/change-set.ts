import { randomUUID } from 'node:crypto'
import type { ApiAnswer } from '../exchange.ts'
import { problemAnswer } from './answers.ts'
import type { Operation } from './batch-request.ts'
import type { Call, Instance } from './instance.ts'
import { httpPart, joinParts } from './multipart.ts'
import { runOperation } from './operation.ts'

/** The answer of one item of a batch, and the part that carries it. */
export interface ItemAnswer {
  readonly status: number
  readonly part: string
}

/** All of its operations or none. A failed one is answered by the first failure alone, which says for no row but its own what happened. */
export function runChangeSet(instance: Instance, call: Call, operations: readonly Operation[]): ItemAnswer {
  return instance.org.atomically(() => {
    const made = new Map<string, string>()
    const parts: string[] = []
    for (const operation of operations) {
      const answer = runReferring(instance, call, operation, made)
      if (answer.status >= 400)
        return { keep: false, value: { status: answer.status, part: httpPart(answer, operation.contentId) } }
      const address = answer.headers['OData-EntityId']
      if (operation.contentId !== null && address !== undefined) made.set(operation.contentId, address)
      parts.push(httpPart(answer, operation.contentId))
    }
    return { keep: true, value: { status: 200, part: changeSetPart(parts) } }
  })
}

function runReferring(instance: Instance, call: Call, operation: Operation, made: ReadonlyMap<string, string>): ApiAnswer {
  const path = withAddresses(operation.path, /^\$([\w-]+)/g, made)
  const body = withAddresses(operation.body, /(?<="@?[\w.]*@?odata\.(?:bind|id)"\s*:\s*")\$([\w-]+)/g, made)
  const unknown = path.unknown ?? body.unknown
  if (unknown !== null) {
    const message = `Content-ID Reference: '$${unknown}' does not exist in the batch context.`
    return problemAnswer({ status: 400, code: '0x80060888', message })
  }
  const prefix = `${call.base}/`
  const relative = path.text.startsWith(prefix) ? path.text.slice(prefix.length) : path.text
  return runOperation(instance, call, { ...operation, path: relative, body: body.text })
}

/** Puts the addresses of what was made earlier in place of `$1`. */
function withAddresses(
  text: string,
  pattern: RegExp,
  made: ReadonlyMap<string, string>,
): { text: string; unknown: string | null } {
  let unknown: string | null = null
  const replaced = text.replace(pattern, (reference, id: string) => {
    const address = made.get(id)
    if (address === undefined) unknown ??= id
    return address ?? reference
  })
  return { text: replaced, unknown }
}

function changeSetPart(parts: readonly string[]): string {
  const boundary = `changesetresponse_${randomUUID()}`
  return `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${joinParts(boundary, parts)}`
}
