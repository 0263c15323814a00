import type { TableDefinition } from './catalog/table-definition.ts'
import type { Instance } from './instance.ts'
import type { OrgError, OrgRow } from './org.ts'
import { problem } from './problem.ts'

const guardedTables = ['lead', 'contact', 'account']

/**
 * The rules that every org comes with: another row of the table, closed ones too, has the same e-mail. The status is disputed:
 * 500 by https://github.com/MicrosoftDocs/powerapps-docs/issues/1951, 412 by the status table of the Web API.
 */
export function checkDuplicates(
  { rules, say, store }: Instance,
  table: TableDefinition,
  id: string,
  changes: OrgRow,
): OrgError | null {
  const email = changes.emailaddress1
  if (rules.duplicateStatus === null || !guardedTables.includes(table.logicalName) || email == null) return null
  const twin = store.holders(table.logicalName, ['emailaddress1'], [email]).find((one) => one !== id)
  return twin === undefined ? null : problem(rules.duplicateStatus, '0x80040333', say.duplicateFound())
}
