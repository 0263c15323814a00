import { randomUUID } from 'node:crypto'
import type { ApiAnswer } from '../exchange.ts'
import { page, problemAnswer } from './answers.ts'
import { type BatchItem, readBatch } from './batch-request.ts'
import { type ItemAnswer, runChangeSet } from './change-set.ts'
import type { Call, Instance } from './instance.ts'
import { httpPart, joinParts } from './multipart.ts'
import { runOperation } from './operation.ts'
import { readPreferences } from './preferences.ts'

/**
 * Runs a batch's items in their order. Without `odata.continue-on-error` the first failure ends it and gives the batch its status;
 * what came before it stays done. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api
 */
export function answerBatch(instance: Instance, call: Call): ApiAnswer {
  if (instance.batchRefused !== null) return page(instance.batchRefused, 'Refused by the gateway')
  if (call.method !== 'POST') return problemAnswer(noResource(call))
  const items = readBatch(call)
  if ('code' in items) return problemAnswer(items)
  const { continueOnError } = readPreferences(call.headers)
  const parts: string[] = []
  for (const item of items) {
    const { status, part } = runItem(instance, call, item)
    parts.push(part)
    if (status >= 400 && !continueOnError) return multipart(status, parts)
  }
  return multipart(200, parts)
}

function runItem(instance: Instance, call: Call, item: BatchItem): ItemAnswer {
  if ('operations' in item) return runChangeSet(instance, call, item.operations)
  const answer = runOperation(instance, call, item)
  return { status: answer.status, part: httpPart(answer, item.contentId) }
}

function multipart(status: number, parts: readonly string[]): ApiAnswer {
  const boundary = `batchresponse_${randomUUID()}`
  return { status, headers: { 'Content-Type': `multipart/mixed; boundary=${boundary}` }, body: joinParts(boundary, parts) }
}

function noResource({ base, path }: Call) {
  return { status: 404, code: '', message: `No HTTP resource was found that matches the request URI '${base}/${path}'.` }
}
