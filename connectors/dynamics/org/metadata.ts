import { z } from 'zod'
import type { Operation } from '../requests/operation.ts'
import type { AlternateKey, Column, ColumnOption } from './table.ts'

/** A lookup's way to the records of one table. */
export interface Relationship {
  readonly column: string
  readonly target: string
  /** Case-sensitive, and for custom lookups not the logical name. */
  readonly navigation: string
}

const Flag = z.boolean().nullish().catch(null)
const Text = z.string().nullish().catch(null)

export const Definition = z.object({
  LogicalName: z.string(),
  Keys: z
    .array(z.object({ LogicalName: Text, SchemaName: Text, KeyAttributes: z.array(z.string()), EntityKeyIndexStatus: Text }))
    .nullish()
    .catch(null),
})
export type Definition = z.infer<typeof Definition>

const WireAttribute = z.object({
  LogicalName: z.string(),
  AttributeType: z.string().catch('String'),
  IsValidForCreate: Flag,
  IsValidForUpdate: Flag,
  RequiredLevel: z.object({ Value: Text }).nullish().catch(null),
})
export const Attributes = listOf(WireAttribute).refine(({ value }) => value.length > 0)
export type WireAttribute = z.infer<typeof WireAttribute>

const WireLength = z.object({ LogicalName: z.string(), MaxLength: z.number().nullish().catch(null) })
const WireTime = z.object({
  LogicalName: z.string(),
  DateTimeBehavior: z.object({ Value: Text }).nullish().catch(null),
})

const Label = z.object({ Label: Text })
const WireOption = z.object({
  Value: z.number(),
  Label: z
    .object({ UserLocalizedLabel: Label.nullish().catch(null), LocalizedLabels: z.array(Label).nullish().catch(null) })
    .nullish()
    .catch(null),
})
const OptionSet = z
  .object({ Options: z.array(WireOption) })
  .nullish()
  .catch(null)
const WireChoice = z.object({ LogicalName: z.string(), OptionSet: OptionSet.optional(), GlobalOptionSet: OptionSet.optional() })

const WireRelationship = z.object({
  ReferencingEntityNavigationPropertyName: Text,
  ReferencingAttribute: z.string(),
  ReferencedEntity: z.string(),
})

/** What is asked of one table, by name. Lengths and options are only there by a cast to the column's own type, one request for each. */
export const Parts = [
  'definition',
  'attributes',
  'texts',
  'memos',
  'times',
  'choices',
  'multiChoices',
  'statuses',
  'lookups',
] as const
export type Part = (typeof Parts)[number]

const Queries: Readonly<Record<Part, string>> = {
  definition:
    '?$select=LogicalName,EntitySetName,PrimaryIdAttribute&$expand=Keys($select=LogicalName,SchemaName,KeyAttributes,EntityKeyIndexStatus)',
  attributes: '/Attributes?$select=LogicalName,AttributeType,IsValidForCreate,IsValidForUpdate,RequiredLevel',
  texts: cast('String', '$select=LogicalName,MaxLength'),
  memos: cast('Memo', '$select=LogicalName,MaxLength'),
  times: cast('DateTime', '$select=LogicalName,DateTimeBehavior'),
  choices: cast('Picklist', '$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)'),
  multiChoices: cast(
    'MultiSelectPicklist',
    '$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)',
  ),
  statuses: cast('Status', '$select=LogicalName&$expand=OptionSet($select=Options)'),
  lookups: '/ManyToOneRelationships?$select=ReferencingEntityNavigationPropertyName,ReferencingAttribute,ReferencedEntity',
}

/** A GET of the definition of one table. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api */
export function partOperation(table: string, part: Part): Operation {
  // Definitions are cached for half a minute; without this, what was provisioned a moment ago would be missing still.
  const headers = { Consistency: 'Strong' }
  return { method: 'GET', path: `EntityDefinitions(LogicalName='${table}')${Queries[part]}`, headers }
}

/** What the parts of one table answered; undefined for one that was refused. */
export type PartBodies = Readonly<Record<Exclude<Part, 'definition' | 'attributes'>, unknown>>

export function columnsOf(attributes: readonly WireAttribute[], bodies: PartBodies): Column[] {
  const lengths = new Map(
    [...rows(WireLength, bodies.texts), ...rows(WireLength, bodies.memos)].map((row) => [row.LogicalName, row]),
  )
  const days = new Set(
    rows(WireTime, bodies.times).flatMap((row) => (row.DateTimeBehavior?.Value === 'DateOnly' ? [row.LogicalName] : [])),
  )
  const several = optionsIn(bodies.multiChoices)
  const options = new Map([...optionsIn(bodies.choices), ...several, ...optionsIn(bodies.statuses)])
  const targets = Map.groupBy(relationshipsOf(bodies.lookups), ({ column }) => column)
  return attributes.map((attribute) => {
    const { LogicalName: name, AttributeType: type } = attribute
    return {
      name,
      type: days.has(name) ? 'DateOnly' : several.has(name) ? 'MultiSelectPicklist' : type,
      length: lengths.get(name)?.MaxLength ?? null,
      createable: attribute.IsValidForCreate === true,
      updateable: attribute.IsValidForUpdate === true,
      required: attribute.RequiredLevel?.Value === 'ApplicationRequired',
      options: options.get(name) ?? null,
      targets: (targets.get(name) ?? []).flatMap(({ target }) => (target === 'owner' ? ['systemuser', 'team'] : [target])),
    }
  })
}

export function keysOf({ Keys }: Definition): AlternateKey[] {
  return (Keys ?? []).map(({ LogicalName, SchemaName, KeyAttributes, EntityKeyIndexStatus }) => ({
    name: LogicalName ?? SchemaName ?? '',
    columns: KeyAttributes,
    status: EntityKeyIndexStatus ?? 'Pending',
  }))
}

export function relationshipsOf(body: unknown): Relationship[] {
  return rows(WireRelationship, body).flatMap((row) => {
    const navigation = row.ReferencingEntityNavigationPropertyName
    return navigation ? [{ column: row.ReferencingAttribute, target: row.ReferencedEntity, navigation }] : []
  })
}

function optionsIn(body: unknown): Map<string, readonly ColumnOption[]> {
  return new Map(
    rows(WireChoice, body).map(({ LogicalName, OptionSet: own, GlobalOptionSet: shared }) => [
      LogicalName,
      (own ?? shared)?.Options.map(optionOf) ?? [],
    ]),
  )
}

function optionOf({ Value, Label: words }: z.infer<typeof WireOption>): ColumnOption {
  const labels = [words?.UserLocalizedLabel, ...(words?.LocalizedLabels ?? [])].flatMap((one) => one?.Label ?? [])
  return { value: Value, label: labels[0] ?? String(Value), labels: [...new Set(labels)] }
}

/** Rows that can't be read are left out: a column without its length is sent as it is, and Dataverse itself answers. */
function rows<T>(row: z.ZodType<T>, body: unknown): T[] {
  const list = listOf(z.unknown()).safeParse(body).data?.value ?? []
  return list.flatMap((one) => {
    const read = row.safeParse(one)
    return read.success ? [read.data] : []
  })
}

function listOf<T>(row: z.ZodType<T>) {
  return z.object({ value: z.array(row) })
}

function cast(type: string, query: string): string {
  return `/Attributes/Microsoft.Dynamics.CRM.${type}AttributeMetadata?${query}`
}
