import type { ObjectName } from './object-kinds.ts'
import type { PropertySeed } from './property.ts'

/** The stages in the order in which HubSpot lets a record advance. */
export const lifecycleStages = [
  'subscriber',
  'lead',
  'marketingqualifiedlead',
  'salesqualifiedlead',
  'opportunity',
  'customer',
  'evangelist',
  'other',
] as const

const leadStatuses = [
  'NEW',
  'OPEN',
  'IN_PROGRESS',
  'OPEN_DEAL',
  'UNQUALIFIED',
  'ATTEMPTED_TO_CONTACT',
  'CONNECTED',
  'BAD_TIMING',
] as const

const ownerId = choice('hubspot_owner_id', 'Contact owner', [], { externalOptions: true, referencedObjectType: 'OWNER' })

const standardContactProperties: readonly PropertySeed[] = [
  text('email', 'Email'),
  text('firstname', 'First Name'),
  text('lastname', 'Last Name'),
  { ...text('phone', 'Phone Number'), fieldType: 'phonenumber' },
  text('company', 'Company Name'),
  text('jobtitle', 'Job Title'),
  text('country', 'Country/Region'),
  text('city', 'City'),
  text('state', 'State/Region'),
  text('zip', 'Postal Code'),
  text('website', 'Website URL'),
  { ...text('message', 'Message'), fieldType: 'textarea' },
  choice('lifecyclestage', 'Lifecycle Stage', lifecycleStages, { fieldType: 'radio' }),
  choice('hs_lead_status', 'Lead Status', leadStatuses, { fieldType: 'radio' }),
  ownerId,
  { ...text('hs_additional_emails', 'Additional email addresses'), type: 'enumeration', fieldType: 'checkbox' },
  readOnly({ ...text('hs_email_optout', 'Unsubscribed from all email'), type: 'bool', fieldType: 'booleancheckbox' }),
  readOnly(text('hs_merged_object_ids', 'Merged record IDs')),
  readOnly(datetime('createdate', 'Create Date')),
  readOnly(datetime('lastmodifieddate', 'Last Modified Date')),
  recordId(),
]

const companyProperties: readonly PropertySeed[] = [
  text('name', 'Company name'),
  text('domain', 'Company Domain Name'),
  text('phone', 'Phone Number'),
  text('city', 'City'),
  text('country', 'Country/Region'),
  ownerId,
  readOnly(datetime('createdate', 'Create Date')),
  readOnly(datetime('hs_lastmodifieddate', 'Last Modified Date')),
  recordId(),
]

const activityProperties: readonly PropertySeed[] = [
  datetime('hs_timestamp', 'Activity date'),
  ownerId,
  // Listed as the key for idempotent creates, yet the API refuses a value for it: nobody may rely on it.
  readOnly({ ...text('hs_unique_creation_key', 'Unique creation key'), hasUniqueValue: true }),
  readOnly(datetime('hs_createdate', 'Object create date/time')),
  readOnly(datetime('hs_lastmodifieddate', 'Object last modified date/time')),
  recordId(),
]

const taskStates = ['NOT_STARTED', 'IN_PROGRESS', 'WAITING', 'COMPLETED', 'DEFERRED'] as const

export const standardProperties: Readonly<Record<ObjectName, readonly PropertySeed[]>> = {
  contacts: standardContactProperties,
  companies: companyProperties,
  notes: [{ ...text('hs_note_body', 'Note body'), fieldType: 'html' }, ...activityProperties],
  tasks: [
    text('hs_task_subject', 'Task Title'),
    { ...text('hs_task_body', 'Task Notes'), fieldType: 'html' },
    choice('hs_task_status', 'Task Status', taskStates),
    choice('hs_task_priority', 'Priority', ['NONE', 'LOW', 'MEDIUM', 'HIGH']),
    choice('hs_task_type', 'Task Type', ['TODO', 'CALL', 'EMAIL']),
    ...activityProperties,
  ],
}

/** What `leadsync provision` makes in a real portal; a fresh sandbox has them already unless told otherwise. */
export const leadsyncContactProperties: readonly PropertySeed[] = [
  { ...custom('leadsync_contact_id', 'Leadsync contact id'), hasUniqueValue: true },
  customDatetime('leadsync_last_lead_at', 'Leadsync: last lead at'),
  custom('leadsync_last_offer', 'Leadsync: last offer'),
  custom('leadsync_last_action', 'Leadsync: last action'),
  custom('leadsync_last_stage', 'Leadsync: last stage'),
  custom('leadsync_last_source', 'Leadsync: last source'),
  custom('leadsync_campaign', 'Leadsync: campaign'),
  customDatetime('leadsync_dnc_at', 'Leadsync: do not contact since'),
  customDatetime('leadsync_dnc_lifted_at', 'Leadsync: do not contact lifted at'),
  custom('leadsync_dnc_reason', 'Leadsync: do not contact, reason'),
  { ...custom('leadsync_notes', 'Leadsync: notes'), fieldType: 'textarea' },
  { ...custom('leadsync_history', 'Leadsync: history'), fieldType: 'textarea' },
]

function text(name: string, label: string): PropertySeed {
  return { name, label, type: 'string', fieldType: 'text', hubspotDefined: true }
}

// HubSpot's own trap: a datetime property has the field type "date".
function datetime(name: string, label: string): PropertySeed {
  return { name, label, type: 'datetime', fieldType: 'date', hubspotDefined: true }
}

function choice(name: string, label: string, values: readonly string[], more: Partial<PropertySeed> = {}): PropertySeed {
  const options = values.map((value) => ({ label: value, value }))
  return { name, label, type: 'enumeration', fieldType: 'select', hubspotDefined: true, options, ...more }
}

function custom(name: string, label: string): PropertySeed {
  return { name, label, type: 'string', fieldType: 'text' }
}

function customDatetime(name: string, label: string): PropertySeed {
  return { name, label, type: 'datetime', fieldType: 'date' }
}

function readOnly(seed: PropertySeed): PropertySeed {
  return { ...seed, readOnlyValue: true }
}

function recordId(): PropertySeed {
  return { ...text('hs_object_id', 'Record ID'), type: 'number', fieldType: 'number', readOnlyValue: true }
}
