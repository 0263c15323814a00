import type { Finding, MappingField } from '../../../src/core/index.ts'
import type { Kind, Table, TableName } from '../org/table.ts'

/** Dynamics 365's own opt-outs. They are never mapped; they are read at each match, and set by `doNotContact.mode: opt-out`. */
const OptOuts = ['donotemail', 'donotbulkemail', 'donotphone']
/** Sent whatever the mapping says: placeholders. */
const AlwaysSent = new Set(['subject', 'lastname'])

/** Tables that are not there, or whose definitions the user may not read. */
export function tableFindings(tables: Readonly<Record<TableName, Table>>): Finding[] {
  const all = Object.values(tables)
  const absent = all.filter(({ state }) => state === 'absent').map(({ name }) => absence(name))
  const forbidden = all.filter(({ state }) => state === 'forbidden').map(({ name }) => name)
  if (forbidden.length === 0) return absent
  const message = `The user may not read the definition of ${forbidden.join(', ')}, so lengths, options and columns of your own were not checked, and the usual ones are assumed. Give its security role Read on Entity, Field and Relationship (Customization), or the role Basic User beside it.`
  return [...absent, { severity: 'warning', object: null, field: null, message }]
}

function absence(name: TableName): Finding {
  const message =
    name === 'lead'
      ? 'The environment has no leads: Dynamics 365 Sales is not installed in it. Install it, or check baseUrl.'
      : `The environment has no table ${name}. Check baseUrl.`
  return { severity: 'error', object: name, field: null, message }
}

/** Columns that the forms insist on for a new record and that the mapping never sends. */
export function requiredFindings(kind: Kind, fields: readonly MappingField[], table: Table): Finding[] {
  if (table.state !== 'read') return []
  const mapped = new Set(fields.map(({ name }) => name))
  const unsent = table.columns.filter(
    ({ name, required, createable }) => required && createable && !AlwaysSent.has(name) && !mapped.has(name),
  )
  return unsent.map(({ name }) => ({
    severity: 'warning',
    object: kind,
    field: name,
    message: `The forms of Dynamics 365 insist on "${name}", and the mapping does not send it: whoever opens such a record must fill it in before they can save anything. Add it to the mapping, or make the column optional.`,
  }))
}

/** Opt-outs that can't be seen, and so not be minded; or not be set. */
export function optOutFindings(kind: Kind, table: Table): Finding[] {
  if (table.state !== 'read') return []
  const absent = OptOuts.filter((name) => !table.column(name))
  const readOnly = OptOuts.filter((name) => table.column(name)?.updateable === false)
  return [
    ...about(kind, absent, 'has no', 'Leadsync can not tell who opted out there, and doNotContact.mode: opt-out can not say so'),
    ...about(kind, readOnly, 'does not let anybody change', 'doNotContact.mode: opt-out can not set them'),
  ]
}

function about(kind: Kind, names: readonly string[], lacks: string, effect: string): Finding[] {
  if (names.length === 0) return []
  const message = `The table ${kind} ${lacks} ${names.map((name) => `"${name}"`).join(' and ')}, so ${effect}. Undo that customisation.`
  return [{ severity: 'warning', object: kind, field: null, message }]
}
