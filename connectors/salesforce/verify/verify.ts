import type { Finding, Mapping } from '../../../src/core/index.ts'
import { mappingFindings } from '../../kit/people/mapping-findings.ts'
import { longId } from '../org/ids.ts'
import { type Kind, type OrgReading, readCatalog } from '../org/org.ts'
import type { QueryContext } from '../requests/query.ts'
import { inList } from '../requests/soql.ts'
import type { Settings } from '../settings.ts'
import { FieldOf, isMatching } from '../write/accounts.ts'
import { fieldFindings } from './field-findings.ts'
import { contactIdFindings, noContactIdFinding, taskFindings } from './key-findings.ts'
import { accessFindings, optOutFindings, requiredFindings, statusFindings } from './object-findings.ts'
import { ownerFindings } from './owner-findings.ts'
import { records, viewAllFindings } from './view-all.ts'

export interface VerifyContext extends QueryContext {
  readonly settings: Settings
}

// A day's requests are shared by all that talks to the org, so little left means that leads may soon have to wait.
const LowShare = 0.2
const LowCount = 1_000

/**
 * What stands between this mapping and this org, the org's own matters first. It is read anew, as what makes or breaks a field (who may
 * write it, whether it is required) is more than a catalog tells. Reads only.
 */
export async function verifyOrg(mapping: Mapping, context: VerifyContext): Promise<Finding[]> {
  const { settings } = context
  const { objects } = await readCatalog(context.api, context.crm, context.signal)
  const findings = [
    ...(await viewAllFindings(context)),
    ...(await accountFindings(context)),
    ...noContactIdFinding(settings.contactIdField),
    ...mappingFindings(mapping),
    ...kindFindings('lead', mapping, objects, settings),
    ...kindFindings('contact', mapping, objects, settings),
    ...taskFindings(objects.task, settings.taskIdField),
    ...statusFindings(objects.lead, objects.task, settings),
    ...(await ownerFindings(mapping, context)),
  ]
  return [...usageFindings(context), ...findings]
}

function kindFindings(kind: Kind, mapping: Mapping, objects: OrgReading['objects'], settings: Settings): Finding[] {
  const described = objects[kind]
  const access = accessFindings(kind, described, settings.target)
  if (described === null) return access
  const fields = mapping.get(kind) ?? []
  // Both have findings of their own.
  const isSaid = (name: string) =>
    name.toLowerCase() === settings.contactIdField.toLowerCase() || (name === 'Email' && !described.field(name))
  return [
    ...access,
    ...contactIdFindings(kind, described, settings.contactIdField),
    ...fields.filter(({ name }) => !isSaid(name)).flatMap((field) => fieldFindings(kind, field, described)),
    ...(kind === settings.target ? requiredFindings(kind, fields, described) : []),
    ...optOutFindings(kind, described),
  ]
}

async function accountFindings(context: VerifyContext): Promise<Finding[]> {
  const { account, accountFallback, target } = context.settings
  const unmatched = target === 'contact' ? await matchingFindings(context) : []
  const named = Object.entries({ account, accountFallback }).flatMap(([key, id]) => (id?.startsWith('001') ? [{ key, id }] : []))
  if (named.length === 0 || target !== 'contact') return unmatched
  const ids = named.map(({ id }) => id)
  const found = await records(`SELECT Id FROM Account WHERE ${inList('Id', ids)}`, context)
  const known = new Set(found?.map(({ Id }) => longId(String(Id))))
  const missing = named
    .filter(({ id }) => !known.has(longId(id)))
    .map(({ key, id }) =>
      ofOrg(
        'error',
        `The user sees no Account ${id} (${key}), so new Contacts that belong there are refused. Correct the id, or let the user read Accounts.`,
      ),
    )
  return [...unmatched, ...missing]
}

/** Whether the user may see by what Accounts are matched. */
async function matchingFindings(context: VerifyContext): Promise<Finding[]> {
  const { account } = context.settings
  if (!isMatching(account)) return []
  const field = FieldOf[account]
  if ((await records(`SELECT Id, ${field} FROM Account LIMIT 1`, context)) !== null) return []
  const message = `The user may not see Account.${field}, so no new Contact finds its Account and nothing is delivered (account: ${account}). Let the user read Accounts and that field (permission set).`
  return [ofOrg('error', message)]
}

function usageFindings({ api }: VerifyContext): Finding[] {
  const usage = api.usage()
  if (usage === null) return []
  const left = Math.max(0, usage.limit - usage.used)
  if (left >= usage.limit * LowShare && left >= LowCount) return []
  return [
    ofOrg(
      'warning',
      `Of the org's ${usage.limit} API requests in 24 hours ${left} are left, for all that talks to it. When they are used up leads wait. Find out what uses them (Setup → System Overview), or ask for more.`,
    ),
  ]
}

function ofOrg(severity: Finding['severity'], message: string): Finding {
  return { severity, object: null, field: null, message }
}
