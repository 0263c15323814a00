import type { ApiAnswer } from '../exchange.ts'
import { json, noContent, Refusal } from './answers.ts'
import { readBody } from './bodies.ts'
import type { DefinitionPath } from './definition-path.ts'
import type { Call, Instance } from './instance.ts'
import type { QueryTable } from './odata/table.ts'
import type { MetadataSet, OrgError } from './org/org.ts'
import { methodRefused, noResource, unknownSegment } from './refusals.ts'
import { contextOf, queried } from './views.ts'

/** Everything below `EntityDefinitions`. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api */
export function answerDefinitions(instance: Instance, call: Call, path: DefinitionPath): ApiAnswer {
  if (call.method === 'POST') return define(instance, call, path)
  if (call.method !== 'GET') throw methodRefused(call.method)
  const { metadata } = instance.org
  if (path.table === null) return many(call, metadata.entities(), 'EntityDefinitions')
  const entity = metadata.entity(path.table)
  if (path.collection === null) return one(call, read(entity), 'EntityDefinitions')
  const set = read(collectionOf(instance, path.table, path.collection, path.cast))
  const context = `EntityDefinitions('${path.table}')/${path.collection}${path.cast === null ? '' : `/${path.cast}`}`
  if (path.member === null) return many(call, set, context)
  const rows = set.rows.filter(({ LogicalName }) => LogicalName === path.member)
  if (rows.length > 0) return one(call, { ...set, rows }, context)
  throw new Refusal({
    status: 404,
    code: '0x80040217',
    message: `Could not find an attribute with specified name: '${path.member}'.`,
  })
}

function collectionOf({ org: { metadata } }: Instance, table: string, name: string, cast: string | null): MetadataSet | OrgError {
  switch (name) {
    case 'Attributes':
      return metadata.attributes(table, cast)
    case 'Keys':
      return metadata.keys(table)
    case 'ManyToOneRelationships':
      return metadata.manyToOneRelationships(table)
    default:
      throw unknownSegment(name)
  }
}

function define({ org: { metadata } }: Instance, call: Call, { table, collection, member }: DefinitionPath): ApiAnswer {
  if (table === null || member !== null) throw noResource(call)
  const body = readBody(call, 'AttributeMetadata')
  if (collection !== 'Attributes' && collection !== 'Keys') throw noResource(call)
  const result = collection === 'Keys' ? metadata.defineKey(table, body) : metadata.defineColumn(table, body)
  if (result.kind === 'error') throw new Refusal(result.error)
  return noContent({ 'OData-EntityId': `${call.base}/${call.path}(${result.id})` })
}

function many(call: Call, found: MetadataSet | OrgError, context: string): ApiAnswer {
  const { rows } = queried(call, tableOf(read(found)))
  return json(200, { '@odata.context': contextOf(call, context), value: rows })
}

function one(call: Call, set: MetadataSet, context: string): ApiAnswer {
  const [row] = queried(call, tableOf(set)).rows
  return json(200, { '@odata.context': `${contextOf(call, context)}/$entity`, ...row })
}

function read(found: MetadataSet | OrgError): MetadataSet {
  if ('code' in found) throw new Refusal(found)
  return found
}

function tableOf({ type, properties, expandable, rows }: MetadataSet): QueryTable {
  return {
    entitySet: 'EntityDefinitions',
    logicalName: type.replace('Microsoft.Dynamics.CRM.', ''),
    primaryId: 'MetadataId',
    expandable,
    column(name) {
      const columnType = properties[name]
      if (columnType === undefined) return null
      return { type: columnType ?? 'String', queryName: name, filterable: columnType !== null }
    },
    rows: () => rows,
  }
}
