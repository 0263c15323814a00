import { defineField, type FieldDefinition, picklist, readOnlyField } from '../field.ts'
import { leadSources } from './picklists.ts'

/** What Lead and Contact have in common besides name and address: ways to reach the person and their opt-outs. */
export function contactPointFields(): FieldDefinition[] {
  return [
    defineField('Title', 'string', { length: 128 }),
    defineField('Phone', 'phone'),
    defineField('MobilePhone', 'phone'),
    defineField('Fax', 'phone'),
    defineField('Email', 'email', { idLookup: true }),
    defineField('Description', 'textarea', { length: 32_000 }),
    defineField('LeadSource', 'picklist', { picklistValues: leadSources }),
    defineField('HasOptedOutOfEmail', 'boolean', { label: 'Email Opt Out' }),
    defineField('HasOptedOutOfFax', 'boolean', { label: 'Fax Opt Out' }),
    defineField('DoNotCall', 'boolean', { label: 'Do Not Call' }),
    readOnlyField('LastActivityDate', 'date'),
    readOnlyField('EmailBouncedReason', 'string', { length: 255 }),
    readOnlyField('EmailBouncedDate', 'datetime'),
  ]
}

/** A custom field that the org's admin made: the restricted picklist that every grown org has somewhere. */
export function regionField(): FieldDefinition {
  return defineField('Region__c', 'picklist', {
    label: 'Region',
    custom: true,
    restrictedPicklist: true,
    picklistValues: picklist(['AMER', 'EMEA', 'APAC']),
  })
}
