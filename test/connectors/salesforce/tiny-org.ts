import { generateKeyPairSync } from 'node:crypto'
import { type Api, createApi } from '../../../connectors/salesforce/api.ts'
import { Settings } from '../../../connectors/salesforce/settings.ts'
import type { ConnectorDependencies } from '../../../src/core/index.ts'
import type { Answer, Asked, Told } from '../../kit/tiny-server.ts'

export { type Answer, type Asked, startTinyServer, type TinyServer, type Told } from '../../kit/tiny-server.ts'

export const clientSecret = 'consumer-secret-of-this-test'
export const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

export const anySignal = () => new AbortController().signal
const silent = { debug() {}, info() {}, warn() {}, error() {} }

export function settings(baseUrl: string, some: Record<string, unknown> = {}): Settings {
  const auth = { auth: 'client-credentials', clientId: 'consumer-key', clientSecret }
  return Settings.parse({ baseUrl, ...auth, ...some })
}

export const jwt = { auth: 'jwt-bearer', username: 'leadsync@acme.example', privateKey }

export function dependencies(some: Partial<ConnectorDependencies> = {}): ConnectorDependencies {
  return { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log: silent, ...some }
}

export function openApi(baseUrl: string, some: Record<string, unknown> = {}, given: Partial<ConnectorDependencies> = {}): Api {
  return createApi(settings(baseUrl, some), dependencies(given))
}

export interface TinyOrg {
  readonly answer: Answer
  /** How many tokens it gave. */
  readonly tokens: () => number
  /** From now on it takes none of the tokens that it gave. */
  expire(): void
}

/** Gives tokens and takes only the last one; what else is asked is the test's business. */
export function tinyOrg(
  answer: Answer,
  token: (asked: Asked, given: object) => Told | 'hang' = (_, body) => ({ body }),
): TinyOrg {
  let count = 0
  let valid = ''
  return {
    tokens: () => count,
    expire: () => {
      valid = ''
    },
    answer(asked) {
      if (asked.path !== '/services/oauth2/token') {
        return asked.headers.authorization === `Bearer ${valid}` ? answer(asked) : { status: 401, body: expired }
      }
      count += 1
      valid = `00Dtoken!${count}`
      const instance = `http://${asked.headers.host}`
      return token(asked, {
        access_token: valid,
        instance_url: instance,
        id: `${instance}/id/00D5g000004CmpZEAS/0055g00000BfkHmAAJ`,
        token_type: 'Bearer',
      })
    },
  }
}

const expired = [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]

export function apiRequests(asked: readonly Asked[]): Asked[] {
  return asked.filter(({ path }) => path !== '/services/oauth2/token')
}
