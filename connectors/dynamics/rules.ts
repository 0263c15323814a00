import type { DeliveryErrorCode } from '../../src/core/index.ts'

/** What one of Dataverse's codes means. The sentence is ours; Dataverse's text is localised, may quote the lead, and goes nowhere. */
export interface Rule {
  /** Its name in docs/errors.md, which never changes. */
  readonly id: string
  /** In lower case. */
  readonly codes: readonly string[]
  /** Only with this HTTP status. */
  readonly status?: number
  readonly code: DeliveryErrorCode
  readonly say: string
  /** Given, and the refusal names columns that were sent: it is `invalid`, and this follows each name. */
  readonly field?: string
}

/** What an answer means whose code, if it has any, is not among the rules. */
export interface StatusRule {
  readonly id: string
  /** Exact, or a range with both ends. */
  readonly status: number | readonly [number, number]
  /** Only where it is the answer to the writing of one record, in the form of an error of the API. */
  readonly of?: 'record'
  readonly code: DeliveryErrorCode
  readonly say: string
}

const Correct = 'Correct the lead, the mapping or the environment, then replay.'
const Defect = 'This is a defect of Leadsync: please report it.'
const Again = 'It is looked up again.'

/**
 * The first rule that fits wins. By code, whatever the HTTP status: 0x80040333 comes as 412 and as 500.
 * https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/compose-http-requests-handle-errors
 */
export const Rules: readonly Rule[] = [
  {
    id: 'limit-requests',
    codes: ['0x80072322'],
    code: 'rate_limited',
    say: 'the requests that it takes from one app in five minutes are used up.',
  },
  {
    id: 'limit-time',
    codes: ['0x80072321'],
    code: 'rate_limited',
    say: "the app's requests took more of its working time than it gives in five minutes. Leadsync sends fewer at once.",
  },
  {
    id: 'limit-concurrency',
    codes: ['0x80072326', '0x80072327'],
    code: 'rate_limited',
    say: 'too many requests of the app run at once. Leadsync sends fewer at once.',
  },
  {
    id: 'limit-other',
    codes: ['0x8005f103', '0x80048d04'],
    code: 'rate_limited',
    say: 'it takes no more requests for the moment.',
  },
  {
    id: 'token',
    codes: ['0x80044302'],
    code: 'unauthorized',
    say: 'it does not accept its own new token. Check that `tenantId` is the tenant of this environment, and `scope` if given.',
  },
  {
    id: 'no-application-user',
    codes: ['0x80072560'],
    code: 'misconfigured',
    say: 'the app has no application user in this environment. Add one for `clientId` (Power Platform admin center, Users, Application users), with the security role that connectors/dynamics/readme.md describes.',
  },
  {
    id: 'user-disabled',
    codes: ['0x80072522', '0x80040225'],
    status: 403,
    code: 'misconfigured',
    say: 'the application user is disabled in this environment. Enable it (Power Platform admin center, Users, Application users).',
  },
  {
    id: 'privilege',
    codes: ['0x80040220'],
    code: 'misconfigured',
    say: 'the application user lacks the privilege {privilege}. Add it to its security role, for the whole organization (connectors/dynamics/readme.md).',
  },
  {
    id: 'access-denied',
    codes: ['0x80048405'],
    code: 'misconfigured',
    say: 'the application user may not do this. Compare its security role with connectors/dynamics/readme.md.',
  },
  {
    id: 'environment-disabled',
    codes: ['0x8004a104'],
    code: 'misconfigured',
    say: 'the environment is disabled. Ask its administrator (Power Platform admin center).',
  },
  {
    id: 'alternate-key',
    codes: ['0x80060890'],
    code: 'misconfigured',
    say: 'the alternate key that `key: alternate-key` needs is not there, or not active yet. Run `leadsync provision`, or wait until it is active.',
  },
  {
    id: 'unknown-table',
    codes: ['0x80060888', '0x8006088a'],
    status: 404,
    code: 'misconfigured',
    say: 'it does not know a table that was asked for. Check that Dynamics 365 Sales is installed in this environment.',
  },
  {
    id: 'database-busy',
    codes: ['0x80044150', '0x80044151', '0x80040216', '0x80044339', '0x80040255', '0x80048d03', '0x80048d07'],
    code: 'unavailable',
    say: 'its database was too slow or too busy for the request, or it failed inside. It is tried again.',
  },
  {
    id: 'duplicate-rule',
    codes: ['0x80040333'],
    code: 'multiple_matches',
    say: "one of the environment's duplicate detection rules blocks the record, and which of those that it found is meant can't be told. Merge them, or set `detectDuplicates: false`, then replay.",
  },
  {
    id: 'key-twice',
    codes: ['0x8006089d'],
    code: 'multiple_matches',
    say: 'several records have the same key. Remove the doubles, then replay.',
  },
  {
    id: 'record-exists',
    codes: ['0x80060892', '0x80040237'],
    code: 'conflict',
    say: `another record has the same id or key already. ${Again}`,
  },
  { id: 'record-changed', codes: ['0x80060882'], code: 'conflict', say: `somebody else changed the record meanwhile. ${Again}` },
  {
    id: 'record-not-found',
    codes: ['0x80040217', '0x80060891'],
    code: 'conflict',
    say: `the record, or one that it refers to, is not there any more. ${Again}`,
  },
  {
    id: 'record-closed',
    codes: ['0x80040519', '0x80040230'],
    code: 'conflict',
    say: `the record was closed meanwhile. ${Again}`,
  },
  {
    id: 'record-access',
    codes: ['0x80048306'],
    code: 'invalid',
    say: 'the application user may not use this record, or one that it refers to. Give the privileges of its security role for the whole organization, then replay.',
  },
  {
    id: 'secured-column',
    codes: ['0x8004f502', '0x8004f503', '0x8004f507'],
    code: 'invalid',
    field: 'is secured, and the application user may not write it',
    say: 'a column is secured, and the application user may not write it. Add the user to its column security profile, or take the column out of the mapping, then replay.',
  },
  {
    id: 'too-long',
    codes: ['0x80044331'],
    code: 'invalid',
    field: 'is too long',
    say: 'a text is too long for its column. Set maxLength in the mapping, then replay.',
  },
  {
    id: 'choice',
    codes: ['0x8004431a'],
    code: 'invalid',
    field: 'is not one of the allowed values',
    say: `a choice does not have the value. ${Correct}`,
  },
  {
    id: 'number-range',
    codes: ['0x8004432f', '0x80044330'],
    code: 'invalid',
    field: 'is too large or too small a number',
    say: `a number is too large or too small. ${Correct}`,
  },
  {
    id: 'unknown-column',
    codes: ['0x80048d19'],
    code: 'invalid',
    field: 'does not exist, or holds another type of value',
    say: `a column does not exist, or holds another type of value. ${Correct}`,
  },
  {
    id: 'required-column',
    codes: ['0x80040200'],
    code: 'invalid',
    field: 'is required by the environment and was not sent',
    say: `a column that the environment requires was not sent. ${Correct}`,
  },
  {
    id: 'bad-value',
    codes: ['0x80040203'],
    code: 'invalid',
    field: 'was refused',
    say: `it does not take one of the values. ${Correct}`,
  },
  {
    id: 'plug-in',
    codes: ['0x80040265', '0x80040224', '0x80048d02', '0x80048d05', '0x80048d06'],
    code: 'invalid',
    field: "is refused by one of the environment's own plug-ins or workflows",
    say: "one of the environment's own plug-ins or workflows refuses the record. Ask its administrator to look into it, then replay.",
  },
  {
    id: 'bad-request',
    codes: ['0x80060888', '0x8006088a', '0x8006088d', '0x8004418a'],
    code: 'protocol',
    say: `it did not understand our request. ${Defect}`,
  },
]

