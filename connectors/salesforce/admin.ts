import {
  type Catalog,
  type CatalogField,
  type CrmAdmin,
  compileMapping,
  DeliveryError,
  type Judged,
  type MappingField,
  type ProvisionStep,
} from '../../src/core/index.ts'
import { inTurn, labelOf } from '../kit/own-fields.ts'
import type { Api, Reply } from './api.ts'
import { rowRefusalOf, sentence } from './errors.ts'
import { createListing, type ListSettings } from './list.ts'
import { type AccessContext, type FieldAccess, isThere, openFieldAccess, PermissionSetName } from './org/field-access.ts'
import { type DescribedKind, isNone, type Kind, ObjectNames } from './org/org.ts'
import type { Settings } from './settings.ts'
import { isOwn } from './verify/field-findings.ts'
import { CollectionRow } from './wire.ts'

/** Most characters of a text that is not a long one: a long one can't be searched, sorted or shown in a list. */
const TextLength = 255
const LongestText = 131_072
/** A contact id is a UUID, a task's id not much longer. */
const KeyLength = 80

interface Shape {
  readonly words: string
  readonly metadata: Readonly<Record<string, unknown>>
}

const Key: Shape = {
  words: 'text, external id, unique values',
  metadata: { type: 'Text', length: KeyLength, externalId: true, unique: true, caseSensitive: false },
}

type Made = 'created' | 'exists'

/**
 * Makes Leadsync's own fields and lets the user see them, which needs rights that delivering never needs (readme.md beside this file), and reads
 * back the records that are Leadsync's, which needs no more.
 */
export function createSalesforceAdmin(api: Api, crm: string, settings: ListSettings & Pick<Settings, 'taskIdField'>): CrmAdmin {
  return {
    planProvision(rules, catalog) {
      const mapping = compileMapping(rules)
      const ofPeople = (['lead', 'contact'] as const).flatMap((kind) =>
        peopleSteps(kind, mapping.get(kind) ?? [], catalog, settings.contactIdField),
      )
      return [...ofPeople, ...keySteps('task', settings.taskIdField, existingIn(catalog, 'task'))]
    },
    list: createListing(api, crm, settings),
    async provision(steps, signal) {
      if (steps.length === 0) return []
      const context = { api, crm, signal }
      // First and by itself: what is wrong with the credential is nothing that more rights would mend.
      const signedIn = await settled(() => api.who(signal))
      if (signedIn instanceof DeliveryError) return steps.map(() => signedIn)
      const access = await judged(() => openFieldAccess(context), crm)
      if (access instanceof DeliveryError) return steps.map(() => access)
      return inTurn(steps, (step) => judged(() => make(step, access, context), crm))
    },
  }
}

async function make(step: ProvisionStep, access: FieldAccess, context: AccessContext): Promise<Made> {
  const made = await makeField(step.definition, context)
  // Also for what exists: a field that somebody else made may be hidden from this user, and is planned for that very reason.
  await access.grant(ObjectNames[step.object as DescribedKind], step.field)
  return made
}

async function makeField(definition: ProvisionStep['definition'], context: AccessContext): Promise<Made> {
  const { api, crm, signal } = context
  const reply = await api.create('POST', `${api.paths.root}/tooling/sobjects/CustomField`, definition, signal)
  const refusal = refusalIn(reply, crm)
  if (refusal === null) return 'created'
  if (isThere(refusal)) return 'exists'
  const plain = withoutKey(definition)
  // Not every org lets a field of Activity be an external id. The plain field still saves looking through texts.
  if ((refusal.error.code === 'invalid' || refusal.error.code === 'protocol') && plain !== null) return makeField(plain, context)
  throw refusal.error
}

/** The Tooling API answers a refused record with 200 as well. */
function refusalIn(reply: Reply, crm: string): Extract<Reply, { kind: 'refused' }> | null {
  if (reply.kind === 'refused') return reply
  const row = CollectionRow.safeParse(reply.body).data
  return row?.success === false ? { kind: 'refused', ...rowRefusalOf(row.errors, crm) } : null
}

