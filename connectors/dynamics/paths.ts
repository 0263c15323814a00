/** The Web API's version since 2021; Dataverse keeps it while it is v9. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors */
export const ApiVersion = 'v9.2'

/** Every `path` of this connector is below it. */
export const ServiceRoot = `/api/data/${ApiVersion}/`

/** A path for the log: a query names people, and a key in parentheses a record. */
export function withoutPeople(path: string): string {
  return path.replace(/\?.*$/s, '').replace(/\([^)]*\)/g, '()')
}

/**
 * The path of `@odata.nextLink`, or null when it leads anywhere but below this API: it is followed with a bearer token. Where a gateway
 * stands in between, the link may name the org's own host instead of ours.
 */
export function pathOfLink(link: string): string | null {
  const url = URL.parse(link)
  if (url === null || url.username !== '' || url.password !== '' || !url.pathname.startsWith(ServiceRoot)) return null
  const path = `${url.pathname.slice(ServiceRoot.length)}${url.search}`
  return isPath(path) ? path : null
}

/**
 * Whether the SDK sends it as it is: it takes `https://` anywhere in a path for another host, and cuts at `#`.
 * https://github.com/microsoftgraph/msgraph-sdk-javascript/blob/dev/src/GraphRequest.ts
 */
export function isPath(path: string): boolean {
  return /^[A-Za-z$][^\s#\\]*$/.test(path) && !path.includes('://')
}
