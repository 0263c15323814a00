import type { ApiAnswer } from '../exchange.ts'
import { json, problemAnswer, Refusal } from './answers.ts'
import { answerBulk, isBulkMessage } from './bulk.ts'
import { answerCollection } from './collections.ts'
import { definitionPath } from './definition-path.ts'
import { answerPrivileges, answerUnbound, only } from './functions.ts'
import type { Call, Instance } from './instance.ts'
import { answerDefinitions } from './metadata.ts'
import { type ODataPath, type PathSegment, parsePath, plainKey } from './odata/path.ts'
import { readPreferences } from './preferences.ts'
import { answerRecord } from './records.ts'
import { unknownSegment } from './refusals.ts'

/** Hands one admitted request to its handler; what Dataverse would refuse comes back as the answer that says so. */
export function dispatch(instance: Instance, call: Call): ApiAnswer {
  instance.limits.spend()
  try {
    const path = parsePath(call.path)
    if (path.kind === 'error') throw new Refusal(path)
    return answerPath(instance, call, path)
  } catch (error) {
    if (error instanceof Refusal) return problemAnswer(error.problem, readPreferences(call.headers).annotatesAll)
    throw error
  }
}

function answerPath(instance: Instance, call: Call, { segments }: ODataPath): ApiAnswer {
  const [first, second, ...more] = segments
  if (first === undefined) return answerServiceDocument(instance, call)
  if (first.name === 'EntityDefinitions') return answerDefinitions(instance, call, definitionPath(segments))
  if (more[0] !== undefined) throw unknownSegment(more[0].name)
  const unbound = second === undefined ? answerUnbound(instance, call, first.name) : null
  return unbound ?? answerTable(instance, call, first, second ?? null)
}

function answerTable(instance: Instance, call: Call, { name, key }: PathSegment, operation: PathSegment | null): ApiAnswer {
  const table = instance.org.table(name)
  if (table === null) throw unknownSegment(name)
  if (operation === null) {
    if (key === null) return answerCollection(instance, call, table)
    return answerRecord(instance, call, table, plainKey(key, table.primaryId))
  }
  if (key === null && operation.qualified && isBulkMessage(operation.name)) {
    return answerBulk(instance, only(call, 'POST'), table, operation.name)
  }
  if (key !== null && 'id' in key && table.entitySet === 'systemusers' && operation.name === 'RetrieveUserPrivileges') {
    return answerPrivileges(instance, call, key.id)
  }
  throw unknownSegment(operation.name)
}

function answerServiceDocument({ org }: Instance, call: Call): ApiAnswer {
  const entities = org.metadata.entities()
  if ('code' in entities) throw new Refusal(entities)
  const names = entities.rows.map(({ EntitySetName }) => EntitySetName)
  return json(200, {
    '@odata.context': `${only(call, 'GET').base}/$metadata`,
    value: names.map((name) => ({ name, kind: 'EntitySet', url: name })),
  })
}
