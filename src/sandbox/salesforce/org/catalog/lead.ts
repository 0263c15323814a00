import { defineField, picklist, readOnlyField, reference } from '../field.ts'
import { addressFields } from './address-fields.ts'
import { contactPointFields, regionField } from './contact-points.ts'
import {
  defineObject,
  deletedField,
  masterField,
  type ObjectDefinition,
  ownerField,
  personNameFields,
} from './object-definition.ts'
import { industries, leadStatuses, ratings } from './picklists.ts'

export function leadObject(countryCodes: boolean): ObjectDefinition {
  const converted = { createable: false, updateable: false, permissionable: false }
  return defineObject({
    name: 'Lead',
    keyPrefix: '00Q',
    fields: [
      deletedField(),
      masterField('Lead'),
      ...personNameFields(),
      defineField('Company', 'string', { length: 255, nillable: false }),
      ...addressFields('', countryCodes),
      ...contactPointFields(),
      defineField('Website', 'url'),
      defineField('Status', 'picklist', {
        nillable: false,
        defaultedOnCreate: true,
        defaultValue: 'Open - Not Contacted',
        picklistValues: picklist(leadStatuses, 'Open - Not Contacted'),
      }),
      defineField('Industry', 'picklist', { picklistValues: industries }),
      defineField('Rating', 'picklist', { picklistValues: ratings }),
      defineField('AnnualRevenue', 'currency', { precision: 18 }),
      defineField('NumberOfEmployees', 'int', { label: 'Employees', digits: 8 }),
      ownerField(['Group', 'User']),
      readOnlyField('IsConverted', 'boolean', { label: 'Converted', nillable: false, filterable: true }),
      readOnlyField('ConvertedDate', 'date'),
      reference('ConvertedAccountId', ['Account'], converted),
      reference('ConvertedContactId', ['Contact'], converted),
      defineField('IsUnreadByOwner', 'boolean', { label: 'Unread By Owner' }),
      regionField(),
    ],
  })
}
