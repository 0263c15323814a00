import { z } from 'zod'
import {
  type Catalog,
  type CrmAdmin,
  compileMapping,
  DeliveryError,
  type Judged,
  type MappingField,
  type ProvisionStep,
} from '../../src/core/index.ts'
import { inTurn, labelOf } from '../kit/own-fields.ts'
import type { Api } from './api.ts'
import { sentence } from './errors.ts'
import { createListing, type ListSettings } from './list.ts'
import {
  ContactIdShape,
  columnDefinition,
  English,
  inLanguage,
  keyDefinition,
  keyName,
  type Shape,
  shapeOf,
} from './org/definitions.ts'
import { Attributes, Definition, keysOf, partOperation } from './org/metadata.ts'
import type { Kind } from './org/table.ts'
import { text } from './requests/odata.ts'
import type { Reply } from './requests/operation.ts'
import { contactIdColumnOf, type Settings } from './settings.ts'
import { isOwn } from './verify/column-findings.ts'
import { Page } from './wire.ts'

/** Names in an environment begin with the prefix of a publisher that it has; this one is ours to make. */
const OwnPrefix = 'leadsync'
const Publisher = {
  uniquename: 'leadsync',
  friendlyname: 'Leadsync',
  customizationprefix: OwnPrefix,
  customizationoptionvalueprefix: 53_200,
}

interface AdminContext {
  readonly api: Api
  readonly crm: string
  readonly signal: AbortSignal
}

/**
 * Makes Leadsync's own columns, and the alternate key where one is used, which needs rights that delivering never needs (readme.md beside this
 * file), and reads back the records that are Leadsync's, which needs no more.
 */
export function createDynamicsAdmin(api: Api, crm: string, settings: ListSettings): CrmAdmin {
  return {
    planProvision(rules, catalog) {
      const mapping = compileMapping(rules)
      return (['lead', 'contact'] as const).flatMap((kind) => [
        ...columnSteps(kind, mapping.get(kind) ?? [], catalog, settings),
        ...keySteps(kind, catalog, settings),
      ])
    },
    list: createListing(api, crm, settings),
    async provision(steps, signal) {
      if (steps.length === 0) return []
      const context = { api, crm, signal }
      // First and by itself: what is wrong with the credential, or its user, is nothing that another role would mend.
      const unknown = await signInFault(context)
      if (unknown) return steps.map(() => unknown)
      const language = await baseLanguage(context)
      if (steps.some(({ field }) => field.startsWith(`${OwnPrefix}_`))) await makePublisher(context)
      return inTurn(steps, (step) => make(step, language, context))
    },
  }
}

async function signInFault({ api, signal }: AdminContext): Promise<DeliveryError | null> {
  try {
    await api.who(signal)
    return null
  } catch (error) {
    if (error instanceof DeliveryError) return error
    throw error
  }
}

async function make(step: ProvisionStep, language: number, context: AdminContext): Promise<Judged<'created' | 'exists'>> {
  const { api, signal } = context
  const what = isKeyStep(step) ? 'Keys' : 'Attributes'
  // The plan was made without asking, so its labels are in English.
  const body = inLanguage(step.definition, language)
  const reply = await api.post(`EntityDefinitions(LogicalName='${step.object}')/${what}`, body, signal)
  if (reply.kind === 'ok') return 'created'
  // What a name that is taken is refused with differs by version and by what has it, and a definition may be made though no answer came.
  return (await isThere(step, context)) ? 'exists' : refusalOf(reply, context)
}

async function isThere(step: ProvisionStep, { api, signal }: AdminContext): Promise<boolean> {
  const part = isKeyStep(step) ? 'definition' : 'attributes'
  const [reply] = await api.all([partOperation(step.object, part)], signal)
  if (reply?.kind !== 'ok') return false
  if (part === 'attributes')
    return Attributes.safeParse(reply.body).data?.value.some((one) => one.LogicalName === step.field) === true
  const definition = Definition.safeParse(reply.body).data
  return definition !== undefined && keysOf(definition).some(({ columns }) => columns.length === 1 && columns[0] === step.field)
}

