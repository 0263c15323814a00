import { countryNames, stateCodes } from '../countries.ts'
import { defineField, type FieldDefinition, type PicklistValue, readOnlyField } from '../field.ts'

/** The parts of an address and the compound that reads them. `prefix` is '' on Lead, 'Mailing' … on Contact. */
export function addressFields(prefix: string, codes: boolean): FieldDefinition[] {
  const compound = `${prefix}Address`
  const part = { compoundFieldName: compound }
  return [
    defineField(`${prefix}Street`, 'textarea', { length: 255, ...part }),
    defineField(`${prefix}City`, 'string', { length: 40, ...part }),
    defineField(`${prefix}State`, 'string', { length: 80, label: `${prefix} State/Province`.trim(), ...part }),
    defineField(`${prefix}PostalCode`, 'string', { length: 20, label: `${prefix} Zip/Postal Code`.trim(), ...part }),
    defineField(`${prefix}Country`, 'string', { length: 80, ...part }),
    ...(codes ? codeFields(prefix, part) : []),
    readOnlyField(compound, 'address', { filterable: false, sortable: false, groupable: false }),
  ]
}

function codeFields(prefix: string, part: { readonly compoundFieldName: string }): FieldDefinition[] {
  const states = new Set(Object.values(stateCodes).flatMap((ofCountry) => Object.entries(ofCountry)))
  const code = { length: 10, restrictedPicklist: true, ...part }
  return [
    defineField(`${prefix}StateCode`, 'picklist', {
      ...code,
      dependentPicklist: true,
      controllerName: `${prefix}CountryCode`,
      picklistValues: [...states].map(([value, label]) => option(value, label)),
    }),
    defineField(`${prefix}CountryCode`, 'picklist', {
      ...code,
      picklistValues: Object.entries(countryNames()).map(([value, label]) => option(value, label)),
    }),
  ]
}

function option(value: string, label: string): PicklistValue {
  return { active: true, defaultValue: false, label, validFor: null, value }
}
