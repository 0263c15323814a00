import type { ApiAnswer } from '../exchange.ts'
import { readAddress } from './address.ts'
import { json, noContent, Refusal, refusal } from './answers.ts'
import { badPayload, isObject, readBody } from './bodies.ts'
import type { Call, Instance } from './instance.ts'
import { parsePath, plainKey } from './odata/path.ts'
import type { Key, Org, OrgTable, RowValues, WriteOptions, WriteResult } from './org/org.ts'
import { unknownSegment } from './refusals.ts'
import { writeOptionsOf } from './write-options.ts'

const messages = ['CreateMultiple', 'UpdateMultiple', 'UpsertMultiple'] as const
type BulkMessage = (typeof messages)[number]

export function isBulkMessage(name: string): name is BulkMessage {
  return messages.some((message) => message === name)
}

/**
 * `POST leads/Microsoft.Dynamics.CRM.UpsertMultiple`: all rows or none, and only CreateMultiple says what it made.
 * https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations
 */
export function answerBulk({ org }: Instance, call: Call, table: OrgTable, message: BulkMessage): ApiAnswer {
  if (!isAvailable(org, table, message)) throw unknownSegment(`Microsoft.Dynamics.CRM.${message}`)
  const targets = readTargets(call, table)
  // Conditions are for one record: the message itself says whether its rows must be there.
  const options: WriteOptions = {
    ...writeOptionsOf(call),
    ifMatch: message === 'UpdateMultiple' ? '*' : null,
    ifNoneMatch: false,
  }
  const results = org.atomically(() => {
    const value: WriteResult[] = []
    for (const target of targets) {
      const result = message === 'CreateMultiple' ? org.create(table.entitySet, target, options) : writeKeyed(target)
      value.push(result)
      if (result.kind === 'error') return { keep: false, value }
    }
    return { keep: true, value }
  })

  function writeKeyed(target: RowValues): WriteResult {
    const key = keyOf(table, target)
    const doubled = 'alternate' in key && Object.keys(key.alternate).some((column) => column in target)
    if (doubled && 'code' in org.find(table.entitySet, key)) return keyTwice
    return org.upsert(table.entitySet, key, target, options)
  }

  const ids: string[] = []
  for (const result of results) {
    if (result.kind === 'error') throw new Refusal(result.error)
    ids.push(result.id)
  }
  if (message !== 'CreateMultiple') return noContent()
  return json(200, { '@odata.context': `${call.base}/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse`, Ids: ids })
}

/** What a client can ask too: https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations#availability-with-standard-tables */
function isAvailable(org: Org, { logicalName }: OrgTable, message: BulkMessage): boolean {
  for (const filter of org.table('sdkmessagefilters')?.rows() ?? []) {
    if (filter.primaryobjecttypecode === logicalName && filter['sdkmessageid/name'] === message) return true
  }
  return false
}

// https://github.com/microsoft/PowerPlatform-DataverseClient-Python/pull/127
const keyTwice: WriteResult = {
  kind: 'error',
  error: { status: 400, code: '0x80040224', message: 'An item with the same key has already been added.' },
}

function readTargets(call: Call, table: OrgTable): readonly RowValues[] {
  const { Targets: targets } = readBody(call, table.logicalName)
  if (!Array.isArray(targets)) throw refusal(400, '0x80040203', "The required parameter 'Targets' is missing.")
  for (const target of targets) {
    if (!isObject(target) || target['@odata.type'] !== `Microsoft.Dynamics.CRM.${table.logicalName}`) {
      const inner = "Microsoft.OData.ODataException: A type annotation '@odata.type' of the entity is missing in 'Targets'."
      throw badPayload(table.logicalName, inner)
    }
  }
  return targets
}

/** By `@odata.id` or by the primary id among the values. */
function keyOf(table: OrgTable, target: RowValues): Key {
  const address = target['@odata.id']
  const path = typeof address === 'string' ? parsePath(readAddress(address)?.path ?? address.replace(/^\//, '')) : null
  if (path?.kind === 'error') throw new Refusal(path)
  const segment = path?.segments[0]
  if (segment !== undefined && segment.key !== null && segment.name === table.entitySet)
    return plainKey(segment.key, table.primaryId)
  const id = target[table.primaryId]
  if (typeof id === 'string') return { id }
  throw refusal(400, '0x80040203', `Entity Id must be specified for each of 'Targets': ${table.primaryId} or @odata.id.`)
}
