/** What the operator is told by the webhook. */
export const AlertEvents = ['sla-missed', 'crm-blocked', 'parked', 'unrouted'] as const
export type AlertEvent = (typeof AlertEvents)[number]

/** Where alerts go to. Times are in ms. */
export interface AlertWebhook {
  readonly url: string
  /** Signs every request. */
  readonly secret: string
  /** `name` or `name:port`: nothing is sent to any other. */
  readonly hosts: readonly string[]
  readonly events: readonly AlertEvent[]
  /** How long alerts of one kind and one CRM are gathered before they are sent together. */
  readonly gatherMs: number
  readonly timeoutMs: number
}

export interface AlertSettings {
  /** Null: nobody is told. */
  readonly webhook: AlertWebhook | null
}

/**
 * Whether the address's host is on the list, letter case ignored. Exactly: no subdomain of one that is listed, and an entry without a port means
 * the scheme's own port, as another port of the same machine may be another's.
 */
export function isListedHost(url: URL, hosts: readonly string[]): boolean {
  // Read like the address itself, so that both have one form: of letter case, of `:443`, of names that are not ASCII.
  return hosts.some((entry) => URL.parse(`${url.protocol}//${entry}`)?.host === url.host)
}
