import { defineField, readOnlyField, reference } from '../field.ts'
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
import { industries, ratings } from './picklists.ts'

export function contactObject(countryCodes: boolean): ObjectDefinition {
  return defineObject({
    name: 'Contact',
    keyPrefix: '003',
    fields: [
      deletedField(),
      masterField('Contact'),
      reference('AccountId', ['Account']),
      ...personNameFields(),
      ...addressFields('Other', countryCodes),
      ...addressFields('Mailing', countryCodes),
      ...contactPointFields(),
      defineField('HomePhone', 'phone'),
      defineField('OtherPhone', 'phone'),
      reference('ReportsToId', ['Contact']),
      defineField('Department', 'string', { length: 80 }),
      defineField('Birthdate', 'date'),
      ownerField(['User']),
      readOnlyField('IsEmailBounced', 'boolean', { nillable: false }),
      regionField(),
    ],
  })
}

export function accountObject(countryCodes: boolean): ObjectDefinition {
  return defineObject({
    name: 'Account',
    keyPrefix: '001',
    fields: [
      deletedField(),
      masterField('Account'),
      defineField('Name', 'string', { label: 'Account Name', length: 255, nillable: false, nameField: true }),
      defineField('Type', 'picklist'),
      reference('ParentId', ['Account']),
      ...addressFields('Billing', countryCodes),
      ...addressFields('Shipping', countryCodes),
      defineField('Phone', 'phone'),
      defineField('Fax', 'phone'),
      defineField('AccountNumber', 'string', { length: 40 }),
      defineField('Website', 'url'),
      defineField('Industry', 'picklist', { picklistValues: industries }),
      defineField('Rating', 'picklist', { picklistValues: ratings }),
      defineField('AnnualRevenue', 'currency', { precision: 18 }),
      defineField('NumberOfEmployees', 'int', { label: 'Employees', digits: 8 }),
      defineField('Description', 'textarea', { length: 32_000 }),
      defineField('AccountSource', 'picklist'),
      ownerField(['User']),
    ],
  })
}
