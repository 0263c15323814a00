import type { Finding } from '../../../src/core/index.ts'
import type { AlternateKey, Kind, Table } from '../org/table.ts'
import { contactIdColumnOf, type Settings } from '../settings.ts'

// A UUID, and `.n` for the n-th record after closed ones.
const ContactIdLength = 40

type KeySettings = Pick<Settings, 'contactIdColumn' | 'key'>

/** What is wrong with the column by which this environment's people are known, whatever becomes of their e-mail. */
export function contactIdFindings(kind: Kind, table: Table, { contactIdColumn: name, key }: KeySettings): Finding[] {
  if (contactIdColumnOf({ contactIdColumn: name }) === null || table.state !== 'read') return []
  const say = (severity: Finding['severity'], message: string): Finding[] => [{ severity, object: kind, field: name, message }]
  const column = table.column(name)
  if (!column)
    return say(
      'error',
      `The table ${kind} has no column "${name}", so people are found by e-mail and by the records that Leadsync made, not by who they are. Run \`leadsync provision\`.`,
    )
  if (!column.createable || !column.updateable)
    return say(
      'error',
      `The column "${name}" of ${kind} can't be written. Name another one as contactIdColumn, and run \`leadsync provision\`.`,
    )
  if (column.type !== 'String' || (column.length ?? ContactIdLength) < ContactIdLength)
    return say(
      'error',
      `The column "${name}" of ${kind} is not a single line of text of ${ContactIdLength} characters or more. Change it, or name another one as contactIdColumn.`,
    )
  return key === 'alternate-key' ? keyFindings(table, name, say) : []
}

/** Said once for the environment as a whole. */
export function noContactIdFinding(settings: Pick<Settings, 'contactIdColumn'>): Finding[] {
  if (contactIdColumnOf(settings) !== null) return []
  const message =
    'contactIdColumn is none, so people whom sales entered are found by e-mail only, and those without one are not found again. Better: run `leadsync provision` with contactIdColumn: leadsync_contactid.'
  return [{ severity: 'warning', object: null, field: null, message }]
}

function keyFindings(
  { name: table, keys }: Table,
  column: string,
  say: (severity: Finding['severity'], message: string) => Finding[],
): Finding[] {
  const own = keys.find(({ columns }) => columns.length === 1 && columns[0] === column)
  if (!own)
    return say(
      'error',
      `No alternate key of ${table} is on "${column}" alone, and key is alternate-key. Run \`leadsync provision\`, or set \`key: record-id\`.`,
    )
  return stateFindings(own, say)
}

function stateFindings(
  { name, status }: AlternateKey,
  say: (severity: Finding['severity'], message: string) => Finding[],
): Finding[] {
  if (status === 'Active') return []
  if (status === 'Failed')
    return say(
      'error',
      `The index of the alternate key "${name}" could not be built: two records have the same value. Correct one of them and reactivate the key (Power Apps → Tables → Keys), or set \`key: record-id\`.`,
    )
  return say(
    'error',
    `The index of the alternate key "${name}" is not built yet (${status}). Wait until it is Active; until then new records are refused.`,
  )
}
