import type { ObjectDefinition } from './catalog/object-definition.ts'
import type { Instance } from './instance.ts'

/** The describe answer, with the fields that the integration users see and whether they may write them. */
export function describeObject(instance: Instance, object: ObjectDefinition): Readonly<Record<string, unknown>> {
  const visible = object.fields.filter((field) => instance.access.readable(object, field))
  const base = `/services/data/v68.0/sobjects/${object.name}`
  return {
    name: object.name,
    label: object.label,
    labelPlural: object.labelPlural,
    keyPrefix: object.keyPrefix,
    custom: false,
    customSetting: false,
    activateable: false,
    createable: object.createable,
    updateable: object.createable,
    deletable: object.deletable,
    undeletable: object.deletable,
    mergeable: object.fields.some((field) => field.name === 'MasterRecordId'),
    queryable: true,
    retrieveable: true,
    replicateable: true,
    searchable: true,
    layoutable: true,
    triggerable: true,
    fields: visible.map((field) => describeField(instance, object, field)),
    childRelationships: [],
    recordTypeInfos: [
      {
        active: true,
        available: true,
        defaultRecordTypeMapping: true,
        developerName: 'Master',
        master: true,
        name: 'Master',
        recordTypeId: '012000000000000AAA',
        urls: { layout: `${base}/describe/layouts/012000000000000AAA` },
      },
    ],
    urls: { sobject: base, describe: `${base}/describe`, rowTemplate: `${base}/{ID}` },
  }
}

function describeField(instance: Instance, object: ObjectDefinition, field: ObjectDefinition['fields'][number]): unknown {
  const editable = instance.access.editable(object, field)
  return {
    ...field,
    createable: field.createable && editable,
    updateable: field.updateable && editable,
    aggregatable: field.filterable,
    polymorphicForeignKey: field.referenceTo.length > 1,
  }
}
