import { type Address, readAddress } from './address.ts'
import type { Call, Headers } from './instance.ts'
import { boundaryOf, type Part, readPartRequest, splitParts } from './multipart.ts'
import type { OrgError } from './org/org.ts'

/** One request inside of a batch. */
export interface Operation {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Headers
  readonly body: string
  readonly contentId: string | null
}

export interface ChangeSet {
  readonly operations: readonly Operation[]
}

export type BatchItem = Operation | ChangeSet

const mostOperations = 1000
/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api#when-to-use-batch-requests */
const longestAddress = 65_536

/** Reads a whole batch before any of it runs: an unreadable one has done nothing. */
export function readBatch(call: Call): readonly BatchItem[] | OrgError {
  const boundary = boundaryOf(call.headers['content-type'])
  if (boundary === null) return invalid('The Content-Type of a batch is multipart/mixed with a boundary.')
  const parts = splitParts(call.body, boundary)
  if (parts === null) return unreadable
  const items: BatchItem[] = []
  for (const part of parts) {
    const item = readItem(part)
    if ('code' in item) return item
    items.push(item)
  }
  const count = items.reduce((sum, item) => sum + ('operations' in item ? item.operations.length : 1), 0)
  if (count > mostOperations) return invalid(`The batch has ${count} requests, the most is ${mostOperations}.`)
  return items
}

function readItem(part: Part): BatchItem | OrgError {
  const boundary = boundaryOf(part.headers['content-type'])
  return boundary === null ? readOperation(part) : readChangeSet(part, boundary)
}

function readChangeSet(part: Part, boundary: string): ChangeSet | OrgError {
  const parts = splitParts(part.body, boundary)
  if (parts === null) return unreadable
  const operations: Operation[] = []
  for (const inner of parts) {
    const operation = readOperation(inner)
    if ('code' in operation) return operation
    if (operation.contentId === null) return invalid('Content-ID header not present in the request.')
    if (operation.method === 'GET') return invalid('A GET request is not allowed in a change set.')
    if (operations.some(({ contentId }) => contentId === operation.contentId)) {
      return invalid(`The content ID '${operation.contentId}' was found more than once in the same change set.`)
    }
    operations.push(operation)
  }
  return { operations }
}

/** The headers of the part itself are checked as the .NET library below Dataverse does; a batch or change set inside fails here too. */
function readOperation({ headers, body }: Part): Operation | OrgError {
  if (!/^application\/http\b/i.test(headers['content-type'] ?? '')) {
    return invalid(`The content type '${headers['content-type'] ?? ''}' of a batch part is not 'application/http'.`)
  }
  if (headers['content-transfer-encoding'] !== 'binary') {
    return invalid("The header 'Content-Transfer-Encoding: binary' is missing in a batch part.")
  }
  const request = readPartRequest(body)
  if (request === null) return unreadable
  if (request.target.length > longestAddress) return { status: 414, code: '', message: 'URI Too Long' }
  const { path, query } = addressOf(request.target)
  if (path === '$batch') return invalid('A batch request can not contain another batch request.')
  return { ...request, path, query, contentId: headers['content-id'] ?? null }
}

/** `leads(…)` and `$1` are relative to the batch. */
function addressOf(target: string): Pick<Address, 'path' | 'query'> {
  const address = readAddress(target)
  if (address !== null) return address
  const [path = '', query = ''] = target.split('?', 2)
  return { path, query }
}

/** What the deserializer says about LF instead of CRLF, too. */
const unreadable: OrgError = { status: 400, code: '0x80048d19', message: 'System.ArgumentException: Stream was not readable.' }

function invalid(message: string): OrgError {
  return { status: 400, code: '0x80060888', message }
}
