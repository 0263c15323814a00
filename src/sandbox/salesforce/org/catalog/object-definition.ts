import { defineField, type FieldDefinition, readOnlyField, reference } from '../field.ts'

/** One object (table) of the org with its fields. */
export interface ObjectDefinition {
  readonly name: string
  readonly label: string
  readonly labelPlural: string
  readonly keyPrefix: string
  /** False: setup rows and lists that the API shows but nobody writes. */
  readonly createable: boolean
  readonly deletable: boolean
  readonly fields: readonly FieldDefinition[]
}

interface ObjectSeed {
  readonly name: string
  readonly keyPrefix: string
  readonly label?: string
  readonly labelPlural?: string
  readonly createable?: boolean
  readonly fields: readonly FieldDefinition[]
}

export function defineObject(seed: ObjectSeed): ObjectDefinition {
  const label = seed.label ?? seed.name.replace(/([a-z])([A-Z])/g, '$1 $2')
  const createable = seed.createable ?? true
  return {
    name: seed.name,
    label,
    labelPlural: seed.labelPlural ?? `${label}s`,
    keyPrefix: seed.keyPrefix,
    createable,
    deletable: createable,
    fields: [idField(), ...seed.fields, ...auditFields()],
  }
}

function idField(): FieldDefinition {
  return readOnlyField('Id', 'id', { label: 'Record ID', nillable: false, idLookup: true, defaultedOnCreate: true })
}

function auditFields(): FieldDefinition[] {
  const stamp = { nillable: false, defaultedOnCreate: true, createable: false, updateable: false, permissionable: false }
  return [
    readOnlyField('CreatedDate', 'datetime', stamp),
    reference('CreatedById', ['User'], stamp),
    readOnlyField('LastModifiedDate', 'datetime', stamp),
    reference('LastModifiedById', ['User'], stamp),
    readOnlyField('SystemModstamp', 'datetime', stamp),
  ]
}

/** IsDeleted, for objects with a recycle bin. */
export function deletedField(): FieldDefinition {
  return readOnlyField('IsDeleted', 'boolean', { label: 'Deleted', nillable: false })
}

export function masterField(object: string): FieldDefinition {
  return reference('MasterRecordId', [object], { createable: false, updateable: false, permissionable: false })
}

/** Required on every record, defaulted to the user who writes. */
export function ownerField(referenceTo: readonly string[]): FieldDefinition {
  return reference('OwnerId', referenceTo, { nillable: false, defaultedOnCreate: true })
}

/** Salutation, FirstName and LastName with the read-only Name made of them. */
export function personNameFields(): FieldDefinition[] {
  const part = { compoundFieldName: 'Name' }
  return [
    defineField('LastName', 'string', { length: 80, nillable: false, ...part }),
    defineField('FirstName', 'string', { length: 40, ...part }),
    defineField('Salutation', 'picklist', { length: 40, ...part }),
    readOnlyField('Name', 'string', { label: 'Full Name', length: 121, nillable: false, nameField: true }),
  ]
}
