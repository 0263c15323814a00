import type { Person } from './people.ts'

/** How each stand-in calls what the verdict looks at. */
export interface CrmWords {
  readonly record: 'contact' | 'lead'
  readonly email: string
  readonly lastName: string
  readonly firstName: string
  readonly company: string
  readonly action: string
  readonly notes: string
  readonly history: string
  readonly dncAt: string
  readonly dncLiftedAt: string
  readonly taskSubject: string
  readonly taskStatus: string
  /** A task's status while it is to be done. */
  readonly open: readonly string[]
}

export const CrmNames = ['hubspot', 'salesforce', 'dynamics'] as const
export type CrmName = (typeof CrmNames)[number]

export const Words: Readonly<Record<CrmName, CrmWords>> = {
  hubspot: {
    record: 'contact',
    email: 'email',
    lastName: 'lastname',
    firstName: 'firstname',
    company: 'company',
    action: 'leadsync_last_action',
    notes: 'leadsync_notes',
    history: 'leadsync_history',
    dncAt: 'leadsync_dnc_at',
    dncLiftedAt: 'leadsync_dnc_lifted_at',
    taskSubject: 'hs_task_subject',
    taskStatus: 'hs_task_status',
    open: ['NOT_STARTED'],
  },
  salesforce: {
    record: 'lead',
    email: 'Email',
    lastName: 'LastName',
    firstName: 'FirstName',
    company: 'Company',
    action: 'leadsync_last_action__c',
    notes: 'leadsync_notes__c',
    history: 'leadsync_history__c',
    dncAt: 'leadsync_dnc_at__c',
    dncLiftedAt: 'leadsync_dnc_lifted_at__c',
    taskSubject: 'Subject',
    taskStatus: 'Status',
    open: ['Not Started'],
  },
  dynamics: {
    record: 'lead',
    email: 'emailaddress1',
    lastName: 'lastname',
    firstName: 'firstname',
    company: 'companyname',
    action: 'leadsync_lastaction',
    notes: 'leadsync_notes',
    history: 'leadsync_history',
    dncAt: 'leadsync_dncat',
    dncLiftedAt: 'leadsync_dncliftedat',
    taskSubject: 'subject',
    taskStatus: 'statecode',
    open: ['0'],
  },
}

/** The one whose own opt-outs a "do not contact" sets (`doNotContact.mode: opt-out`). */
export const OptOutCrm: CrmName = 'salesforce'

/** The `accept:` of the stage. */
const Wanted: Readonly<Record<CrmName, readonly Person['country'][]>> = {
  hubspot: ['US', 'DE', 'FR'],
  salesforce: ['US'],
  dynamics: ['US', 'DE'],
}

/** `followUps.owner` of the stage: the first that wants the lead. */
export const TaskOwners: readonly CrmName[] = ['salesforce', 'dynamics', 'hubspot']

export function countriesOf(crm: CrmName): readonly string[] {
  return Wanted[crm]
}

export function wants(crm: CrmName, { country }: Person): boolean {
  return Wanted[crm].includes(country)
}

export function taskOwnerOf(person: Person): CrmName {
  return TaskOwners.find((crm) => wants(crm, person)) ?? 'hubspot'
}
