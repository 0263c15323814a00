import type { DeliveryErrorCode } from '../../src/core/index.ts'

/** What one of Salesforce's codes means. The sentence is ours; Salesforce's text is localised, may quote the lead, and goes nowhere. */
export interface Rule {
  /** Its name in docs/errors.md, which never changes. */
  readonly id: string
  readonly codes: readonly string[]
  /** Only where it is the answer to the request as a whole, or to one record of it. */
  readonly of?: 'request' | 'record'
  readonly code: DeliveryErrorCode
  readonly say: string
  /** Given, the code is about the fields it names, if it names any: then it is `invalid`, and this follows each name. */
  readonly field?: string
  /** The field it is about where it names none. */
  readonly meant?: string
  /** When Salesforce itself says nothing, in ms. */
  readonly delayMs?: number
}

/** What an answer means whose code, if it has any, is not among the rules. */
export interface StatusRule {
  readonly id: string
  /** Exact, or a range with both ends. */
  readonly status: number | readonly [number, number]
  readonly code: DeliveryErrorCode
  readonly say: string
}

const Correct = 'Correct the lead, the mapping or the org, then replay.'
const Defect = 'This is a defect of Leadsync: please report it.'
const HourMs = 60 * 60_000

/**
 * The first rule that fits wins.
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
 * https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_calls_concepts_core_data_objects.htm
 */
