import {
  type CatalogField,
  type CrmAdmin,
  compileMapping,
  type Judged,
  type MappingField,
  type ProvisionStep,
} from '../../src/core/index.ts'
import { inTurn, labelOf } from '../kit/own-fields.ts'
import type { Api } from './api.ts'
import { listContacts } from './list.ts'

/** Longer texts get a field of several lines. */
const OneLine = 250

interface Shape {
  readonly type: string
  readonly fieldType: string
  readonly words: string
  readonly options?: readonly object[]
}

const YesNo = [
  { label: 'Yes', value: 'true', displayOrder: 0 },
  { label: 'No', value: 'false', displayOrder: 1 },
]

/**
 * Creates Leadsync's own contact properties, which needs the scope crm.schemas.contacts.write, and reads back the contacts that have one, which
 * needs no more than delivering does.
 */
export function createHubSpotAdmin(api: Api, crm: string, contactIdProperty: string): CrmAdmin {
  return {
    planProvision(rules, catalog) {
      const existing = new Map((catalog.objects.contact ?? []).map((one) => [one.name, one]))
      const mapped = compileMapping(rules).get('contact') ?? []
      // A misspelt standard property must not become a property of its own, so only names that can't be meant otherwise are made.
      const own = mapped.filter(({ name }) => name.startsWith('leadsync_') && name !== contactIdProperty)
      return [...contactIdStep(contactIdProperty, existing), ...own.filter(({ name }) => !existing.has(name)).map(stepFor)]
    },
    provision: (steps, signal) => inTurn(steps, ({ definition }) => createProperty(api, definition, signal)),
    list: (asked, signal) => listContacts(asked, { api, crm, contactIdProperty, signal }),
  }
}

async function createProperty(
  api: Api,
  definition: ProvisionStep['definition'],
  signal: AbortSignal,
): Promise<Judged<'created' | 'exists'>> {
  const reply = await api.post(api.paths.properties, definition, signal)
  if (reply.kind === 'ok') return 'created'
  return reply.error.status === 409 ? 'exists' : reply.error
}

function contactIdStep(name: string, existing: ReadonlyMap<string, CatalogField>): ProvisionStep[] {
  if (existing.has(name)) return []
  const shape = { type: 'string', fieldType: 'text', words: 'single-line text, unique values' }
  return [stepOf(name, shape, { hasUniqueValue: true })]
}

function stepFor(field: MappingField): ProvisionStep {
  return stepOf(field.name, shapeOf(field), {})
}

function stepOf(name: string, { words, ...shape }: Shape, more: object): ProvisionStep {
  const label = labelOf(name)
  return {
    object: 'contact',
    field: name,
    sentence: `Create the contact property "${name}" (label "${label}", ${words}) in the group "contactinformation".`,
    definition: { name, label, groupName: 'contactinformation', ...shape, ...more },
  }
}

function shapeOf({ type, maxLength }: MappingField): Shape {
  switch (type) {
    case 'number':
      return { type: 'number', fieldType: 'number', words: 'number' }
    case 'boolean':
      return { type: 'bool', fieldType: 'booleancheckbox', words: 'yes or no', options: YesNo }
    case 'date':
      return { type: 'date', fieldType: 'date', words: 'date' }
    case 'datetime':
      // HubSpot calls the field of a date and time `date` as well.
      return { type: 'datetime', fieldType: 'date', words: 'date and time' }
    case 'string':
    case undefined:
      return (maxLength ?? 0) > OneLine
        ? { type: 'string', fieldType: 'textarea', words: 'multi-line text' }
        : { type: 'string', fieldType: 'text', words: 'single-line text' }
  }
}
