import { type ObjectName, objectKinds } from './object-kinds.ts'
import { type Property, type PropertySeed, toProperty } from './property.ts'
import { leadsyncContactProperties, standardProperties } from './property-catalog.ts'

export interface SchemaOptions {
  /** Leadsync's own contact properties are there from the start. */
  readonly provisioned: boolean
  readonly seedProperties: Readonly<Partial<Record<ObjectName, readonly PropertySeed[]>>>
  /** Contact properties that this portal lacks. */
  readonly missingProperties: readonly string[]
}

/** The property definitions of one portal, per object kind. */
export interface Schema {
  find(kind: ObjectName, name: string): Property | undefined
  list(kind: ObjectName): Property[]
  /** Names of the custom properties whose values are unique (email is unique too, but by its own rules). */
  uniqueNames(kind: ObjectName): readonly string[]
  define(kind: ObjectName, property: Property): void
  remove(kind: ObjectName, name: string): void
  /** What `define` added since the start, for the record file. */
  added(): SavedProperty[]
}

export interface SavedProperty {
  readonly kind: ObjectName
  readonly property: Property
}

export function createSchema(options: SchemaOptions): Schema {
  const tables = new Map<ObjectName, Map<string, Property>>()
  const added: SavedProperty[] = []
  for (const kind of Object.values(objectKinds)) {
    const group = kind.name === 'contacts' ? 'contactinformation' : `${kind.singular}information`
    const own = kind.name === 'contacts' && options.provisioned ? leadsyncContactProperties : []
    const seeds = [...standardProperties[kind.name], ...own, ...(options.seedProperties[kind.name] ?? [])]
    tables.set(kind.name, new Map(seeds.map((seed) => [seed.name, toProperty(seed, group)])))
  }
  for (const name of options.missingProperties) table('contacts').delete(name)

  function table(kind: ObjectName): Map<string, Property> {
    const found = tables.get(kind)
    if (found === undefined) throw new Error(`The sandbox has no schema for ${kind}.`)
    return found
  }

  return {
    find: (kind, name) => table(kind).get(name),
    list: (kind) => [...table(kind).values()],
    uniqueNames: (kind) => [...table(kind).values()].filter((one) => one.hasUniqueValue).map((one) => one.name),
    define(kind, property) {
      table(kind).set(property.name, property)
      added.push({ kind, property })
    },
    remove(kind, name) {
      table(kind).delete(name)
      const index = added.findIndex((one) => one.kind === kind && one.property.name === name)
      if (index >= 0) added.splice(index, 1)
    },
    added: () => added,
  }
}
