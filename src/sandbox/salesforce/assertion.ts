import { verify } from 'node:crypto'
import * as z from 'zod'
import type { App } from './apps.ts'
import { OauthRefusal } from './oauth-refusal.ts'

const Header = z.object({ alg: z.string() })
const Claims = z.object({ iss: z.string(), sub: z.string(), aud: z.string(), exp: z.number() })

const longestLifeSeconds = 3 * 60
const skewSeconds = 30

export interface Judge {
  readonly apps: readonly App[]
  /** This server's own address, as the client called it. */
  readonly origin: string
  readonly now: () => number
}

/**
 * The app that a JWT bearer assertion speaks for. Throws an `OauthRefusal` for anything that is wrong with it.
 * https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm&type=5
 */
export function judgeAssertion(assertion: string, { apps, origin, now }: Judge): App {
  const [header = '', claims = '', signature = '', ...more] = assertion.split('.')
  const head = Header.safeParse(decode(header))
  const said = Claims.safeParse(decode(claims))
  if (more.length > 0 || !head.success || !said.success) throw invalidAssertion()
  const { iss, sub, aud, exp } = said.data

  const app = apps.find((one) => one.clientId === iss)
  if (app === undefined) throw new OauthRefusal('invalid_client_id', 'client identifier invalid')
  if (app.publicKey === null || head.data.alg !== 'RS256') throw invalidAssertion()
  const signed = Buffer.from(`${header}.${claims}`)
  if (!verify('RSA-SHA256', signed, app.publicKey, Buffer.from(signature, 'base64url'))) throw invalidAssertion()
  if (!audiences(origin).includes(aud)) throw new OauthRefusal('invalid_grant', 'audience is invalid')
  const leftSeconds = exp - now() / 1000
  if (leftSeconds <= 0) throw new OauthRefusal('invalid_grant', 'expired authorization code')
  // Milliseconds in `exp` end up here, too: fifty thousand years ahead.
  if (leftSeconds > longestLifeSeconds + skewSeconds) throw invalidAssertion()
  if (sub !== app.username) throw new OauthRefusal('invalid_grant', "user hasn't approved this consumer")
  return app
}

function audiences(origin: string): string[] {
  return [origin, 'https://login.salesforce.com', 'https://test.salesforce.com']
}

function invalidAssertion(): OauthRefusal {
  return new OauthRefusal('invalid_grant', 'invalid assertion')
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
