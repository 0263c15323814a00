export type ObjectName = 'contacts' | 'companies' | 'notes' | 'tasks'

export interface ObjectKind {
  readonly name: ObjectName
  readonly singular: string
  readonly typeId: string
  /** How error messages name it. */
  readonly label: string
  readonly createdProperty: string
  readonly modifiedProperty: string
  readonly readByDefault: readonly string[]
  readonly requiredOnCreate: readonly string[]
  /** A create needs at least one of these, where there are any. */
  readonly requiredOneOf: readonly string[]
}

const activity = { createdProperty: 'hs_createdate', modifiedProperty: 'hs_lastmodifieddate', requiredOneOf: [] } as const

export const objectKinds: Readonly<Record<ObjectName, ObjectKind>> = {
  contacts: {
    name: 'contacts',
    singular: 'contact',
    typeId: '0-1',
    label: 'CONTACT',
    createdProperty: 'createdate',
    modifiedProperty: 'lastmodifieddate',
    readByDefault: ['email', 'firstname', 'lastname'],
    requiredOnCreate: [],
    requiredOneOf: ['email', 'firstname', 'lastname'],
  },
  companies: {
    name: 'companies',
    singular: 'company',
    typeId: '0-2',
    label: 'COMPANY',
    createdProperty: 'createdate',
    modifiedProperty: 'hs_lastmodifieddate',
    readByDefault: ['domain', 'name'],
    requiredOnCreate: [],
    requiredOneOf: ['name', 'domain'],
  },
  notes: {
    ...activity,
    name: 'notes',
    singular: 'note',
    typeId: '0-46',
    label: 'NOTE',
    readByDefault: [],
    requiredOnCreate: ['hs_timestamp'],
  },
  tasks: {
    ...activity,
    name: 'tasks',
    singular: 'task',
    typeId: '0-27',
    label: 'TASK',
    readByDefault: [],
    requiredOnCreate: ['hs_timestamp'],
  },
}

/** Finds a kind by plural, singular, label or type id, as HubSpot's `{objectType}` path segment may be any of them. */
export function findKind(segment: string): ObjectKind | undefined {
  const wanted = segment.toLowerCase()
  return Object.values(objectKinds).find((kind) => [kind.name, kind.singular, kind.typeId].includes(wanted))
}
