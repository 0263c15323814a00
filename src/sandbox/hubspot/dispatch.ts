import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { accountDetails, dailyUsage } from './account.ts'
import { invalid, notFoundPage, Refusal } from './answers.ts'
import { answerAssociationBatch, answerAssociations } from './association-endpoint.ts'
import { answerBatch } from './batch-operations.ts'
import { findKind, type ObjectKind } from './object-kinds.ts'
import { archiveObject, createObject, gdprDelete, listObjects, mergeObjects, readObject, updateObject } from './objects.ts'
import type { Portal } from './portal.ts'
import { answerProperties } from './property-endpoint.ts'
import type { Route } from './route.ts'
import { searchObjects } from './search.ts'

/** Hands one admitted request to its handler. Throws a `Refusal` for what HubSpot would refuse. */
export function dispatch(portal: Portal, route: Route, request: ApiRequest): ApiAnswer {
  return answerArea(portal, route, request) ?? notFoundPage()
}

export function isSearch(route: Route): boolean {
  return route.area === 'objects' && route.rest.length === 2 && route.rest[1] === 'search'
}

function answerArea(portal: Portal, route: Route, request: ApiRequest): ApiAnswer | null {
  const { area, rest } = route
  switch (area) {
    case 'objects':
      return answerObjects(portal, route, request)
    case 'properties':
      return rest.length > 2 ? null : answerProperties(portal, kindNamed(rest[0]), rest[1], request)
    case 'owners':
      return rest.length > 1 ? null : portal.owners.answer(only(request, 'GET'), rest[0])
    case 'associations':
      return answerBatchOfPairs(portal, rest, request)
    case 'communication-preferences':
      return answerConsent(portal, rest, request)
    default:
      return answerAccount(portal, rest.join('/'), request)
  }
}

function answerObjects(portal: Portal, route: Route, request: ApiRequest): ApiAnswer | null {
  const [type, second, third, ...more] = route.rest
  const kind = kindNamed(type)
  const enforceRules = route.version === '2026-09'
  if (second === undefined) return answerCollection(portal, kind, request, enforceRules)
  if (second === 'batch' && third !== undefined) {
    return answerBatch(portal, kind, [third, ...more].join('/'), only(request, 'POST'), enforceRules)
  }
  if (third === 'associations') return answerAssociations(portal, kind, second, more, request, route.version)
  if (third !== undefined) return null
  if (second === 'search') return searchObjects(portal, kind, only(request, 'POST'))
  if (second === 'merge') return mergeObjects(portal, kind, only(request, 'POST'))
  if (second === 'gdpr-delete') return gdprDelete(portal, kind, only(request, 'POST'))
  return answerOne(portal, kind, second, request, enforceRules)
}

function answerCollection(portal: Portal, kind: ObjectKind, request: ApiRequest, enforceRules: boolean): ApiAnswer {
  if (request.method === 'GET') return listObjects(portal, kind, request)
  return createObject(portal, kind, only(request, 'POST'), enforceRules)
}

function answerOne(portal: Portal, kind: ObjectKind, id: string, request: ApiRequest, enforceRules: boolean): ApiAnswer {
  if (request.method === 'GET') return readObject(portal, kind, id, request)
  if (request.method === 'DELETE') return archiveObject(portal, kind, id)
  return updateObject(portal, kind, id, only(request, 'PATCH'), enforceRules)
}

function answerBatchOfPairs(portal: Portal, rest: readonly string[], request: ApiRequest): ApiAnswer | null {
  const [from, to, batch, ...operation] = rest
  if (batch !== 'batch') return null
  return answerAssociationBatch(portal, kindNamed(from), kindNamed(to), operation.join('/'), only(request, 'POST'))
}

function answerConsent(portal: Portal, rest: readonly string[], request: ApiRequest): ApiAnswer | null {
  const [statuses, email, operation] = rest
  if (statuses !== 'statuses' || email === undefined || operation !== 'unsubscribe-all') return null
  return portal.consent.answer(request, email)
}

function answerAccount(portal: Portal, path: string, request: ApiRequest): ApiAnswer | null {
  only(request, 'GET')
  if (path === 'details') return accountDetails(portal)
  return path === 'api-usage/daily/private-apps' ? dailyUsage(portal) : null
}

function kindNamed(segment: string | undefined): ObjectKind {
  const kind = findKind(segment ?? '')
  if (kind === undefined) throw invalid(`Unable to infer object type from: ${segment ?? ''}`)
  return kind
}

function only(request: ApiRequest, method: string): ApiRequest {
  if (request.method !== method) throw new Refusal({ status: 405, message: 'Method Not Allowed' })
  return request
}
