import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { invalid, noContent } from './answers.ts'
import {
  type BatchStyle,
  type BatchWrite,
  batchAnswer,
  missingRow,
  refuseDuplicates,
  refuseTooMany,
  writeBatch,
} from './batch.ts'
import { CreateBatch, IdBatch, KeyedBatch, type KeyedInput, ReadBatch, readBody } from './bodies.ts'
import type { ObjectKind } from './object-kinds.ts'
import type { Portal } from './portal.ts'
import type { StoredRecord } from './store.ts'
import { findTarget, nonUnique } from './targets.ts'
import { viewRecord } from './views.ts'

const creating: BatchStyle = { okStatus: 201, tellsNew: false, alsoShown: [] }
const updating: BatchStyle = { okStatus: 200, tellsNew: false, alsoShown: [] }

/** `POST …/{objectType}/batch/{operation}`; null for an operation that doesn't exist. */
export function answerBatch(
  portal: Portal,
  kind: ObjectKind,
  operation: string,
  request: ApiRequest,
  enforceRules: boolean,
): ApiAnswer | null {
  switch (operation) {
    case 'create':
      return createMany(portal, kind, request, enforceRules)
    case 'read':
      return readMany(portal, kind, request)
    case 'update':
      return updateMany(portal, kind, request, enforceRules)
    case 'upsert':
      return upsertMany(portal, kind, request, enforceRules)
    case 'archive':
      return archiveMany(portal, kind, request)
    default:
      return null
  }
}

function createMany(portal: Portal, kind: ObjectKind, request: ApiRequest, enforceRules: boolean): ApiAnswer {
  const { inputs } = readBody(request, CreateBatch)
  refuseTooMany(inputs)
  const writes = inputs.map(({ properties, associations, objectWriteTraceId }): BatchWrite => {
    return { target: null, properties, links: associations ?? [], trace: objectWriteTraceId ?? null }
  })
  return writeBatch(portal, kind, writes, creating, enforceRules)
}

function readMany(portal: Portal, kind: ObjectKind, request: ApiRequest): ApiAnswer {
  const { inputs, idProperty, properties } = readBody(request, ReadBatch)
  const startedAt = portal.now()
  refuseTooMany(inputs)
  refuseDuplicates(inputs.map(({ id }) => ({ id, idProperty })))
  const wantsArchived = request.query.get('archived') === 'true'
  const found: StoredRecord[] = []
  const missing: string[] = []
  for (const { id } of inputs) {
    const record = wantsArchived ? portal.store.findArchived(kind.name, id) : findTarget(portal, kind, id, idProperty)
    if (record === undefined) missing.push(id)
    else found.push(record)
  }
  const names = properties.length > 0 ? properties : kind.readByDefault
  const results = found.map((record) => viewRecord(portal, record, names))
  return batchAnswer(portal, 200, startedAt, results, missingRow(kind, missing))
}

/**
 * Updates by record id. An `idProperty` of email is refused, and an address sent as the id without one is passed over in
 * silence: https://github.com/HubSpot/hubspot-api-nodejs/issues/548
 */
function updateMany(portal: Portal, kind: ObjectKind, request: ApiRequest, enforceRules: boolean): ApiAnswer {
  const { inputs } = readBody(request, KeyedBatch)
  refuseTooMany(inputs)
  for (const { idProperty } of inputs) if (idProperty === 'email') throw nonUnique(portal, kind, 'email')
  refuseDuplicates(inputs)
  const judged = inputs.filter((input) => input.idProperty || /^\d+$/.test(input.id))
  const writes: BatchWrite[] = []
  const missing: string[] = []
  for (const input of judged) {
    const target = findTarget(portal, kind, input.id, input.idProperty)
    if (target === undefined) missing.push(input.id)
    else writes.push({ target, properties: input.properties, links: [], trace: input.objectWriteTraceId ?? null })
  }
  return writeBatch(portal, kind, writes, updating, enforceRules, missing)
}

function upsertMany(portal: Portal, kind: ObjectKind, request: ApiRequest, enforceRules: boolean): ApiAnswer {
  const { inputs } = readBody(request, KeyedBatch)
  refuseTooMany(inputs)
  const writes = inputs.map((input) => upsertWrite(portal, kind, input))
  refuseDuplicates(inputs)
  const alsoShown = new Set(inputs.map((input) => input.idProperty ?? ''))
  return writeBatch(portal, kind, writes, { okStatus: 200, tellsNew: true, alsoShown: [...alsoShown] }, enforceRules)
}

function upsertWrite(portal: Portal, kind: ObjectKind, input: KeyedInput): BatchWrite {
  const { id, idProperty, objectWriteTraceId } = input
  if (!idProperty) throw invalid('Invalid input JSON on line 1, column 1: Some required fields were not set: [idProperty]')
  const target = findTarget(portal, kind, id, idProperty) ?? null
  const properties = { [idProperty]: id, ...input.properties }
  // A key that is only a secondary address must not become the primary one of the record it matched.
  const isSecondaryMatch = target !== null && idProperty === 'email' && target.values.email !== id.trim().toLowerCase()
  if (isSecondaryMatch) delete properties.email
  return { target, properties, links: [], trace: objectWriteTraceId ?? null }
}

function archiveMany(portal: Portal, kind: ObjectKind, request: ApiRequest): ApiAnswer {
  const { inputs } = readBody(request, IdBatch)
  refuseTooMany(inputs)
  for (const { id } of inputs) {
    const record = portal.store.find(kind.name, id)
    if (record !== undefined) portal.store.archive(record)
  }
  portal.changed()
  return noContent()
}
