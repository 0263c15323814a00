import { type KeyObject, sign } from 'node:crypto'

export interface Assertion {
  readonly clientId: string
  readonly username: string
  readonly audience: string
}

/** Salesforce takes at most three minutes ahead; two leave room for a clock that is a little fast. */
const LifetimeSeconds = 120

/**
 * The assertion of the JWT bearer flow, RS256; `now` in ms.
 * https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm
 */
export function signedAssertion({ clientId, username, audience }: Assertion, key: KeyObject, now: number): string {
  const claims = { iss: clientId, sub: username, aud: audience, exp: Math.floor(now / 1000) + LifetimeSeconds }
  const signed = `${base64url({ alg: 'RS256' })}.${base64url(claims)}`
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
