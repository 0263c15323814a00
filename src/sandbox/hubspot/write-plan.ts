import { type Problem, Refusal } from './answers.ts'
import type { Link } from './bodies.ts'
import type { ObjectKind } from './object-kinds.ts'
import type { Portal } from './portal.ts'
import { lifecycleStages } from './property-catalog.ts'
import { type PropertyProblem, refusedValues } from './property-problems.ts'
import type { StoredRecord } from './store.ts'
import { splitEmails, type Values } from './unique-index.ts'
import { checkValues } from './validation.ts'

export interface WriteInput {
  readonly target: StoredRecord | null
  readonly properties: Readonly<Record<string, unknown>>
  readonly links: readonly Link[]
}

/** A write that has passed every check: committing it can't fail. */
export interface WritePlan {
  readonly target: StoredRecord | null
  readonly changes: Values
  readonly links: readonly Link[]
}

export type Judged = { readonly plan: WritePlan } | { readonly problem: Problem }

/** Judges all inputs of one request before any is written, each on its own but for unique values that two of them claim. */
export function planWrites(portal: Portal, kind: ObjectKind, inputs: readonly WriteInput[], enforceRules: boolean): Judged[] {
  const claims = new Set<string>()
  return inputs.map((input): Judged => {
    const { values, problems } = checkValues(portal.schema, portal.owners, kind.name, input.properties)
    if (problems.length > 0) return { problem: refusedValues(problems, portal.portalId) }
    const problem = firstProblem(portal, kind, input, values, enforceRules, claims)
    if (problem !== null) return { problem }
    return { plan: { target: input.target, changes: forwardOnly(values, input.target), links: input.links } }
  })
}

/** Throws 409 when an address belongs to another record: HubSpot fails the whole batch for it, whatever the trace ids. */
export function refuseEmailConflicts(portal: Portal, plans: readonly WritePlan[]): void {
  const claimed = new Set<string>()
  for (const plan of plans) {
    for (const address of addresses(plan.changes)) {
      const holder = portal.store.emailHolder(address)
      const isOther = holder !== undefined && holder.id !== plan.target?.id
      if (isOther) throw emailConflict(`. Existing ID: ${holder.id}`)
      if (claimed.has(address)) throw emailConflict('')
      claimed.add(address)
    }
  }
}

export function commit(portal: Portal, kind: ObjectKind, plan: WritePlan): StoredRecord {
  const record = plan.target ?? portal.store.create(kind.name, plan.changes)
  if (plan.target !== null) portal.store.update(record, plan.changes)
  portal.associations.linkAll(record, plan.links)
  portal.changed()
  return record
}

function firstProblem(
  portal: Portal,
  kind: ObjectKind,
  input: WriteInput,
  values: Values,
  enforceRules: boolean,
  claims: Set<string>,
): Problem | null {
  const missing = input.target === null ? missingOnCreate(kind, values) : null
  if (missing !== null) return missing
  const broken = enforceRules ? brokenRules(portal, kind, input.target, values) : []
  if (broken.length > 0) return refusedValues(broken, portal.portalId)
  const conflicts = uniqueConflicts(portal, kind, input.target, values, claims)
  if (conflicts.length > 0) return refusedValues(conflicts, portal.portalId)
  return portal.associations.problem(kind, input.links)
}

function missingOnCreate(kind: ObjectKind, values: Values): Problem | null {
  const unset = kind.requiredOnCreate.filter((name) => (values[name] ?? '') === '')
  if (unset.length > 0) {
    const message = `Error creating ${kind.label}. Some required properties were not set.`
    return { status: 400, category: 'VALIDATION_ERROR', message, context: { properties: unset } }
  }
  if (kind.requiredOneOf.length === 0 || kind.requiredOneOf.some((name) => (values[name] ?? '') !== '')) return null
  const message = `At least one of [${kind.requiredOneOf.join(', ')}] must be set to create a ${kind.label}.`
  return { status: 400, category: 'VALIDATION_ERROR', message }
}

function brokenRules(portal: Portal, kind: ObjectKind, target: StoredRecord | null, values: Values): PropertyProblem[] {
  const merged: Values = { ...target?.values, ...values }
  const isSet = (name: string) => (merged[name] ?? '') !== ''
  const required = target === null ? (portal.rules.requiredOnCreate?.[kind.name] ?? []) : []
  const unset = required.filter((name) => !isSet(name))
  const broken = unset.map((name) => ({
    error: 'MISSING_REQUIRED_PROPERTY',
    name,
    message: `A value for ${name} must be provided`,
  }))
  if (kind.name !== 'contacts') return broken
  const conditional = portal.rules.conditional ?? []
  const unmet = conditional.filter(({ property, when }) => merged[when.property] === when.value && !isSet(property))
  return [
    ...broken,
    ...unmet.map(({ property, when }) => ({
      error: 'MISSING_CONDITIONAL_REQUIRED_PROPERTY',
      name: property,
      message: `A value for ${property} is required because of a conditional property rule based on [${when.property}]`,
    })),
  ]
}

function uniqueConflicts(
  portal: Portal,
  kind: ObjectKind,
  target: StoredRecord | null,
  values: Values,
  claims: Set<string>,
): PropertyProblem[] {
  const problems: PropertyProblem[] = []
  for (const name of portal.schema.uniqueNames(kind.name)) {
    const value = values[name] ?? ''
    if (value === '') continue
    const holder = portal.store.holder(kind.name, name, value)
    const claim = `${name}\n${value}`
    const isTaken = holder === undefined ? claims.has(claim) : holder.id !== target?.id
    claims.add(claim)
    if (!isTaken) continue
    const coordinates = `portalId=${portal.portalId}, objectTypeId=${kind.typeId}, propertyName=${name}, value=${value}`
    const message = `Cannot set PropertyValueCoordinates{${coordinates}} on ${target?.id ?? 'a new record'}. ${holder?.id ?? 'Another input'} already has that value.`
    problems.push({ error: 'CONFLICTING_UNIQUE_VALUE', name, message, propertyValue: value })
  }
  return problems
}

/** HubSpot ignores a lifecycle stage that lies behind the present one, without a word. It must be cleared first. */
function forwardOnly(values: Values, target: StoredRecord | null): Values {
  const next = stageRank(values.lifecyclestage)
  if (next < 0 || next >= stageRank(target?.values.lifecyclestage)) return values
  const { lifecyclestage: _, ...rest } = values
  return rest
}

function stageRank(stage: string | undefined): number {
  return (lifecycleStages as readonly string[]).indexOf(stage ?? '')
}

function addresses(changes: Values): string[] {
  const email = changes.email ?? ''
  return [...new Set([...(email === '' ? [] : [email]), ...splitEmails(changes.hs_additional_emails)])]
}

function emailConflict(existing: string): Refusal {
  return new Refusal({ status: 409, category: 'CONFLICT', message: `Contact already exists${existing}` })
}
