import { z } from 'zod'
import { DeliveryError, type Finding } from '../../../src/core/index.ts'
import { isPassing } from '../../kit/passing.ts'
import { longId } from '../org/ids.ts'
import type { Kind } from '../org/org.ts'
import { type QueryContext, query } from '../requests/query.ts'
import { inList, literal } from '../requests/soql.ts'
import type { WireRecord } from '../wire.ts'

const Assignment = z.object({
  PermissionSetId: z.string(),
  PermissionSet: z.object({ PermissionsViewAllData: z.boolean() }),
})

const Unreadable =
  'Whether the user sees all Leads and Contacts could not be checked. Look in Setup that it has View All Records on both: what it can not see is entered a second time.'

/**
 * Whether the user sees every Lead and Contact, by its permission sets; the profile's own and those of groups are among them. A query
 * answers what is shared with the user and says nothing of the rest, so a customer whom it can't see would be entered again.
 */
export async function viewAllFindings(context: QueryContext): Promise<Finding[]> {
  const { user } = await context.api.who(context.signal)
  const assigned = await records(
    `SELECT PermissionSetId, PermissionSet.PermissionsViewAllData FROM PermissionSetAssignment WHERE AssigneeId = ${literal(longId(user))}`,
    context,
  )
  const assignments = z.array(Assignment).min(1).safeParse(assigned).data
  if (!assignments) return [about(null, Unreadable)]
  if (assignments.some(({ PermissionSet }) => PermissionSet.PermissionsViewAllData)) return []
  const sets = assignments.map(({ PermissionSetId }) => PermissionSetId)
  const granted = await records(
    `SELECT SobjectType FROM ObjectPermissions WHERE PermissionsViewAllRecords = true AND ${inList('ParentId', sets)} AND ${inList('SobjectType', ['Lead', 'Contact'])}`,
    context,
  )
  if (granted === null) return [about(null, Unreadable)]
  const seen = new Set(granted.map(({ SobjectType }) => SobjectType))
  return (['Lead', 'Contact'] as const).filter((name) => !seen.has(name)).map(unseenRecords)
}

/** The records of one query; null when the user may not ask. Throws when Salesforce can't say now. */
export async function records(soql: string, context: QueryContext): Promise<readonly WireRecord[] | null> {
  const [found] = await query([{ soql }], context)
  if (!(found instanceof DeliveryError)) return found ?? null
  if (isPassing(found)) throw found
  return null
}

function unseenRecords(name: 'Lead' | 'Contact'): Finding {
  const kind: Kind = name === 'Lead' ? 'lead' : 'contact'
  return about(
    kind,
    `The user has no View All Records on ${name}, so it sees only the ${name}s that are shared with it, and a customer among the others is entered a second time. Give it View All on ${name} (permission set), unless all ${name}s are public to it.`,
  )
}

function about(object: Kind | null, message: string): Finding {
  return { severity: 'warning', object, field: null, message }
}