export const Rules: readonly Rule[] = [
  {
    id: 'api-disabled',
    codes: ['API_DISABLED_FOR_ORG'],
    code: 'misconfigured',
    say: "the org has no access to the REST API. Ask its administrator which edition it has, or to give the integration user 'API Enabled'.",
  },
  {
    id: 'api-currently-disabled',
    codes: ['API_CURRENTLY_DISABLED'],
    code: 'unavailable',
    say: 'its API is switched off for now. It is tried again.',
  },
  {
    id: 'invalid-type',
    codes: ['INVALID_TYPE'],
    code: 'misconfigured',
    say: 'the integration user may not see the object. Give its permission set access to Leads, Contacts, Accounts and Tasks.',
  },
  {
    id: 'insufficient-access',
    codes: ['INSUFFICIENT_ACCESS', 'INSUFFICIENT_ACCESS_OR_READONLY', 'FUNCTIONALITY_NOT_ENABLED', 'TXN_SECURITY_NO_ACCESS'],
    of: 'request',
    code: 'misconfigured',
    say: 'the integration user may not do this. Compare its permission set with connectors/salesforce/readme.md.',
  },
  // Only inside of an answer: of a whole request the allowance tells which of the two limits it was.
  {
    id: 'request-limit',
    codes: ['REQUEST_LIMIT_EXCEEDED'],
    code: 'quota_exhausted',
    say: "the org's requests are used up, by all its apps together. It is asked again every 15 minutes; Setup, System Overview shows the limit.",
  },
  {
    id: 'storage-limit',
    codes: ['STORAGE_LIMIT_EXCEEDED'],
    code: 'misconfigured',
    say: 'the org has no data storage left. Delete records or buy storage (Setup, Storage Usage).',
  },
  {
    id: 'unsupported-version',
    codes: ['UNSUPPORTED_API_VERSION'],
    code: 'misconfigured',
    say: 'it no longer speaks the API version that this Leadsync was made for. Update Leadsync.',
  },
  {
    id: 'row-locked',
    codes: ['UNABLE_TO_LOCK_ROW'],
    code: 'conflict',
    say: 'somebody else is writing the record, or its Account. It is tried again.',
  },
  {
    id: 'too-busy',
    codes: [
      'SERVER_UNAVAILABLE',
      'QUERY_TIMEOUT',
      'REQUEST_RUNNING_TOO_LONG',
      'TXN_SECURITY_METERING_ERROR',
      'INVALID_QUERY_LOCATOR',
    ],
    code: 'unavailable',
    say: 'it was too slow or too busy for the request. It is tried again.',
  },
  {
    id: 'approval-lock',
    codes: ['ENTITY_IS_LOCKED'],
    // Not `unavailable`, which may hold the leads of everybody else as well.
    code: 'conflict',
    delayMs: HourMs,
    say: 'an approval process locks the record. It is tried again every hour, some hours long; approve or recall it to be faster.',
  },
  {
    id: 'failed-inside',
    codes: ['UNKNOWN_EXCEPTION', 'ALL_OR_NONE_OPERATION_ROLLED_BACK', 'PROCESSING_HALTED'],
    of: 'record',
    code: 'conflict',
    say: 'it failed inside Salesforce, or another part of the request did. It is looked up again.',
  },
  {
    id: 'external-id-twice',
    codes: ['MULTIPLE_CHOICES', 'DUPLICATE_EXTERNAL_ID'],
    code: 'multiple_matches',
    say: 'several records have the same external id. Make the field unique (connectors/salesforce/readme.md), remove the doubles, then replay.',
  },
  {
    id: 'duplicate-rule',
    codes: ['DUPLICATES_DETECTED'],
    code: 'multiple_matches',
    say: "one of the org's duplicate rules blocks the record, and which of the records that it found is meant can't be told. Merge them or set the rule to Alert, then replay.",
  },
  {
    id: 'duplicate-value',
    codes: ['DUPLICATE_VALUE'],
    code: 'conflict',
    say: 'another record, perhaps in the recycle bin, has the same unique value already. It is looked up again.',
  },
  {
    id: 'lead-converted',
    codes: ['CANNOT_UPDATE_CONVERTED_LEAD'],
    code: 'conflict',
    say: 'the Lead was converted meanwhile. Its Contact is looked up.',
  },
  {
    id: 'record-deleted',
    codes: ['ENTITY_IS_DELETED'],
    code: 'conflict',
    say: 'the record was deleted meanwhile. It is looked up again.',
  },
  {
    id: 'record-not-found',
    codes: ['NOT_FOUND'],
    of: 'record',
    code: 'conflict',
    say: 'the record is not there any more. It is looked up again.',
  },
  {
    id: 'reference-not-found',
    codes: ['INVALID_CROSS_REFERENCE_KEY', 'INVALID_CROSS_REFERENCE_TYPE_FOR_FIELD'],
    code: 'conflict',
    field: 'names a record that is not there, or that the integration user may not see',
    say: 'the record, or one that it refers to, is not there any more. It is looked up again.',
  },
  {
    id: 'record-access',
    codes: [
      'INSUFFICIENT_ACCESS',
      'INSUFFICIENT_ACCESS_OR_READONLY',
      'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY',
      'CANNOT_MODIFY_MANAGED_OBJECT',
    ],
    code: 'invalid',
    field: 'names a record that the integration user may not use',
    say: "the integration user may not change this record. Give it 'Edit' through sharing or 'Modify All' on the object, then replay.",
  },
  {
    id: 'type-for-operation',
    // Of a new person it is everybody's matter (row-answer.ts); of a task, or a record of the other kind, only of some.
    codes: ['INVALID_TYPE_FOR_OPERATION'],
    code: 'invalid',
    say: 'the integration user may not make, or not change, records of this kind. Give its permission set Create and Edit on Leads, Contacts and Tasks, then replay.',
  },
  {
    id: 'owner',
    codes: ['INACTIVE_OWNER_OR_USER', 'INVALID_OWNER', 'OP_WITH_INVALID_USER_TYPE_EXCEPTION', 'TRANSFER_REQUIRES_READ'],
    code: 'invalid',
    meant: 'OwnerId',
    field: 'names a user or queue that is not active or can not own it',
    say: 'its owner is not active or can not own it. Name another owner, then replay.',
  },
  {
    id: 'required-field',
    codes: ['REQUIRED_FIELD_MISSING'],
    code: 'invalid',
    field: 'is required by the org and was not sent',
    say: `a field that the org requires was not sent. ${Correct}`,
  },
  {
    id: 'too-long',
    codes: ['STRING_TOO_LONG', 'DATA_TOO_LARGE'],
    code: 'invalid',
    field: 'is too long',
    say: 'a text is too long for its field. Set maxLength in the mapping, then replay.',
  },
  {
    id: 'e-mail-address',
    codes: ['INVALID_EMAIL_ADDRESS', 'INVALID_EMAIL'],
    code: 'invalid',
    field: 'is not a valid e-mail address',
    say: `an e-mail address is not valid. ${Correct}`,
  },
  {
    id: 'picklist',
    codes: ['INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', 'INVALID_PICKLIST_VALUE'],
    code: 'invalid',
    field: 'is not one of the allowed values',
    say: `a picklist does not allow the value. ${Correct}`,
  },
  {
    id: 'validation-rule',
    codes: ['FIELD_CUSTOM_VALIDATION_EXCEPTION'],
    code: 'invalid',
    field: "is refused by one of the org's validation rules",
    say: `one of the org's validation rules refuses the record. ${Correct}`,
  },
  {
    id: 'field-combination',
    codes: ['FIELD_FILTER_VALIDATION_EXCEPTION', 'FIELD_INTEGRITY_EXCEPTION'],
    code: 'invalid',
    field: 'does not go with the other fields, e.g. a state with its country',
    say: `two fields do not go together, e.g. a state and its country. ${Correct}`,
  },
  {
    id: 'unknown-field',
    codes: ['INVALID_FIELD'],
    code: 'invalid',
    field: 'does not exist, or is hidden from the integration user by field-level security',
    say: `a field does not exist, or is hidden from the integration user by field-level security. ${Correct}`,
  },
  {
    id: 'read-only-field',
    codes: ['INVALID_FIELD_FOR_INSERT_UPDATE', 'CANNOT_INSERT_UPDATE_FIELD', 'FIELD_NOT_UPDATABLE'],
    code: 'invalid',
    field: 'can not be written by the integration user (field-level security, or read-only)',
    say: `a field can not be written by the integration user. ${Correct}`,
  },
  {
    id: 'value-type',
    codes: ['INVALID_TYPE_ON_FIELD_IN_RECORD', 'INVALID_DATE_FORMAT'],
    code: 'invalid',
    field: 'is of another type',
    say: `a value is of another type than its field. Set type in the mapping, then replay.`,
  },
  {
    id: 'number-range',
    codes: ['NUMBER_OUTSIDE_VALID_RANGE'],
    code: 'invalid',
    field: 'is too large or too small a number',
    say: `a number is too large or too small. ${Correct}`,
  },
  {
    id: 'malformed-id',
    codes: ['MALFORMED_ID', 'INVALID_ID_FIELD'],
    code: 'protocol',
    field: 'is not a record id',
    say: `it does not take an id that it was given. ${Defect}`,
  },
  {
    id: 'unreadable-value',
    codes: ['JSON_PARSER_ERROR'],
    code: 'invalid',
    field: 'could not be read',
    say: 'it could not read a date, a number or a true/false among the values. Set type in the mapping, then replay.',
  },
  {
    id: 'trigger',
    codes: ['CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', 'CANNOT_EXECUTE_FLOW_TRIGGER', 'APEX_ERROR', 'LIMIT_EXCEEDED'],
    of: 'record',
    code: 'invalid',
    field: "is refused by one of the org's own triggers or flows",
    say: "one of the org's own triggers or flows refuses the record. Ask its administrator to look into it, then replay.",
  },
  {
    id: 'bad-request',
    codes: [
      'MALFORMED_QUERY',
      'INVALID_QUERY_FILTER_OPERATOR',
      'INVALID_OPERATION',
      'LIMIT_EXCEEDED',
      'EXCEEDED_ID_LIMIT',
      'METHOD_NOT_ALLOWED',
    ],
    code: 'protocol',
    say: `it did not understand our request. ${Defect}`,
  },
]