function withoutKey({ FullName, Metadata }: ProvisionStep['definition']): ProvisionStep['definition'] | null {
  if (!String(FullName).startsWith('Activity.') || typeof Metadata !== 'object' || Metadata === null) return null
  if (!('unique' in Metadata)) return null
  const { type, length, label } = Metadata as Record<string, unknown>
  return { FullName, Metadata: { type, length, label } }
}

/** Turns the absence of a right into what to give, for the time of this command only. */
async function judged<T>(run: () => Promise<T>, crm: string): Promise<Judged<T>> {
  const outcome = await settled(run)
  if (!(outcome instanceof DeliveryError) || outcome.code !== 'misconfigured') return outcome
  const say =
    'the user may not prepare the org. Give it Customize Application, Manage Profiles and Permission Sets, and Assign Permission Sets while `leadsync provision` runs, or run it as an administrator (connectors/salesforce/readme.md says how).'
  return new DeliveryError('misconfigured', sentence(crm, say), outcome.status === undefined ? {} : { status: outcome.status })
}

async function settled<T>(run: () => Promise<T>): Promise<Judged<T>> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof DeliveryError) return error
    throw error
  }
}

function peopleSteps(kind: Kind, fields: readonly MappingField[], catalog: Catalog, contactIdField: string): ProvisionStep[] {
  const existing = existingIn(catalog, kind)
  // A misspelt standard field must not become a field of its own, so only names that can't be meant otherwise are made.
  const own = fields.filter(({ name }) => isOwn(name) && name.toLowerCase() !== contactIdField.toLowerCase())
  const missing = own.filter(({ name }) => !existing.has(name.toLowerCase()))
  return [...keySteps(kind, contactIdField, existing), ...missing.map((field) => stepOf(kind, field.name, shapeOf(field)))]
}

function keySteps(kind: DescribedKind, name: string, existing: ReadonlySet<string>): ProvisionStep[] {
  if (isNone(name) || !/__c$/i.test(name) || existing.has(name.toLowerCase())) return []
  const words = kind === 'task' ? `${Key.words} where the org allows that for activities` : Key.words
  return [stepOf(kind, name, { ...Key, words })]
}

/** What the user sees and may write; the rest is made, or made visible. */
function existingIn(catalog: Catalog, kind: DescribedKind): ReadonlySet<string> {
  const fields: readonly CatalogField[] = catalog.objects[kind] ?? []
  return new Set(fields.filter(({ writable }) => writable).map(({ name }) => name.toLowerCase()))
}

function stepOf(kind: DescribedKind, name: string, { words, metadata }: Shape): ProvisionStep {
  const label = labelOf(name.replace(/__c$/i, ''))
  // The fields of tasks and events are one, and belong to Activity.
  const owner = kind === 'task' ? 'Activity' : ObjectNames[kind]
  return {
    object: kind,
    field: name,
    sentence: `Create the ${owner} field "${name}" (label "${label}", ${words}), and let the permission set "${PermissionSetName}" see and edit it.`,
    definition: { FullName: `${owner}.${name}`, Metadata: { label, ...metadata } },
  }
}

function shapeOf({ type, maxLength }: MappingField): Shape {
  switch (type) {
    case 'number':
      return { words: 'number', metadata: { type: 'Number', precision: 18, scale: 4 } }
    case 'boolean':
      return { words: 'checkbox', metadata: { type: 'Checkbox', defaultValue: 'false' } }
    case 'date':
      return { words: 'date', metadata: { type: 'Date' } }
    case 'datetime':
      return { words: 'date and time', metadata: { type: 'DateTime' } }
    case 'string':
    case undefined:
      return textOf(maxLength ?? TextLength)
  }
}

function textOf(length: number): Shape {
  if (length <= TextLength) return { words: 'text', metadata: { type: 'Text', length: TextLength } }
  return { words: 'long text', metadata: { type: 'LongTextArea', length: Math.min(length, LongestText), visibleLines: 5 } }
}
