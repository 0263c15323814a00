import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { instant, invalid, json, Refusal } from './answers.ts'
import { AssociationTypes, IdBatch, PairBatch, readBody } from './bodies.ts'
import { findKind, type ObjectKind } from './object-kinds.ts'
import type { Portal } from './portal.ts'
import { kindOf, type StoredRecord } from './store.ts'

/** `PUT …/{from}/{id}/associations/…` and, on v4 only, `GET …/associations/{to}`; null for any other shape. */
export function answerAssociations(
  portal: Portal,
  from: ObjectKind,
  id: string,
  rest: readonly string[],
  request: ApiRequest,
  version: string,
): ApiAnswer | null {
  const record = existing(portal, from, id)
  const [first = '', second = '', third = ''] = rest
  if (request.method === 'PUT' && first === 'default' && rest.length === 3) {
    return json(200, complete(portal, [linkByDefault(portal, record, existing(portal, kindNamed(second), third))]))
  }
  if (request.method === 'PUT' && rest.length === 2) return linkLabelled(portal, record, kindNamed(first), second, request)
  // The dated API has no single GET, only batch/read.
  if (request.method === 'GET' && rest.length === 1 && version === 'v4') {
    return json(200, { results: ends(portal, record, kindNamed(first)) })
  }
  return null
}

/** `POST /crm/associations/…/{from}/{to}/batch/…`: associate by default, or read; null for any other operation. */
export function answerAssociationBatch(
  portal: Portal,
  from: ObjectKind,
  to: ObjectKind,
  operation: string,
  request: ApiRequest,
): ApiAnswer | null {
  if (operation === 'associate/default') {
    const { inputs } = readBody(request, PairBatch)
    const pairs = inputs.map((pair) => [existing(portal, from, pair.from.id), existing(portal, to, pair.to.id)] as const)
    return json(
      200,
      complete(
        portal,
        pairs.map(([one, other]) => linkByDefault(portal, one, other)),
      ),
    )
  }
  if (operation !== 'read') return null
  const { inputs } = readBody(request, IdBatch)
  const records = inputs.flatMap(({ id }) => portal.store.find(from.name, id) ?? [])
  const results = records.map((record) => ({ from: { id: record.id }, to: ends(portal, record, to) }))
  return json(
    200,
    complete(
      portal,
      results.filter((one) => one.to.length > 0),
    ),
  )
}

function linkByDefault(portal: Portal, from: StoredRecord, to: StoredRecord): object {
  const typeId = portal.associations.linkByDefault(from, to)
  if (typeId === null) throw invalid('One or more associations are invalid')
  portal.changed()
  const associationSpec = { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: typeId }
  return { from: { id: from.id }, to: { id: to.id }, associationSpec }
}

function linkLabelled(portal: Portal, from: StoredRecord, to: ObjectKind, toId: string, request: ApiRequest): ApiAnswer {
  const links = [{ to: { id: toId }, types: readBody(request, AssociationTypes) }]
  const problem = portal.associations.problem(kindOf(from), links)
  if (problem !== null) throw new Refusal(problem)
  portal.associations.linkAll(from, links)
  portal.changed()
  return json(201, { fromObjectTypeId: kindOf(from).typeId, fromObjectId: from.id, toObjectTypeId: to.typeId, toObjectId: toId })
}

function ends(portal: Portal, record: StoredRecord, to: ObjectKind) {
  return portal.associations.of(record, to.name).map((one) => ({
    toObjectId: one.record.id,
    associationTypes: one.typeIds.map((typeId) => ({ category: 'HUBSPOT_DEFINED', typeId, label: null })),
  }))
}

function complete(portal: Portal, results: readonly object[]): object {
  const at = instant(portal.now())
  return { status: 'COMPLETE', startedAt: at, completedAt: at, results }
}

function existing(portal: Portal, kind: ObjectKind, id: string): StoredRecord {
  const record = portal.store.find(kind.name, id)
  if (record !== undefined) return record
  throw new Refusal({ status: 404, category: 'OBJECT_NOT_FOUND', message: `${kind.label} ${id} does not exist` })
}

function kindNamed(segment: string): ObjectKind {
  const kind = findKind(segment)
  if (kind === undefined) throw invalid(`Unable to infer object type from: ${segment}`)
  return kind
}