/** Turns the absence of a right into what to give, for the time of this command only. */
function refusalOf({ error, fields }: Extract<Reply, { kind: 'refused' }>, { crm }: AdminContext): DeliveryError {
  const status = error.status === undefined ? {} : { status: error.status }
  if (error.code === 'misconfigured' && error.status === 403) {
    const say =
      'the user may not prepare the environment. Give it the security role System Customizer while `leadsync provision` runs, and take it away afterwards (connectors/dynamics/readme.md says how).'
    return new DeliveryError('misconfigured', sentence(crm, say), status)
  }
  if (error.code !== 'invalid' && error.code !== 'protocol') return error
  const say =
    'it does not take this definition, or has it already and hides that from this user. Check that the environment has a publisher with the prefix that the name begins with, or make it by hand (connectors/dynamics/readme.md says how).'
  return new DeliveryError('invalid', sentence(crm, say), { ...status, fields })
}

/** Best effort: where publishers may not be read or made, the columns' own answers say what is wrong. */
async function makePublisher({ api, signal }: AdminContext): Promise<void> {
  const known = await api.get(`publishers?$select=publisherid&$filter=customizationprefix%20eq%20${text(OwnPrefix)}`, signal)
  const found = known.kind === 'ok' ? Page.safeParse(known.body).data?.value : undefined
  if (found?.length === 0) await api.post('publishers', Publisher, signal)
}

const Languages = z.object({ value: z.array(z.object({ languagecode: z.int() })).min(1) })

async function baseLanguage({ api, signal }: AdminContext): Promise<number> {
  const reply = await api.get('organizations?$select=languagecode', signal)
  return (reply.kind === 'ok' && Languages.safeParse(reply.body).data?.value[0]?.languagecode) || English
}

function columnSteps(
  kind: Kind,
  fields: readonly MappingField[],
  catalog: Catalog,
  settings: Pick<Settings, 'contactIdColumn'>,
): ProvisionStep[] {
  const existing = new Set((catalog.objects[kind] ?? []).map(({ name }) => name))
  const contactId = contactIdColumnOf(settings)
  // A misspelt standard column must not become a column of its own, so only names that can't be meant otherwise are made.
  const own = fields.filter(({ name }) => isOwn(name) && name !== contactId)
  const wanted: [string, Shape][] = [
    ...(contactId?.includes('_') ? [[contactId, ContactIdShape] as [string, Shape]] : []),
    ...own.map((field): [string, Shape] => [field.name, shapeOf(field)]),
  ]
  return wanted.filter(([name]) => !existing.has(name)).map(([name, shape]) => columnStep(kind, name, shape))
}

function columnStep(kind: Kind, name: string, shape: Shape): ProvisionStep {
  const label = labelFor(name)
  return {
    object: kind,
    field: name,
    sentence: `Create the column "${name}" of the table ${kind} (label "${label}", ${shape.words}), for the publisher with the prefix "${name.split('_')[0]}"${name.startsWith(`${OwnPrefix}_`) ? ', which is made if there is none' : ''}.`,
    definition: columnDefinition(name, label, shape),
  }
}

function keySteps(
  kind: Kind,
  catalog: Catalog,
  { contactIdColumn, key }: Pick<Settings, 'contactIdColumn' | 'key'>,
): ProvisionStep[] {
  if (key !== 'alternate-key') return []
  if (catalog.objects[kind]?.some(({ name, unique }) => name === contactIdColumn && unique)) return []
  return [
    {
      object: kind,
      field: contactIdColumn,
      sentence: `Create the alternate key "${keyName(contactIdColumn)}" of the table ${kind} on the column "${contactIdColumn}". Its index is built in the background.`,
      definition: keyDefinition(contactIdColumn, labelFor(contactIdColumn)),
    },
  ]
}

function isKeyStep({ definition }: ProvisionStep): boolean {
  return 'KeyAttributes' in definition
}

/** Dataverse's own names have no words in them (`emailaddress1`), and so have ours; people read words. */
const Words: Readonly<Record<string, string>> = {
  contactid: 'contact id',
  lastleadat: 'last lead at',
  lastoffer: 'last offer',
  lastaction: 'last action',
  laststage: 'last stage',
  lastsource: 'last source',
  dncat: 'do not contact since',
  dncliftedat: 'do not contact lifted at',
  dncreason: 'do not contact reason',
}

/** `contoso_leadsync_lastoffer` → `Leadsync: last offer`. */
function labelFor(name: string): string {
  const [, own] = /(?:^|_)leadsync_(.+)$/.exec(name) ?? []
  return own === undefined ? labelOf(name) : labelOf(`leadsync_${Words[own] ?? own}`)
}
