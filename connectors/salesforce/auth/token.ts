import { z } from 'zod'
import { type ConnectorDependencies, DeliveryError, type Judged } from '../../../src/core/index.ts'
import { type Exchange, exchange } from '../../kit/exchange.ts'
import { parseJson } from '../../kit/json.ts'
import { retryAfterMs } from '../../kit/retry-after.ts'
import { retryFloor, shortRetry } from '../../kit/short-retry.ts'
import { refusalOf, sentence } from '../errors.ts'
import { createPaths } from '../paths.ts'
import { brokenGateway } from '../requests/short-failures.ts'
import { trustedInstance } from './instance-url.ts'
import { signedAssertion } from './jwt.ts'
import { readPrivateKey } from './private-key.ts'
import { TokenRules } from './token-rules.ts'

export interface Token {
  readonly accessToken: string
  /** Origin of the org's API. */
  readonly instanceUrl: string
  /** Whose token it is; null when the answer did not say. */
  readonly who: { readonly org: string; readonly user: string } | null
}

export interface TokenSettings {
  readonly baseUrl: string
  readonly auth: 'jwt-bearer' | 'client-credentials'
  readonly clientId: string
  readonly username?: string | undefined
  readonly privateKey?: string | undefined
  readonly clientSecret?: string | undefined
  readonly audience?: string | undefined
  readonly timeoutMs: number
}

// What a header can't carry would have fetch throw, and quote it.
const AccessToken = z.string().regex(/^[\x21-\x7e]+$/)
const TokenAnswer = z.object({ access_token: AccessToken, instance_url: z.string(), id: z.string().nullish().catch(null) })
const TokenError = z.object({ error: z.string() })

/**
 * Gets a new token, or says why there is none. Without refresh tokens: both flows are simply run again. The answer names no lifetime (it is
 * the org's session timeout, 15 minutes to 24 hours), so only a 401 tells that a token is at its end.
 */
export function createTokenSource(settings: TokenSettings, { crm, fetch, now, log }: ConnectorDependencies) {
  const base = new URL(settings.baseUrl).origin
  const path = createPaths().token

  async function once(form: URLSearchParams, signal: AbortSignal): Promise<Exchange> {
    const started = now()
    const result = await exchange(
      (scoped) => scoped(`${base}${path}`, { method: 'POST', headers: { accept: 'application/json' }, body: form }),
      {
        fetch,
        baseUrl: base,
        signal,
        timeoutMs: settings.timeoutMs,
      },
    )
    const status = result.kind === 'answer' ? result.status : result.kind
    log.debug({ crm, method: 'POST', path, status, ms: now() - started }, 'Salesforce request')
    return result
  }

  return async function mint(signal: AbortSignal): Promise<Judged<Token>> {
    const form = formOf(settings, base, now())
    if (form === null) {
      const say =
        '`privateKey` can not be used. Give the PEM text of an RSA private key of 2048 bits or more, without a passphrase.'
      return new DeliveryError('misconfigured', sentence(crm, say))
    }
    // Asking twice makes two tokens, which harms nobody.
    const result = await shortRetry(() => once(form, signal), retryFloor, signal)
    return tokenOf(result, settings.auth, base, { crm, now: now() })
  }
}

function formOf(settings: TokenSettings, base: string, now: number): URLSearchParams | null {
  const { auth, clientId, username, privateKey, clientSecret, audience } = settings
  if (auth === 'client-credentials') {
    return new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret ?? '' })
  }
  const key = readPrivateKey(privateKey ?? '')
  if (key === null) return null
  const assertion = signedAssertion({ clientId, username: username ?? '', audience: audience ?? base }, key, now)
  return new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
}

function tokenOf(
  result: Exchange,
  auth: TokenSettings['auth'],
  base: string,
  circumstances: { readonly crm: string; readonly now: number },
): Judged<Token> {
  const { crm } = circumstances
  if (result.kind !== 'answer') return refusalOf(result, circumstances).error
  if (result.status > 299) return refusedToken(result, auth, circumstances)
  const answer = TokenAnswer.safeParse(parseJson(result.text)).data
  if (!answer) return brokenGateway(crm, result.status)
  const instanceUrl = trustedInstance(answer.instance_url, base)
  if (instanceUrl === null) {
    const say = 'it says that the org is at an address that is not one of Salesforce. The token is not sent there. Check baseUrl.'
    return new DeliveryError('misconfigured', sentence(crm, say), { status: result.status })
  }
  return { accessToken: answer.access_token, instanceUrl, who: whoOf(answer.id ?? '') }
}

function refusedToken(
  result: Extract<Exchange, { kind: 'answer' }>,
  auth: TokenSettings['auth'],
  circumstances: { readonly crm: string; readonly now: number },
): DeliveryError {
  const { status, headers, text } = result
  const error = TokenError.safeParse(parseJson(text)).data?.error
  const rule = TokenRules.find((one) => one.error === error && (one.auth ?? auth) === auth)
  if (rule !== undefined && status < 500) {
    const delay = retryAfterMs(headers, circumstances.now) ?? rule.delayMs
    const details = delay === undefined ? { status } : { status, retryAfterMs: delay }
    return new DeliveryError(rule.code, sentence(circumstances.crm, rule.say), details)
  }
  if (status !== 400 && status !== 401) return refusalOf(result, circumstances).error
  const say = 'it gives no token, for a reason that Leadsync does not know. Look at Setup, Login History of the integration user.'
  return new DeliveryError('unauthorized', sentence(circumstances.crm, say), { status })
}

/** From the identity URL, `…/id/ORG/USER`. */
function whoOf(id: string): Token['who'] {
  const [, org, user] = /\/id\/(00D[A-Za-z0-9]{12,15})\/(005[A-Za-z0-9]{12,15})$/.exec(id) ?? []
  return org === undefined || user === undefined ? null : { org, user }
}
