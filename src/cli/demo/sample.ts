/** One thing that the demo sends, and what it shows. The people and companies are invented; their addresses cannot exist. */
export interface Sample {
  readonly shows: string
  readonly via: 'marketplace' | 'api' | 'queue'
  /** The body as it goes over the wire: for the marketplace verbatim, for the API and the queue a lead in our own schema. */
  readonly body: string
  /** Samples with the same name here are sent at the same moment. */
  readonly together?: string
  /** Told in words at the end, together with the others of the same story. */
  readonly story?: Story
  /** Sent only when the time of the first task of the story's sample before it has come. */
  readonly afterTask?: true
}

export type Story = 'a no' | 'a burst' | 'a phone' | 'one CRM' | 'a cadence' | 'taken back' | 'too old'
/** Of a lead that only one CRM of the demo accepts. */
export const OneCrmTag = 'hubspot-only'

export interface Details {
  readonly firstName?: string
  readonly lastName?: string
  readonly email?: string
  readonly phone?: string
  readonly country?: string
  readonly company?: string
  readonly title?: string
}

/** As the documentation writes it: PascalCase, the action in a field of its own. */
export function documented(user: Details, rest: Record<string, unknown>): string {
  const UserDetails = {
    FirstName: user.firstName,
    LastName: user.lastName,
    Email: user.email,
    Phone: user.phone,
    Country: user.country,
    Company: user.company,
    Title: user.title,
  }
  return JSON.stringify({ UserDetails, ...rest })
}

/** As it was seen on the wire: camelCase throughout. */
export function asSeen(user: Details, rest: Record<string, unknown>): string {
  return JSON.stringify({ userDetails: user, ...rest })
}

/** As a row of the Azure Table: the customer as a JSON string in one column. */
export function tableRow(user: Record<string, unknown>, rest: Record<string, unknown>): string {
  return JSON.stringify({ PartitionKey: '2026-11-23', RowKey: 'row-1', CustomerInfo: JSON.stringify(user), ...rest })
}

export function marketplace(shows: string, body: string, more: Omit<Sample, 'shows' | 'via' | 'body'> = {}): Sample {
  return { shows, via: 'marketplace', body, ...more }
}

/** A lead in our own schema. */
export function own(shows: string, via: 'api' | 'queue', lead: Record<string, unknown>, story?: Story): Sample {
  return { shows, via, body: JSON.stringify({ v: 1, ...lead }), ...(story ? { story } : {}) }
}

const HourMs = 3_600_000

/** ISO 8601; `now` in ms since the epoch. */
export function hoursAgo(hours: number, now: number): string {
  return new Date(now - hours * HourMs).toISOString()
}

/** "Contact me" about the one offer of which most samples are. */
export const analytics = 'AppSource (SPZA)-PLT|contoso.contoso-analytics'
