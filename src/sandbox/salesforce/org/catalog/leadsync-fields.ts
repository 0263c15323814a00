import { defineField, type FieldDefinition } from '../field.ts'

const datetimes = ['last_lead_at', 'dnc_at', 'dnc_lifted_at']
const texts = ['last_offer', 'last_action', 'last_stage', 'last_source', 'campaign', 'dnc_reason']

/** What `leadsync provision` makes on Lead and on Contact. */
export function provisionedFields(): FieldDefinition[] {
  return [
    keyField('leadsync_contact_id__c'),
    ...datetimes.map((name) => defineField(`leadsync_${name}__c`, 'datetime', { custom: true })),
    ...texts.map((name) => defineField(`leadsync_${name}__c`, 'string', { custom: true, length: 255 })),
    defineField('leadsync_notes__c', 'textarea', { custom: true, length: 32_768 }),
    defineField('leadsync_history__c', 'textarea', { custom: true, length: 131_072 }),
  ]
}

export function taskKeyField(): FieldDefinition {
  return keyField('leadsync_task_id__c')
}

function keyField(name: string): FieldDefinition {
  return defineField(name, 'string', { custom: true, length: 80, externalId: true, unique: true, idLookup: true })
}
