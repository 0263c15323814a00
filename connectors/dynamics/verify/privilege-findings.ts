import { z } from 'zod'
import type { Finding, Mapping } from '../../../src/core/index.ts'
import { isPassing } from '../../kit/passing.ts'
import type { Api } from '../api.ts'
import type { Kind } from '../org/table.ts'
import type { Settings } from '../settings.ts'
import { OwnerColumn } from '../write/owners.ts'

const Answer = z.object({
  RolePrivileges: z.array(z.object({ PrivilegeName: z.string(), Depth: z.union([z.string(), z.number()]) })),
})

const Depths: readonly string[] = ['Basic', 'Local', 'Deep', 'Global']
const Organization = 3

interface Need {
  readonly object: Kind | 'task'
  /** Without the table's part, e.g. `prvCreate`. */
  readonly right: 'Create' | 'Read' | 'Write' | 'Append' | 'AppendTo' | 'Assign'
  readonly effect: string
}

const TableWords = { lead: 'Lead', contact: 'Contact', task: 'Activity' } as const
const RightWords = {
  Create: 'Create',
  Read: 'Read',
  Write: 'Write',
  Append: 'Append',
  AppendTo: 'Append To',
  Assign: 'Assign',
} as const

export interface PrivilegeContext {
  readonly api: Api
  readonly settings: Pick<Settings, 'target' | 'onContact'>
  readonly signal: AbortSignal
}

/**
 * What the user's security roles lack, each by the name that Dataverse itself would say; and how far they reach. A query answers what the
 * user may read and says nothing of the rest, so a customer whom it can't see would be entered again.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveuserprivileges
 */
export async function privilegeFindings(mapping: Mapping, context: PrivilegeContext): Promise<Finding[]> {
  const needs = needsOf(mapping, context.settings)
  const held = await privileges(context)
  if (held === null) return [unreadable(needs)]
  return needs.flatMap((need) => {
    const depth = held.get(nameOf(need).toLowerCase())
    if (depth === undefined) return [missing(need)]
    return depth < Organization && (need.right === 'Read' || need.right === 'Write') ? [shallow(need, depth)] : []
  })
}

/** Privilege in lower case → how deep it reaches; null where the user may not ask. Rejects when Dataverse can't say now. */
async function privileges({ api, signal }: PrivilegeContext): Promise<ReadonlyMap<string, number> | null> {
  const { user } = await api.who(signal)
  const reply = await api.get(`systemusers(${user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges`, signal)
  if (reply.kind === 'refused') {
    if (isPassing(reply.error)) throw reply.error
    return null
  }
  const answer = Answer.safeParse(reply.body).data
  if (!answer) return null
  const held = new Map<string, number>()
  for (const { PrivilegeName, Depth } of answer.RolePrivileges) {
    const name = PrivilegeName.toLowerCase()
    const depth = typeof Depth === 'number' ? Depth : Depths.indexOf(Depth)
    held.set(name, Math.max(held.get(name) ?? 0, depth))
  }
  return held
}

function needsOf(mapping: Mapping, { target, onContact }: PrivilegeContext['settings']): Need[] {
  const kinds: Kind[] = ['lead', 'contact']
  const ofPeople = kinds.flatMap((object): Need[] => {
    const people = `${TableWords[object]}s`
    const givesOwners = (mapping.get(object) ?? []).some(({ name }) => name === OwnerColumn)
    return [
      ...(object === target ? [{ object, right: 'Create', effect: `new ${people} are refused` } as const] : []),
      { object, right: 'Read', effect: `nobody is found among the ${people} and nothing is delivered` },
      { object, right: 'Write', effect: `known ${people} are not changed` },
      { object, right: 'AppendTo', effect: `no task can be about a ${TableWords[object]}` },
      ...(givesOwners ? [{ object, right: 'Assign', effect: `${people} can't be given the owner of the mapping` } as const] : []),
    ]
  })
  const linking: Need[] =
    target === 'lead' && onContact === 'linked-lead'
      ? [{ object: 'lead', right: 'Append', effect: "a Lead can't be linked to its Contact" }]
      : []
  return [
    ...ofPeople,
    ...linking,
    { object: 'task', right: 'Create', effect: 'follow-ups reach nobody in Dynamics 365' },
    { object: 'task', right: 'Read', effect: 'whether a follow-up was done is not seen' },
    { object: 'task', right: 'Write', effect: 'follow-ups are not withdrawn' },
    { object: 'task', right: 'Append', effect: 'no task can be about anybody' },
  ]
}

function missing(need: Need): Finding {
  const { object, right, effect } = need
  return {
    severity: object === 'task' || right === 'AppendTo' ? 'warning' : 'error',
    object,
    field: null,
    message: `The user lacks the privilege ${nameOf(need)}, so ${effect}. Give its security role ${RightWords[right]} on ${TableWords[object]}, at the level Organization.`,
  }
}

function shallow(need: Need, depth: number): Finding {
  const { object, right } = need
  const records = object === 'task' ? 'tasks' : `${TableWords[object]}s`
  const which = depth <= 0 ? 'its own' : "its own business unit's"
  const effect =
    right === 'Write'
      ? `may change only ${which} ${records}, and a lead about another one is refused`
      : object === 'task'
        ? `sees only ${which} tasks, and takes the others for gone`
        : `sees only ${which} ${records}, and a customer among the others is entered a second time`
  return {
    severity: 'warning',
    object,
    field: null,
    message: `By its privilege ${nameOf(need)} the user ${effect}. Set ${right} on ${TableWords[object]} to the level Organization in its security role.`,
  }
}

function unreadable(needs: readonly Need[]): Finding {
  const names = needs.map(nameOf).join(', ')
  const message = `Which privileges the user has could not be checked. See to it that its security role has these at the level Organization: ${names}.`
  return { severity: 'warning', object: null, field: null, message }
}

function nameOf({ object, right }: Need): string {
  return `prv${right}${TableWords[object]}`
}
