import { accountObject, contactObject } from './catalog/contact.ts'
import { leadObject } from './catalog/lead.ts'
import type { ObjectDefinition } from './catalog/object-definition.ts'
import { setupObjects } from './catalog/setup.ts'
import { taskObject } from './catalog/task.ts'
import type { FieldDefinition } from './field.ts'

export interface AddedField {
  readonly object: string
  readonly field: FieldDefinition
}

/** All objects and fields of the org, whoever may see them. Names are found in any case. */
export interface Schema {
  list(): readonly ObjectDefinition[]
  object(name: string): ObjectDefinition | undefined
  field(object: ObjectDefinition, name: string): FieldDefinition | undefined
  /** By the first three characters of an id. */
  objectOf(id: string): ObjectDefinition | undefined
  add(object: string, field: FieldDefinition): void
  /** The fields that came by `add`, for the record file. */
  added(): readonly AddedField[]
}

export function createSchema(countryCodes: boolean): Schema {
  const standard = [
    leadObject(countryCodes),
    contactObject(countryCodes),
    accountObject(countryCodes),
    taskObject(),
    ...setupObjects(),
  ]
  const objects = new Map<string, ObjectDefinition>()
  const fields = new Map<string, Map<string, FieldDefinition>>()
  const added = new Map<string, AddedField>()
  for (const object of standard) put(object)

  function put(object: ObjectDefinition): void {
    objects.set(object.name.toLowerCase(), object)
    fields.set(object.name, new Map(object.fields.map((field) => [field.name.toLowerCase(), field])))
  }

  return {
    list: () => [...objects.values()],
    object: (name) => objects.get(name.toLowerCase()),
    field: (object, name) => fields.get(object.name)?.get(name.toLowerCase()),
    objectOf: (id) => standard.find((object) => object.keyPrefix === id.slice(0, 3)),
    add(name, field) {
      const object = objects.get(name.toLowerCase())
      if (object === undefined) return
      const others = object.fields.filter((one) => one.name.toLowerCase() !== field.name.toLowerCase())
      put({ ...object, fields: [...others, field] })
      added.set(`${object.name}.${field.name}`, { object: object.name, field })
    },
    added: () => [...added.values()],
  }
}
