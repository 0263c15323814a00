import { selfSigned } from '../../kit/self-signed.ts'
import { type Asked, startTinyServer, type TinyServer, type Told } from '../../kit/tiny-server.ts'

export const tenantId = '72f988bf-86f1-41af-91ab-2d7cd011db47'
export const clientId = '51f81489-12ee-4a9e-aaae-a2591f45987d'
export const clientSecret = 'client-secret-of-this-test'

const tls = selfSigned()
const tokenPath = `/${tenantId}/oauth2/v2.0/token`

export interface TinyLogin {
  readonly server: TinyServer
  /** What a connector is told to get its tokens here. */
  readonly settings: Record<string, unknown>
  /** Requests for tokens. */
  forTokens(): Asked[]
}

/** Gives the tokens `token-1`, `token-2`, … over TLS, unless the test answers something else; `discovery` likewise. */
export async function startTinyLogin(
  answer: (given: Told) => Told | 'hang' = (given) => given,
  discovery: (given: Told) => Told | 'hang' = (given) => given,
): Promise<TinyLogin> {
  let count = 0
  const server = await startTinyServer(({ path, headers }) => {
    const url = `https://${headers.host}`
    if (!path.startsWith(tokenPath)) {
      const endpoints = {
        token_endpoint: `${url}${tokenPath}`,
        authorization_endpoint: `${url}/authorize`,
        jwks_uri: `${url}/keys`,
      }
      return discovery({ body: { ...endpoints, issuer: `${url}/${tenantId}/v2.0` } })
    }
    count += 1
    return answer({ body: { token_type: 'Bearer', expires_in: 3_600, access_token: `token-${count}` } })
  }, tls)
  return {
    server,
    settings: {
      auth: 'client-secret',
      tenantId,
      clientId,
      clientSecret,
      token: undefined,
      authorityHost: server.url,
      authorityCa: tls.cert,
    },
    forTokens: () => server.asked.filter(({ path }) => path.startsWith(tokenPath)),
  }
}

/** An error of Microsoft Entra ID. */
export function aadsts(code: number, error = 'invalid_client') {
  return { error, error_description: `AADSTS${code}: zaphod@x.y ist schuld. Trace ID: x`, error_codes: [code], trace_id: 'x' }
}
