import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { instant, invalid, json, noContent, Refusal } from './answers.ts'
import { PropertyInput, readBody } from './bodies.ts'
import type { ObjectKind } from './object-kinds.ts'
import type { Portal } from './portal.ts'
import { toProperty } from './property.ts'

const uniquePerObject = 10

/** `/crm/properties/…/{objectType}[/{name}]`: list, one, create, archive. A list has no paging. */
export function answerProperties(portal: Portal, kind: ObjectKind, name: string | undefined, request: ApiRequest): ApiAnswer {
  const route = `${request.method} ${name === undefined ? 'all' : 'one'}`
  switch (route) {
    case 'GET all':
      return json(200, { results: request.query.get('archived') === 'true' ? [] : portal.schema.list(kind.name) })
    case 'POST all':
      return createProperty(portal, kind, request)
    case 'GET one':
      return json(200, existing(portal, kind, name ?? ''))
    case 'DELETE one':
      return archiveProperty(portal, kind, name ?? '')
    default:
      throw new Refusal({ status: 405, message: 'Method Not Allowed' })
  }
}

function createProperty(portal: Portal, kind: ObjectKind, request: ApiRequest): ApiAnswer {
  const { description, options, hasUniqueValue, ...input } = readBody(request, PropertyInput)
  if (!/^[a-z][a-z0-9_]{0,99}$/.test(input.name)) throw invalid(`Property name ${input.name} is invalid: use a-z, 0-9 and _`)
  if (portal.schema.find(kind.name, input.name) !== undefined) throw alreadyExists(input.name)
  const isOneTooMany = hasUniqueValue === true && customUnique(portal, kind) >= uniquePerObject
  if (isOneTooMany) throw invalid(`An object type can have ${uniquePerObject} unique properties at most`)
  const seed = {
    ...input,
    ...(description === undefined ? {} : { description }),
    ...(options === undefined ? {} : { options }),
    ...(hasUniqueValue === undefined ? {} : { hasUniqueValue }),
  }
  const property = toProperty(seed, input.groupName, instant(portal.now()))
  portal.schema.define(kind.name, property)
  portal.changed()
  return json(201, property)
}

function archiveProperty(portal: Portal, kind: ObjectKind, name: string): ApiAnswer {
  const property = existing(portal, kind, name)
  if (property.hubspotDefined) throw invalid(`Property ${name} is defined by HubSpot and cannot be archived`)
  portal.schema.remove(kind.name, name)
  portal.changed()
  return noContent()
}

function existing(portal: Portal, kind: ObjectKind, name: string) {
  const property = portal.schema.find(kind.name, name)
  if (property !== undefined) return property
  throw new Refusal({ status: 404, category: 'OBJECT_NOT_FOUND', message: `Property ${name} does not exist` })
}

function customUnique(portal: Portal, kind: ObjectKind): number {
  return portal.schema.list(kind.name).filter((one) => one.hasUniqueValue && !one.hubspotDefined).length
}

function alreadyExists(name: string): Refusal {
  return new Refusal({
    status: 409,
    category: 'OBJECT_ALREADY_EXISTS',
    subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS',
    message: `A property named '${name}' already exists.`,
  })
}
