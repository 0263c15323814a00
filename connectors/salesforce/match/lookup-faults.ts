import { DeliveryError } from '../../../src/core/index.ts'
import { protocolError, sentence } from '../errors.ts'

/** What the user may not see looks as if nobody had it: everybody would be entered once more. `object`: Salesforce's own name. */
export function hiddenEmail(crm: string, object: string): DeliveryError {
  const say = `the user of this connection can't look people up by ${object}.Email, so everybody would be entered twice. Give the user read access to that field; where it is encrypted, it must be by the deterministic scheme.`
  return new DeliveryError('misconfigured', sentence(crm, say), { fields: ['Email'] })
}

/** More records than a person will ever have. */
export function crowded(crm: string, object: string, most: number): DeliveryError {
  const say = `${most} or more ${object} records have this person's e-mail or contact id. Merge or delete them in Salesforce and replay the lead.`
  return new DeliveryError('multiple_matches', sentence(crm, say))
}

export function tooMuchAtOnce(crm: string): DeliveryError {
  return new DeliveryError(
    'unavailable',
    sentence(crm, 'too many records match the people who were looked up together. The rest is looked up later.'),
  )
}

/** `afterMs`: when the description may be read again at the earliest. */
export function columnsChanged(crm: string, afterMs: number): DeliveryError {
  const say =
    'a field was deleted or hidden since its objects were described. The description is read again, and then the lead is matched again.'
  return new DeliveryError('conflict', sentence(crm, say), { retryAfterMs: afterMs })
}

/**
 * A Contact that nobody can see may be anywhere: to enter the person once more for it would make a second one. Only this lead waits, for
 * Contacts that were deleted for good look the same and are nobody's mistake.
 */
export function unseenContact(crm: string): DeliveryError {
  const say =
    "a Lead of this person was converted, and its Contact can't be seen by the user of this connection, or was deleted for good. Give the user View All for Contacts and replay the lead; where the Contact is really gone, enter the person in Salesforce by hand first."
  return new DeliveryError('invalid', sentence(crm, say))
}

export function mergedTooOften(crm: string): DeliveryError {
  const say = 'the records of this person were merged too many times to follow. Find the one that is left, and replay the lead.'
  return new DeliveryError('invalid', sentence(crm, say))
}

export function unanswered(crm: string): DeliveryError {
  return protocolError(crm, 'a look-up was left without an answer. Please report it.')
}
