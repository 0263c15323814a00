import type { CatalogField, Finding, MappingField } from '../../src/core/index.ts'
import { absence, type Dialect, error, type Fault, valueFaults } from '../kit/field-faults.ts'
import { isOwnerEmail, OwnerProperty } from './owners.ts'

const HubSpot: Dialect = {
  crm: 'HubSpot',
  optionValue: 'internal value',
  takes: {
    number: { types: ['number'], declare: 'type: number' },
    bool: { types: ['boolean'], declare: 'type: boolean' },
    date: { types: ['date'], declare: 'type: date' },
    datetime: { types: ['datetime', 'date'], declare: 'type: datetime' },
  },
  isTranslated: ({ name }, value) => name === OwnerProperty && isOwnerEmail(value),
}

/** What one mapped field will meet: nothing by that name, read-only, another type, options that it does not have. */
export function fieldFindings(field: MappingField, properties: ReadonlyMap<string, CatalogField>): Finding[] {
  const property = properties.get(field.name)
  const faults = property ? faultsOf(field, property) : [missing(field, properties)]
  return faults.map((fault) => ({ ...fault, object: 'contact', field: field.name }))
}

function faultsOf(field: MappingField, property: CatalogField): Fault[] {
  if (field.name === 'email') return []
  if (!property.writable) return [error(`HubSpot keeps "${field.name}" read-only. Take it out of the mapping.`)]
  return valueFaults(field, property, HubSpot)
}

function missing(field: MappingField, properties: ReadonlyMap<string, CatalogField>): Fault {
  const { effect, near } = absence(field, [...properties.keys()])
  const advice = field.name.startsWith('leadsync_')
    ? 'Run `leadsync provision`.'
    : `Create it in HubSpot, or correct the mapping${near}.`
  return error(`HubSpot has no contact property "${field.name}", so ${effect}. ${advice}`)
}
