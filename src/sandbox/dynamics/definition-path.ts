import { refusal } from './answers.ts'
import type { PathSegment } from './odata/path.ts'
import { unknownSegment } from './refusals.ts'

/** `EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='subject')/Microsoft.Dynamics.CRM.StringAttributeMetadata` */
export interface DefinitionPath {
  readonly table: string | null
  readonly collection: string | null
  readonly member: string | null
  /** With its namespace. */
  readonly cast: string | null
}

/** Throws for a segment too many and for another key than the logical name. */
export function definitionPath([entity, collection, cast, ...more]: readonly PathSegment[]): DefinitionPath {
  const extra = more[0] ?? (cast?.qualified === false ? cast : undefined)
  if (extra !== undefined) throw unknownSegment(extra.name)
  const table = logicalNameOf(entity)
  if (table === null && collection !== undefined) throw unknownSegment(collection.name)
  return {
    table,
    collection: collection?.name ?? null,
    member: logicalNameOf(collection),
    cast: cast === undefined ? null : `Microsoft.Dynamics.CRM.${cast.name}`,
  }
}

function logicalNameOf(segment: PathSegment | undefined): string | null {
  const key = segment?.key ?? null
  if (key === null) return null
  const name = 'alternate' in key ? key.alternate.LogicalName : null
  if (typeof name === 'string') return name
  throw refusal(400, '0x80060888', `The key of '${segment?.name}' must be a LogicalName in this sandbox.`)
}
