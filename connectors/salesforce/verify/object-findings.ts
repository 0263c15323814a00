import { type Finding, type MappingField, nearMatches } from '../../../src/core/index.ts'
import type { OrgObject } from '../org/describe.ts'
import type { Kind } from '../org/org.ts'

/** Salesforce's own opt-outs. They are never mapped; they are read at each match, and set by `doNotContact.mode: opt-out`. */
const OptOuts = ['HasOptedOutOfEmail', 'DoNotCall']
/** Sent whatever the mapping says: placeholders, the account policy, the user of this connection. */
const AlwaysSent = new Set(['LastName', 'Company', 'AccountId', 'OwnerId'])

const HiddenEmail =
  "The user can't look {name}s up by Email, so everybody would be entered twice and nothing is delivered. Let the user see that field (permission set); where it is encrypted, it must be by the deterministic scheme."

/** What the user may not do with this kind of record as a whole. */
export function accessFindings(kind: Kind, described: OrgObject | null, target: Kind): Finding[] {
  const name = kind === 'lead' ? 'Lead' : 'Contact'
  const say = (message: string): Finding[] => [{ severity: 'error', object: kind, field: null, message }]
  if (described === null)
    return say(
      `The user may not see ${name}s at all. Give it Read, Create and Edit on ${name} (permission set), and check its licence.`,
    )
  if (kind === target && !described.createable)
    return say(`The user may not create ${name}s. Give it Create on ${name} (permission set).`)
  const email = described.field('Email')
  if (!email?.filterable) return say(HiddenEmail.replace('{name}', name))
  return described.updateable ? [] : say(`The user may not change ${name}s. Give it Edit on ${name} (permission set).`)
}

/** Fields that Salesforce insists on for a new record and that the mapping does not send for sure. */
export function requiredFindings(kind: Kind, fields: readonly MappingField[], described: OrgObject): Finding[] {
  const mapped = new Map(fields.map((field) => [field.name.toLowerCase(), field]))
  const required = described.fields.filter(
    (field) =>
      field.createable && !field.nillable && !field.defaultedOnCreate && field.type !== 'boolean' && !AlwaysSent.has(field.name),
  )
  return required.flatMap(({ name }): Finding[] => {
    const field = mapped.get(name.toLowerCase())
    if (field && (isSet(field.literal) || isSet(field.fallback))) return []
    const message = field
      ? `Salesforce takes no ${described.name} without "${name}". A lead that has nothing for it is parked; give it a default.`
      : `Salesforce takes no ${described.name} without "${name}", and the mapping does not send it, so every new ${described.name} is refused. Add it to the mapping.`
    return [{ severity: field ? 'warning' : 'error', object: kind, field: name, message }]
  })
}

/** Opt-outs that can't be seen, and so not be minded; or not be set. */
export function optOutFindings(kind: Kind, described: OrgObject): Finding[] {
  const hidden = OptOuts.filter((name) => !described.field(name))
  const readOnly = OptOuts.filter((name) => described.field(name)?.updateable === false)
  const say = (names: readonly string[], may: string, effect: string): Finding[] =>
    names.length === 0
      ? []
      : [
          {
            severity: 'warning',
            object: kind,
            field: null,
            message: `The user may not ${may} ${names.map((name) => `"${name}"`).join(' and ')} of ${described.name}, so ${effect}. Change that in the permission set.`,
          },
        ]
  return [
    ...say(hidden, 'see', 'Leadsync can not tell who opted out there, and doNotContact.mode: opt-out can not say so'),
    ...say(readOnly, 'edit', 'doNotContact.mode: opt-out can not set them'),
  ]
}

/** Settings that name a status which the org does not have. */
export function statusFindings(
  leads: OrgObject | null,
  tasks: OrgObject | null,
  settings: { readonly closedStatuses: readonly string[]; readonly withdrawnTaskStatus: string },
): Finding[] {
  const ofLeads = statusesOf(leads)
  const ofTasks = statusesOf(tasks)
  return [
    ...(ofLeads ? closedFindings(settings.closedStatuses, ofLeads) : []),
    ...(ofTasks ? withdrawnFindings(settings.withdrawnTaskStatus, ofTasks) : []),
  ]
}

function closedFindings(named: readonly string[], known: readonly string[]): Finding[] {
  const say = (message: string): Finding => ({ severity: 'warning', object: 'lead', field: 'Status', message })
  const unknown = named.filter((status) => !includes(known, status))
  if (named.length > 0 && unknown.length === named.length)
    return [
      say(`closedStatuses names nothing that Lead.Status has, so no Lead counts as closed. ${choiceOf(named[0] ?? '', known)}`),
    ]
  // The shipped list names what several kinds of org have, so one hit is enough; a slip of the pen is said all the same.
  return unknown.flatMap((status) => {
    const [near] = nearMatches(status, known, 1)
    if (near === undefined || includes(named, near)) return []
    return [say(`Lead.Status has no "${status}" (closedStatuses). Did you mean "${near}"?`)]
  })
}

function withdrawnFindings(status: string, known: readonly string[]): Finding[] {
  if (includes(known, status)) return []
  const message = `Task.Status has no "${status}" (withdrawnTaskStatus), so tasks can't be withdrawn. ${choiceOf(status, known)}`
  return [{ severity: 'error', object: 'task', field: 'Status', message }]
}

function statusesOf(described: OrgObject | null): readonly string[] | null {
  return described?.field('Status')?.options?.map(({ value }) => value) ?? null
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}

function includes(options: readonly string[], status: string): boolean {
  return options.some((option) => option.toLowerCase() === status.toLowerCase())
}

function choiceOf(wanted: string, options: readonly string[]): string {
  const [near] = nearMatches(wanted, options, 1)
  return near ? `Did you mean "${near}"?` : `It has ${options.map((one) => `"${one}"`).join(', ')}.`
}
