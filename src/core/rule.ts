/** Which rule made a decision, for the contact's history; the text says it to a person. */
export const Rules = {
  'nobody-matched': 'nobody in the CRM matched',
  'one-matched': 'a record of the CRM matched',
  'newest-of-several': 'several records matched, this is the newest (onMany: newest)',
  'after-closed': 'the earlier record is closed, and this is a new start (onClosed: new-record)',
  'onto-closed': 'the record is closed (onClosed: task)',
  'after-deleted': 'the earlier record was deleted (onDeleted: recreate)',
  'older-lead': 'a newer lead was delivered before, so only empty fields are filled',
  'delivered-before': 'the lead was delivered before',
  'before-closed': 'the record was closed after it',
  'before-deleted': 'the record was deleted after it',
  'do-not-contact': 'a do-not-contact writes its markers only',
  'no-to-skip': 'this CRM is told of no do-not-contact (doNotContact.mode: skip)',
  'no-to-deleted': 'a do-not-contact brings nobody back who was deleted',
  'no-to-nobody': 'a do-not-contact enters nobody (doNotContact.createIfMissing: false)',
} as const

export type Rule = keyof typeof Rules
