import type { AccessToken, TokenCredential, TokenCredentialOptions } from '@azure/identity'
import { type Exchange, systemCodeOf } from '../../kit/exchange.ts'
import type { Settings } from '../settings.ts'
import { pemText } from './certificate.ts'

export type CredentialSettings = Pick<
  Settings,
  | 'baseUrl'
  | 'auth'
  | 'tenantId'
  | 'clientId'
  | 'clientSecret'
  | 'certificate'
  | 'tokenFile'
  | 'token'
  | 'authorityHost'
  | 'authorityCa'
  | 'scope'
  | 'timeoutMs'
>

/** A credential, and what its last request was answered. */
export interface Credential {
  getToken(): Promise<AccessToken | null>
  /** Null where it made none, or none that can be seen (managed identity). */
  seen(): Exchange | null
}

const Clouds: readonly [RegExp, string][] = [
  [/\.dynamics\.cn$/, 'https://login.partner.microsoftonline.cn'],
  [/\.(microsoftdynamics|appsplatform)\.us$/, 'https://login.microsoftonline.us'],
]
const PublicCloud = 'https://login.microsoftonline.com'
const MicrosoftHosts = [PublicCloud, ...Clouds.map(([, host]) => host)]

/** Where tokens for this environment come from: Microsoft's login for the cloud it is in, unless another is configured. */
export function authorityOf({ baseUrl, authorityHost }: Pick<CredentialSettings, 'baseUrl' | 'authorityHost'>): string {
  if (authorityHost !== undefined) return authorityHost.replace(/\/$/, '')
  const { hostname } = new URL(baseUrl)
  return Clouds.find(([pattern]) => pattern.test(hostname))?.[1] ?? PublicCloud
}

/**
 * A new credential of the SDK, with an empty cache. Its own retries are off, and so are redirects, along which it would send the secret; the
 * signal, which it ignores, is put into its requests.
 */
export async function createCredential(settings: CredentialSettings, signal: AbortSignal): Promise<Credential> {
  const { auth, baseUrl, scope = `${new URL(baseUrl).origin}/.default` } = settings
  if (auth === 'static-token') return fixed(settings.token ?? '')
  // Here and not above: it takes a third of a second to load, and most installations have no Dynamics 365.
  const identity = await import('@azure/identity')
  const watch = watching(signal)
  const options = { ...optionsOf(settings), additionalPolicies: [{ policy: watch.policy, position: 'perRetry' as const }] }
  const credential = credentialOf(auth, settings, options, identity)
  return { getToken: () => credential.getToken(scope), seen: watch.seen }
}

function credentialOf(
  auth: Exclude<Settings['auth'], 'static-token'>,
  { tenantId = '', clientId = '', clientSecret = '', certificate = '', tokenFile = '' }: CredentialSettings,
  options: TokenCredentialOptions,
  identity: typeof import('@azure/identity'),
): TokenCredential {
  switch (auth) {
    case 'client-secret':
      return new identity.ClientSecretCredential(tenantId, clientId, clientSecret, options)
    case 'client-certificate':
      return new identity.ClientCertificateCredential(tenantId, clientId, { certificate: pemText(certificate) }, options)
    case 'workload-identity':
      return new identity.WorkloadIdentityCredential({ ...options, tenantId, clientId, tokenFilePath: tokenFile })
    case 'managed-identity':
      return new identity.ManagedIdentityCredential({ ...options, ...(clientId === '' ? {} : { clientId }) })
  }
}

function fixed(token: string): Credential {
  return {
    getToken: async () => ({ token, expiresOnTimestamp: Number.POSITIVE_INFINITY }),
    seen: () => null,
  }
}

function optionsOf(settings: CredentialSettings) {
  const authorityHost = authorityOf(settings)
  const { authorityCa } = settings
  return {
    authorityHost,
    // The SDK would ask Microsoft whether it knows a private authority.
    disableInstanceDiscovery: !MicrosoftHosts.includes(authorityHost),
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    ...(authorityCa === undefined ? {} : { tlsOptions: { ca: pemText(authorityCa) } }),
  }
}

/** The part that we use of what the SDK calls a pipeline. */
interface SdkRequest {
  abortSignal?: unknown
}

interface SdkAnswer {
  readonly status: number
  readonly headers: { toJSON(): Record<string, string> }
  readonly bodyAsText?: string | null
}

/** Sees what the authority answers: the SDK's errors lack the HTTP status, or keep the code in a text only. */
function watching(signal: AbortSignal) {
  let seen: Exchange | null = null

  async function sendRequest<Q extends SdkRequest, A extends SdkAnswer>(
    request: Q,
    next: (request: Q) => Promise<A>,
  ): Promise<A> {
    request.abortSignal = signal
    seen = null
    try {
      const answer = await next(request)
      seen = {
        kind: 'answer',
        status: answer.status,
        headers: new Headers(answer.headers.toJSON()),
        text: answer.bodyAsText ?? '',
      }
      return answer
    } catch (error) {
      seen = signal.aborted ? { kind: 'cancelled' } : { kind: 'network', code: systemCodeOf(error) }
      throw error
    }
  }

  return { policy: { name: 'leadsync', sendRequest }, seen: () => seen }
}
