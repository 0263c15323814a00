import type { DeliveryErrorCode } from '../../../src/core/index.ts'

/** What one `error` of the token endpoint means. */
export interface TokenRule {
  readonly error: string
  /** Only for this flow. */
  readonly auth?: 'jwt-bearer' | 'client-credentials'
  readonly code: DeliveryErrorCode
  readonly say: string
  readonly delayMs?: number
}

/**
 * The first that fits wins. Its `error_description` tells more, but is text for people that changes; so each sentence names all the causes.
 * https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flow_errors.htm
 */
export const TokenRules: readonly TokenRule[] = [
  {
    error: 'invalid_grant',
    auth: 'jwt-bearer',
    code: 'unauthorized',
    say: "it does not accept the assertion. Check that `username` is right and active, the app has the certificate of `privateKey`, the user's permission set is pre-authorized for the app, `audience` is the My Domain address, no IP range keeps Leadsync out, and this machine's clock is right.",
  },
  {
    error: 'invalid_grant',
    code: 'unauthorized',
    say: "the app has no user to run as, or it may not log in. Set 'Run As' in the app's Client Credentials policies, and check that the user is active and no IP range keeps Leadsync out.",
  },
  {
    error: 'invalid_client_id',
    code: 'unauthorized',
    say: "it does not know `clientId`. Copy the consumer key from the app again, and check that baseUrl is the app's own org.",
  },
  {
    error: 'invalid_client',
    code: 'unauthorized',
    say: "it does not accept `clientId` with `clientSecret`. Copy both from the app's consumer details again.",
  },
  {
    error: 'invalid_client_credentials',
    code: 'unauthorized',
    say: "it does not accept `clientSecret`. Copy it from the app's consumer details again.",
  },
  {
    error: 'invalid_assertion',
    code: 'unauthorized',
    say: 'it does not accept the assertion. Check that the app has the certificate of `privateKey`.',
  },
  {
    error: 'app_not_found',
    code: 'misconfigured',
    say: 'there is no such app in that org. Set baseUrl, and `audience` if given, to the My Domain address of the org that has the External Client App.',
  },
  {
    error: 'unsupported_grant_type',
    code: 'misconfigured',
    say: "the app does not allow this flow. Enable it in the app's OAuth settings (JWT Bearer or Client Credentials, as `auth` says).",
  },
  {
    error: 'unauthorized_client',
    code: 'misconfigured',
    say: "the app does not allow this flow. Enable it in the app's OAuth settings (JWT Bearer or Client Credentials, as `auth` says).",
  },
  {
    error: 'invalid_app_access',
    code: 'unauthorized',
    say: "the integration user is not pre-authorized. Add its permission set to the app's policies.",
  },
  {
    error: 'OAUTH_APP_ACCESS_DENIED',
    code: 'unauthorized',
    say: "the integration user is not pre-authorized. Add its permission set to the app's policies.",
  },
  {
    error: 'OAUTH_APP_BLOCKED',
    code: 'misconfigured',
    say: 'its administrator blocked the app. Unblock it in Setup (Connected Apps OAuth Usage).',
  },
  {
    error: 'invalid_scope',
    code: 'misconfigured',
    say: "the app may not use the API. Add the scope 'Manage user data via APIs (api)' to the app.",
  },
  { error: 'inactive_user', code: 'unauthorized', say: 'the integration user is not active. Activate it.' },
  { error: 'inactive_org', code: 'misconfigured', say: 'the org is locked, closed or suspended. Ask its administrator.' },
  { error: 'invalid_request', code: 'protocol', say: 'it did not understand our request for a token. Please report it.' },
  {
    error: 'rate_limit_exceeded',
    code: 'rate_limited',
    delayMs: 60_000,
    say: 'the integration user logged in too often in the last hour.',
  },
  { error: 'server_error', code: 'unavailable', say: 'its login does not work right now. It is tried again.' },
  { error: 'temporarily_unavailable', code: 'unavailable', say: 'its login does not work right now. It is tried again.' },
  { error: 'unknown_error', code: 'unavailable', say: 'its login does not work right now. It is tried again.' },
]
