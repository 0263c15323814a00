import type { Finding } from '../../../src/core/index.ts'
import type { OrgField, OrgObject } from '../org/describe.ts'
import { isNone, type Kind } from '../org/org.ts'
import { unseen } from './field-findings.ts'

// Of what is written there: `leadsync:`, and a hash of the task's id.
const MarkerLength = 33

/** What is wrong with the field by which this connection's people are known, whatever becomes of their e-mail. */
export function contactIdFindings(kind: Kind, described: OrgObject, name: string): Finding[] {
  if (isNone(name)) return []
  const say = (severity: Finding['severity'], message: string): Finding[] => [{ severity, object: kind, field: name, message }]
  const field = described.field(name)
  if (!field)
    return say(
      'error',
      `${unseen(name, described)}, so people are found by e-mail only, and a ${described.name} may be made twice when an answer is lost. Run \`leadsync provision\`, which makes it and lets the user see it.`,
    )
  if (!field.createable || !field.updateable)
    return say('error', `The user may not write the ${described.name} field "${name}". Let the user edit it (permission set).`)
  const lacks = missingTicks(field)
  if (lacks !== null)
    return say(
      'error',
      `The ${described.name} field "${name}" is not ${lacks}, so a ${described.name} may be made twice when an answer is lost. Tick that in Setup → Object Manager → ${described.name} → Fields, or name another field as contactIdField.`,
    )
  if (!field.caseSensitive) return []
  return say(
    'warning',
    `The ${described.name} field "${name}" minds letter case. Choose "ABC" and "abc" as duplicates for it in Setup.`,
  )
}

/** How tasks are kept from being made twice where the org has no field for their ids. */
export function taskFindings(described: OrgObject | null, name: string): Finding[] {
  const about = (message: string): Finding[] => [
    { severity: 'warning', object: 'task', field: isNone(name) ? null : name, message },
  ]
  if (described === null || !described.createable)
    return about('The user may not make tasks, so follow-ups reach nobody in Salesforce. Give it the permission Edit Tasks.')
  if (isNone(name)) return []
  const field = described.field(name)
  const fault = field ? taskFieldFault(field) : unseen(name, described)
  if (fault === null) return []
  return about(
    `${fault}, so each task carries its id in its text, and is looked for among all tasks of its record before it is made. Run \`leadsync provision\`, which makes the field on Activity and lets the user edit it.`,
  )
}

function taskFieldFault({ name, createable, filterable, length }: OrgField): string | null {
  if (!createable) return `The user may not write the Task field "${name}"`
  return filterable && length >= MarkerLength
    ? null
    : `The Task field "${name}" can't be searched or is shorter than ${MarkerLength} characters`
}

/** Said once for the org as a whole. */
export function noContactIdFinding(name: string): Finding[] {
  if (!isNone(name)) return []
  const message =
    'contactIdField is none, so people are found by e-mail only, those without one are not found again, and a record may be made twice when an answer is lost. Better: run `leadsync provision` with contactIdField: leadsync_contact_id__c.'
  return [{ severity: 'warning', object: null, field: null, message }]
}

function missingTicks({ externalId, unique }: OrgField): string | null {
  const missing = [...(externalId ? [] : ['an external id']), ...(unique ? [] : ['unique'])]
  return missing.length === 0 ? null : missing.join(' and not ')
}
