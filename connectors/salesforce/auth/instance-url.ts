import { isLoopback } from '../../kit/base-url.ts'

/** Salesforce's own domains for orgs: commercial, legacy, government, its clouds, and China (operated by Alibaba Cloud). */
const Domains = ['salesforce.com', 'force.com', 'salesforce.mil', 'cloudforce.com', 'sfcrmproducts.cn']

/**
 * The origin that a token answer says the org is at, or null when it is no place for a bearer token: whoever answers for a mistyped baseUrl
 * must not be able to point us anywhere.
 */
export function trustedInstance(instanceUrl: string, baseUrl: string): string | null {
  const url = URL.parse(instanceUrl)
  if (url === null || url.username !== '' || url.password !== '') return null
  const base = new URL(baseUrl)
  if (url.origin === base.origin) return url.origin
  if (isLoopback(base.hostname)) return isLoopback(url.hostname) && url.protocol === 'http:' ? url.origin : null
  // jsforce refuses these, with an exception.
  if (url.hostname.includes('.lightning.')) return null
  const isSalesforces = Domains.some((domain) => url.hostname.endsWith(`.${domain}`))
  return url.protocol === 'https:' && url.port === '' && isSalesforces ? url.origin : null
}
