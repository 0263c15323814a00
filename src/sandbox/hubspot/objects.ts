import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { json, noContent, notFoundPage, Refusal, resourceNotFound } from './answers.ts'
import { CreateInput, GdprDeleteInput, MergeInput, PatchInput, readBody } from './bodies.ts'
import { mergeContacts } from './merge.ts'
import type { ObjectKind } from './object-kinds.ts'
import type { Portal } from './portal.ts'
import { findTarget } from './targets.ts'
import { type RecordView, viewRecord } from './views.ts'
import { commit, planWrites, refuseEmailConflicts, type WriteInput } from './write-plan.ts'

const pageSize = 100

export function createObject(portal: Portal, kind: ObjectKind, request: ApiRequest, enforceRules: boolean): ApiAnswer {
  const { properties, associations } = readBody(request, CreateInput)
  const view = writeOne(portal, kind, { target: null, properties, links: associations ?? [] }, enforceRules)
  return json(201, view, { location: `${request.path}/${view.id}` })
}

export function updateObject(
  portal: Portal,
  kind: ObjectKind,
  id: string,
  request: ApiRequest,
  enforceRules: boolean,
): ApiAnswer {
  const { properties } = readBody(request, PatchInput)
  const target = findTarget(portal, kind, id, request.query.get('idProperty'))
  if (target === undefined) throw resourceNotFound()
  return json(200, writeOne(portal, kind, { target, properties, links: [] }, enforceRules))
}

export function readObject(portal: Portal, kind: ObjectKind, id: string, request: ApiRequest): ApiAnswer {
  const idProperty = request.query.get('idProperty')
  const record =
    request.query.get('archived') === 'true' ? portal.store.findArchived(kind.name, id) : findTarget(portal, kind, id, idProperty)
  if (record === undefined && idProperty !== null) return notFoundPage()
  if (record === undefined) throw objectNotFound(id)
  const view = viewRecord(portal, record, requestedNames(request, kind))
  return json(200, { ...view, ...associatedIds(portal, view.id, kind, listed(request, 'associations')) })
}

export function archiveObject(portal: Portal, kind: ObjectKind, id: string): ApiAnswer {
  const record = portal.store.find(kind.name, id)
  if (record !== undefined) portal.store.archive(record)
  portal.changed()
  return noContent()
}

export function listObjects(portal: Portal, kind: ObjectKind, request: ApiRequest): ApiAnswer {
  const limit = Math.min(Number(request.query.get('limit') ?? 10), pageSize)
  const after = Number(request.query.get('after') ?? 0)
  const later = portal.store.list(kind.name).filter((record) => Number(record.id) > after)
  const shown = later.slice(0, limit)
  const results = shown.map((record) => viewRecord(portal, record, requestedNames(request, kind)))
  const paging = later.length > limit ? { paging: { next: { after: shown.at(-1)?.id } } } : {}
  return json(200, { results, ...paging })
}

export function mergeObjects(portal: Portal, kind: ObjectKind, request: ApiRequest): ApiAnswer {
  const { primaryObjectId, objectIdToMerge } = readBody(request, MergeInput)
  const primary = portal.store.find(kind.name, primaryObjectId)
  const loser = portal.store.find(kind.name, objectIdToMerge)
  if (primary === undefined) throw objectNotFound(primaryObjectId)
  if (loser === undefined) throw objectNotFound(objectIdToMerge)
  if (primary !== loser) mergeContacts(portal, primary, loser)
  return json(200, viewRecord(portal, primary, Object.keys(primary.values)))
}

export function gdprDelete(portal: Portal, kind: ObjectKind, request: ApiRequest): ApiAnswer {
  const { objectId, idProperty } = readBody(request, GdprDeleteInput)
  const record = findTarget(portal, kind, objectId, idProperty)
  if (record === undefined) throw objectNotFound(objectId)
  portal.store.erase(record)
  portal.changed()
  return noContent()
}

function writeOne(portal: Portal, kind: ObjectKind, input: WriteInput, enforceRules: boolean): RecordView {
  for (const judged of planWrites(portal, kind, [input], enforceRules)) {
    if ('problem' in judged) throw new Refusal(judged.problem)
    refuseEmailConflicts(portal, [judged.plan])
    return viewRecord(portal, commit(portal, kind, judged.plan), Object.keys(input.properties))
  }
  throw new Error('One input always has one judgement.')
}

function objectNotFound(id: string): Refusal {
  const message = 'Object not found.  objectId are usually numeric.'
  return new Refusal({ status: 404, category: 'OBJECT_NOT_FOUND', message, context: { id: [id] } })
}

function requestedNames(request: ApiRequest, kind: ObjectKind): readonly string[] {
  const names = listed(request, 'properties')
  return names.length > 0 ? names : kind.readByDefault
}

/** A list in the query: `a,b` or the parameter several times. */
function listed(request: ApiRequest, parameter: string): string[] {
  const parts = request.query.getAll(parameter).flatMap((value) => value.split(','))
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function associatedIds(portal: Portal, id: string, kind: ObjectKind, wanted: readonly string[]): object {
  const record = portal.store.find(kind.name, id)
  if (record === undefined || wanted.length === 0) return {}
  const associations: Record<string, unknown> = {}
  for (const name of ['contacts', 'companies', 'notes', 'tasks'] as const) {
    const linked = wanted.includes(name) ? portal.associations.of(record, name) : []
    if (linked.length === 0) continue
    associations[name] = { results: linked.map((one) => ({ id: one.record.id, type: `${kind.singular}_to_${singular(name)}` })) }
  }
  return { associations }
}

function singular(name: 'contacts' | 'companies' | 'notes' | 'tasks'): string {
  return name === 'companies' ? 'company' : name.slice(0, -1)
}