/** The first that fits wins. */
export const StatusRules: readonly StatusRule[] = [
  {
    id: 'redirect',
    status: [301, 399],
    code: 'misconfigured',
    say: 'it answered with a redirect, which is not followed. Set baseUrl to the My Domain address.',
  },
  {
    id: '401',
    status: 401,
    code: 'unauthorized',
    say: "it does not accept its own new token. Check that the integration user is active and the app's policies (IP ranges, session level) let it in.",
  },
  {
    id: '403',
    status: 403,
    code: 'misconfigured',
    say: "the integration user may not do this. Compare its permission set ('API Enabled' first) with connectors/salesforce/readme.md.",
  },
  {
    id: '404',
    status: 404,
    code: 'misconfigured',
    say: 'it does not know the address that was called. Check baseUrl, and the objects that the integration user may see.',
  },
  { id: '405', status: 405, code: 'protocol', say: `it does not take this method there. ${Defect}` },
  { id: '408', status: 408, code: 'unavailable', say: 'it gave up waiting for the request. It is tried again.' },
  { id: '410', status: 410, code: 'misconfigured', say: 'it no longer has the address that was called. Update Leadsync.' },
  { id: '413', status: [413, 414], code: 'protocol', say: `the request was too long ({status}). ${Defect}` },
  { id: '415', status: 415, code: 'protocol', say: `it does not take this kind of content. ${Defect}` },
  { id: '420', status: 420, code: 'unavailable', say: 'it is too busy ({status}). It is tried again.' },
  { id: '429', status: 429, code: 'rate_limited', say: 'something in front of it takes no more requests for the moment.' },
  { id: '431', status: 431, code: 'protocol', say: `the request was too long ({status}). ${Defect}` },
  { id: '5xx', status: [500, 599], code: 'unavailable', say: 'it is not working right now ({status}). It is tried again.' },
]

/** A request that nothing above is for. */
export const UnknownRequest: Omit<StatusRule, 'status'> = {
  id: 'unknown-request',
  code: 'protocol',
  say: 'it gave an answer that Leadsync does not know ({status}). Please report it.',
}

/** A record with one of the hundreds of codes that nothing above is for: nearly all of them are about what the record says. */
export const UnknownRecord: Rule = {
  id: 'unknown-record',
  codes: [],
  code: 'invalid',
  field: 'was refused',
  say: `it refused the record ({code}). ${Correct}`,
}
