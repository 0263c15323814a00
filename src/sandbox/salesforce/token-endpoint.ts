import { createHmac } from 'node:crypto'
import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { json, page } from './answers.ts'
import type { App } from './apps.ts'
import { judgeAssertion } from './assertion.ts'
import { identityUrl, originOf } from './identity.ts'
import type { Instance } from './instance.ts'
import { OauthRefusal } from './oauth-refusal.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** `POST /services/oauth2/token`: a session by JWT bearer or client credentials. */
export function answerToken(instance: Instance, request: ApiRequest): ApiAnswer {
  if (request.method !== 'POST') return page(405, 'Method Not Allowed')
  try {
    return json(200, openSession(instance, request, authenticate(instance, request)))
  } catch (error) {
    if (error instanceof OauthRefusal) return error.answer
    throw error
  }
}

function authenticate({ apps, now }: Instance, request: ApiRequest): App {
  // A JSON body has no grant type in it, which is just how Salesforce sees it.
  const form = new URLSearchParams(request.body)
  const grant = form.get('grant_type')
  if (grant === jwtBearer) return judgeAssertion(form.get('assertion') ?? '', { apps, origin: originOf(request), now })
  if (grant === 'client_credentials') return judgeSecret(apps, request, form)
  throw new OauthRefusal('unsupported_grant_type', 'grant type not supported')
}

function judgeSecret(apps: readonly App[], request: ApiRequest, form: URLSearchParams): App {
  const { clientId, clientSecret } = basicCredentials(request) ?? {
    clientId: form.get('client_id'),
    clientSecret: form.get('client_secret'),
  }
  const app = apps.find((one) => one.clientId === clientId)
  if (app === undefined) throw new OauthRefusal('invalid_client_id', 'client identifier invalid')
  if (app.clientSecret === null) throw new OauthRefusal('invalid_grant', 'no client credentials user enabled')
  if (app.clientSecret !== clientSecret) throw new OauthRefusal('invalid_client', 'invalid client credentials')
  return app
}

function basicCredentials(request: ApiRequest): { clientId: string; clientSecret: string } | null {
  const encoded = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (encoded === undefined) return null
  const [clientId = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return { clientId, clientSecret: secret.join(':') }
}

/** Says no `expires_in` and gives no refresh token, as these two flows don't. */
function openSession({ org, sessions, now }: Instance, request: ApiRequest, app: App): object {
  const userId = org.userIdOf(app.username)
  if (userId === null) throw new OauthRefusal('invalid_grant', "user hasn't approved this consumer")
  const id = identityUrl(request, org.organizationId, userId)
  const issuedAt = String(now())
  return {
    access_token: sessions.open({ userId, username: app.username }),
    signature: createHmac('sha256', app.clientSecret ?? app.clientId)
      .update(id + issuedAt)
      .digest('base64'),
    scope: 'api',
    instance_url: originOf(request),
    id,
    token_type: 'Bearer',
    issued_at: issuedAt,
  }
}
