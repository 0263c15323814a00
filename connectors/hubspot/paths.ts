import type { ApiVersion } from './settings.ts'

/** What a contact's record shows as entries of its own. */
export type ActivityKind = 'tasks' | 'notes'

export interface ActivityPaths {
  readonly create: string
  readonly read: string
  readonly update: string
  /** Which of them belong to which contacts. */
  readonly ofContacts: string
}

export interface Paths {
  readonly read: string
  readonly update: string
  readonly upsert: string
  readonly search: string
  readonly properties: string
  readonly account: string
  readonly owners: string
  readonly companySearch: string
  readonly companyLink: string
  readonly activities: Readonly<Record<ActivityKind, ActivityPaths>>
  unsubscribe(email: string): string
}

/** The only place that knows how HubSpot's two numbering schemes spell an address. */
export function pathsOf(version: ApiVersion): Paths {
  const isNumbered = version === 'v3'
  const objects = isNumbered ? '/crm/v3/objects' : `/crm/objects/${version}`
  // The associations and the subscriptions that go with v3 are called v4.
  const associations = isNumbered ? '/crm/v4/associations' : `/crm/associations/${version}`
  const subscriptions = `/communication-preferences/${isNumbered ? 'v4' : version}`
  const activity = (kind: ActivityKind): ActivityPaths => ({
    create: `${objects}/${kind}/batch/create`,
    read: `${objects}/${kind}/batch/read`,
    update: `${objects}/${kind}/batch/update`,
    ofContacts: `${associations}/contacts/${kind}/batch/read`,
  })
  return {
    read: `${objects}/contacts/batch/read`,
    update: `${objects}/contacts/batch/update`,
    upsert: `${objects}/contacts/batch/upsert`,
    search: `${objects}/contacts/search`,
    properties: isNumbered ? '/crm/v3/properties/contacts' : `/crm/properties/${version}/contacts`,
    account: `/account-info/${version}/details`,
    owners: isNumbered ? '/crm/v3/owners' : `/crm/owners/${version}`,
    companySearch: `${objects}/companies/search`,
    companyLink: `${associations}/contacts/companies/batch/associate/default`,
    activities: { tasks: activity('tasks'), notes: activity('notes') },
    unsubscribe: (email) => `${subscriptions}/statuses/${encodeURIComponent(email)}/unsubscribe-all?channel=EMAIL`,
  }
}

/** A path for the log. Two calls name a person in it: unsubscribing, and looking for a user by e-mail. */
export function withoutPeople(path: string): string {
  return path.replace(/\?.*$/, '').replace(/(\/statuses\/)[^/]+/, '$1{email}')
}
