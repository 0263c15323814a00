/** One property definition as the properties endpoint answers it (no `required`, no `maxLength`: HubSpot has neither). */
export interface Property {
  readonly name: string
  readonly label: string
  readonly type: string
  readonly fieldType: string
  readonly groupName: string
  readonly description: string
  readonly options: readonly PropertyOption[]
  readonly hasUniqueValue: boolean
  readonly hidden: boolean
  readonly calculated: boolean
  readonly externalOptions: boolean
  readonly referencedObjectType?: string
  readonly formField: boolean
  readonly hubspotDefined: boolean
  readonly archived: boolean
  readonly dataSensitivity: 'non_sensitive'
  readonly displayOrder: number
  readonly modificationMetadata: {
    readonly archivable: boolean
    readonly readOnlyDefinition: boolean
    readonly readOnlyOptions: boolean
    readonly readOnlyValue: boolean
  }
  readonly createdAt: string
  readonly updatedAt: string
}

interface PropertyOption {
  readonly label: string
  readonly value: string
  readonly hidden: boolean
  readonly displayOrder: number
  readonly description: string
}

/** The short form that catalogues, `seedProperties` and `POST /crm/properties` share. */
export interface PropertySeed {
  readonly name: string
  readonly label?: string
  readonly type: string
  readonly fieldType: string
  readonly groupName?: string
  readonly description?: string
  readonly options?: readonly { readonly label: string; readonly value: string }[]
  readonly hasUniqueValue?: boolean
  readonly readOnlyValue?: boolean
  readonly hubspotDefined?: boolean
  readonly externalOptions?: boolean
  readonly referencedObjectType?: string
}

const epoch = '2019-08-06T02:41:08.135Z'

/** Fills in what a seed leaves out; `at` is the creation time of a custom property. */
export function toProperty(seed: PropertySeed, groupName: string, at: string = epoch): Property {
  const hubspotDefined = seed.hubspotDefined ?? false
  return {
    name: seed.name,
    label: seed.label ?? seed.name,
    type: seed.type,
    fieldType: seed.fieldType,
    groupName: seed.groupName ?? groupName,
    description: seed.description ?? '',
    options: (seed.options ?? []).map((option, index) => ({ ...option, hidden: false, displayOrder: index, description: '' })),
    hasUniqueValue: seed.hasUniqueValue ?? false,
    hidden: false,
    calculated: false,
    externalOptions: seed.externalOptions ?? false,
    ...(seed.referencedObjectType === undefined ? {} : { referencedObjectType: seed.referencedObjectType }),
    formField: !hubspotDefined,
    hubspotDefined,
    archived: false,
    dataSensitivity: 'non_sensitive',
    displayOrder: -1,
    modificationMetadata: {
      archivable: !hubspotDefined,
      readOnlyDefinition: hubspotDefined,
      readOnlyOptions: hubspotDefined,
      readOnlyValue: seed.readOnlyValue ?? false,
    },
    createdAt: at,
    updatedAt: at,
  }
}
