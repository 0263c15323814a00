import type { Finding, Mapping } from '../../../src/core/index.ts'
import { isPassing } from '../../kit/passing.ts'
import { mappingFindings } from '../../kit/people/mapping-findings.ts'
import type { Api } from '../api.ts'
import { readCatalog } from '../org/org.ts'
import type { Kind, Table } from '../org/table.ts'
import type { Settings } from '../settings.ts'
import { Page } from '../wire.ts'
import { columnFindings } from './column-findings.ts'
import { contactIdFindings, noContactIdFinding } from './key-findings.ts'
import { ownerFindings } from './owner-findings.ts'
import { privilegeFindings } from './privilege-findings.ts'
import { optOutFindings, requiredFindings, tableFindings } from './table-findings.ts'

export interface VerifyContext {
  readonly api: Api
  readonly crm: string
  readonly settings: Pick<Settings, 'target' | 'onContact' | 'contactIdColumn' | 'key' | 'detectDuplicates'>
  readonly signal: AbortSignal
}

/**
 * What stands between this mapping and this environment, the environment's own matters first. It is read anew, as what makes or breaks a
 * column (whether it may be written, its options by label) is more than a catalog tells. Reads only.
 */
export async function verifyOrg(mapping: Mapping, context: VerifyContext): Promise<Finding[]> {
  const { api, crm, settings, signal } = context
  const { tables } = await readCatalog(api, crm, settings, signal)
  return [
    ...tableFindings(tables),
    ...(await privilegeFindings(mapping, context)),
    ...(await duplicateFindings(context)),
    ...noContactIdFinding(settings),
    ...mappingFindings(mapping),
    ...kindFindings('lead', mapping, tables.lead, settings),
    ...kindFindings('contact', mapping, tables.contact, settings),
    ...(await ownerFindings(mapping, context)),
  ]
}

function kindFindings(kind: Kind, mapping: Mapping, table: Table, settings: VerifyContext['settings']): Finding[] {
  if (table.state === 'absent') return []
  const fields = mapping.get(kind) ?? []
  return [
    ...contactIdFindings(kind, table, settings),
    ...fields.filter(({ name }) => name !== settings.contactIdColumn).flatMap((field) => columnFindings(kind, field, table)),
    ...(kind === settings.target ? requiredFindings(kind, fields, table) : []),
    ...optOutFindings(kind, table),
  ]
}

const Published = 2

/** Rules that are switched on here but not there. https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/duplicaterule */
async function duplicateFindings({ api, settings, signal }: VerifyContext): Promise<Finding[]> {
  if (!settings.detectDuplicates) return []
  const reply = await api.get(`duplicaterules?$select=baseentityname&$filter=statuscode%20eq%20${Published}`, signal)
  if (reply.kind === 'refused' && isPassing(reply.error)) throw reply.error
  const rules = reply.kind === 'ok' ? Page.safeParse(reply.body).data?.value : undefined
  if (!rules || rules.some(({ baseentityname }) => baseentityname === settings.target)) return []
  const message = `detectDuplicates is on, but no duplicate detection rule for ${settings.target}s is published, so it finds none. Publish one (Settings → Data Management → Duplicate Detection Rules), or set it to false.`
  return [{ severity: 'warning', object: settings.target, field: null, message }]
}