/** The first that fits wins. */
export const StatusRules: readonly StatusRule[] = [
  {
    id: 'redirect',
    status: [300, 399],
    code: 'misconfigured',
    say: "it answered with a redirect, which is not followed. Set baseUrl to the environment's own address.",
  },
  { id: '400-record', status: 400, of: 'record', code: 'invalid', say: `it refused the record ({code}). ${Correct}` },
  {
    id: '401',
    status: 401,
    code: 'unauthorized',
    say: 'it does not accept its own new token. Check that `tenantId` is the tenant of this environment, and `scope` if given.',
  },
  {
    id: '403',
    status: 403,
    code: 'misconfigured',
    say: 'the application user may not do this. Compare its security role with connectors/dynamics/readme.md, and check that no firewall or conditional access keeps Leadsync out.',
  },
  { id: '404-record', status: 404, of: 'record', code: 'conflict', say: `the record is not there any more. ${Again}` },
  {
    id: '404',
    status: 404,
    code: 'misconfigured',
    say: "it does not know the address that was called. Check that baseUrl is the environment's own, and that Dynamics 365 Sales is installed there.",
  },
  { id: '405', status: 405, code: 'protocol', say: `it does not take this method there. ${Defect}` },
  { id: '408', status: 408, code: 'unavailable', say: 'it gave up waiting for the request. It is tried again.' },
  { id: '409-record', status: 409, of: 'record', code: 'conflict', say: `somebody else is writing the record. ${Again}` },
  { id: '410', status: 410, code: 'misconfigured', say: 'it no longer has the address that was called. Update Leadsync.' },
  { id: '412', status: 412, code: 'conflict', say: `the record is there already, or was changed meanwhile. ${Again}` },
  { id: '413', status: [413, 414], code: 'protocol', say: `the request was too long ({status}). ${Defect}` },
  { id: '415', status: 415, code: 'protocol', say: `it does not take this kind of content. ${Defect}` },
  {
    id: '429',
    status: 429,
    code: 'rate_limited',
    say: 'it, or something in front of it, takes no more requests for the moment.',
  },
  { id: '431', status: 431, code: 'protocol', say: `the request was too long ({status}). ${Defect}` },
  { id: '501', status: 501, code: 'protocol', say: `it does not take this request. ${Defect}` },
  { id: '5xx', status: [500, 599], code: 'unavailable', say: 'it is not working right now ({status}). It is tried again.' },
]

/** A 401 where `auth` is `static-token`, which only the sandbox has. */
export const FixedTokenRefused: Omit<StatusRule, 'status'> = {
  id: '401-sandbox',
  code: 'unauthorized',
  say: 'the sandbox does not take `token`. Give the one that it was started with.',
}

/** A request that nothing above is for. */
export const Unknown: Omit<StatusRule, 'status'> = {
  id: 'unknown',
  code: 'protocol',
  say: 'it gave an answer that Leadsync does not know ({status}, {code}). Please report it.',
}
