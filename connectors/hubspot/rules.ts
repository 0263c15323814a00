import type { DeliveryErrorCode } from '../../src/core/index.ts'
import type { Reach } from '../kit/bisect.ts'

/** What one kind of answer means. The sentence is ours; HubSpot's text goes nowhere. */
export interface Rule {
  /** Its name in docs/errors.md, which never changes. */
  readonly id: string
  /** Exact status, or a range of them, both included. */
  readonly status: number | readonly [number, number]
  readonly category?: string
  readonly policy?: string
  /** Tried on HubSpot's text, which itself goes nowhere: some refusals have no code of their own. */
  readonly text?: RegExp
  readonly code: DeliveryErrorCode
  readonly reach: Reach
  /** When HubSpot itself says nothing. `midnight` and `interval` are asked of the portal's zone and the rate header. */
  readonly delay?: number | 'midnight' | 'interval'
  readonly say: string
}

/** The first rule that fits wins. https://developers.hubspot.com/docs/api-reference/error-handling */
export const Rules: readonly Rule[] = [
  {
    id: 'redirect',
    status: [300, 399],
    code: 'misconfigured',
    reach: 'org',
    say: 'it answered with a redirect, which is not followed. Check baseUrl.',
  },
  {
    id: '400-not-unique',
    status: 400,
    text: /non-unique/i,
    code: 'invalid',
    reach: 'request',
    say: 'the property named by contactIdProperty is not one with unique values. Create it as connectors/hubspot/readme.md says, then replay.',
  },
  {
    id: '400-edit-associations',
    status: 400,
    text: /Edit Associations/i,
    code: 'misconfigured',
    reach: 'org',
    say: 'its token lacks the permission "Edit Associations". Grant it to the token\'s user.',
  },
  {
    id: '400-contact-gone',
    status: 400,
    text: /associations are invalid/i,
    code: 'conflict',
    reach: 'row',
    say: 'the contact is not there any more. It is looked up again.',
  },
  {
    id: '400-association-kind',
    status: 400,
    text: /invalid from object type/i,
    code: 'protocol',
    reach: 'request',
    say: 'it does not take this kind of association. This is a defect of Leadsync: please report it.',
  },
  {
    id: '400-request',
    status: 400,
    text: /Duplicate IDs|Invalid input JSON/i,
    code: 'protocol',
    reach: 'row',
    say: 'it did not understand our request. This is a defect of Leadsync: please report it.',
  },
  {
    id: '400-validation',
    status: 400,
    category: 'VALIDATION_ERROR',
    code: 'invalid',
    reach: 'row',
    say: "it refused the record without naming a field. Compare the lead with the portal's own rules for contacts, then replay.",
  },
  {
    id: '401',
    status: 401,
    code: 'unauthorized',
    reach: 'org',
    say: 'it does not accept the token. Make a new service key, or correct `token`.',
  },
  {
    id: '403-scope',
    status: 403,
    category: 'MISSING_SCOPES',
    code: 'misconfigured',
    reach: 'org',
    say: 'the token lacks a scope{scopes}. Add it to the service key.',
  },
  {
    id: '403-banned',
    status: 403,
    category: 'BANNED',
    code: 'misconfigured',
    reach: 'org',
    say: 'the app or the account is banned. Ask its support.',
  },
  {
    id: '403',
    status: 403,
    code: 'misconfigured',
    reach: 'org',
    say: 'the token may not do this. Check the scopes of the service key and the state of the account.',
  },
  {
    id: '404-contact',
    status: 404,
    category: 'OBJECT_NOT_FOUND',
    code: 'conflict',
    reach: 'row',
    say: 'the contact is not there any more. It is looked up again.',
  },
  {
    id: '404',
    status: 404,
    code: 'misconfigured',
    reach: 'org',
    say: 'it does not know the address that was called. Check baseUrl and apiVersion.',
  },
  {
    id: '405',
    status: 405,
    code: 'protocol',
    reach: 'request',
    say: 'it does not take this method there. This is a defect of Leadsync: please report it.',
  },
  { id: '408', status: 408, code: 'unavailable', reach: 'org', say: 'it gave up waiting for the request. It is tried again.' },
  {
    id: '409-exists',
    status: 409,
    category: 'OBJECT_ALREADY_EXISTS',
    code: 'conflict',
    reach: 'row',
    say: 'it has one of that name already.',
  },
  {
    id: '409',
    status: 409,
    code: 'conflict',
    reach: 'row',
    say: 'another contact already has this e-mail or contact id. It is looked up again.',
  },
  {
    id: '414-identities',
    status: 414,
    text: /identities/i,
    code: 'invalid',
    reach: 'row',
    say: 'the contact has as many e-mail addresses as it can have. Remove some in HubSpot, then replay.',
  },
  {
    id: '413',
    status: [413, 414],
    code: 'invalid',
    reach: 'row',
    say: 'the record is too long. Shorten the longest mapped fields with maxLength, then replay.',
  },
  {
    id: '415',
    status: 415,
    code: 'protocol',
    reach: 'request',
    say: 'it does not take this kind of content. This is a defect of Leadsync: please report it.',
  },
  {
    id: '423',
    status: 423,
    code: 'unavailable',
    reach: 'org',
    delay: 2_000,
    say: 'the records are locked for a moment. It is tried again.',
  },
  {
    id: '429-second',
    status: 429,
    policy: 'SECONDLY',
    code: 'rate_limited',
    reach: 'org',
    delay: 1_000,
    say: 'too many requests in one second.',
  },
  {
    id: '429-day',
    status: 429,
    policy: 'DAILY',
    code: 'quota_exhausted',
    reach: 'org',
    delay: 'midnight',
    say: "the account's daily requests are used up, by all its apps together. It goes on at midnight in the portal's time zone.",
  },
  { id: '429', status: 429, code: 'rate_limited', reach: 'org', delay: 'interval', say: 'too many requests in ten seconds.' },
  {
    id: '477',
    status: 477,
    code: 'unavailable',
    reach: 'org',
    say: 'the account is being moved to another data centre. It is tried again when HubSpot says so.',
  },
  {
    id: '522',
    status: 522,
    code: 'unavailable',
    reach: 'org',
    say: 'its own servers did not answer its gateway (522). It is tried again; if this lasts, tell its support.',
  },
  {
    id: '525',
    status: [525, 526],
    code: 'unavailable',
    reach: 'org',
    say: 'its gateway and its servers have no trust in each other ({status}). It is tried again; if this lasts, tell its support.',
  },
  {
    id: '5xx',
    status: [500, 599],
    code: 'unavailable',
    reach: 'org',
    say: 'it is not working right now ({status}). It is tried again.',
  },
]

export const Unknown: Rule = {
  id: 'unknown',
  status: 0,
  code: 'protocol',
  reach: 'row',
  say: 'it gave an answer that Leadsync does not know ({status}). Please report it.',
}
