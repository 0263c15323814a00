import countries from 'i18n-iso-countries'
import { z } from 'zod'
import type { AcceptRules, ConnectorModule, MappingRules, QuotaSettings, TouchHandling } from '../core/index.ts'

const FieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/, "must be the CRM's internal field name: letters, digits and _")
const Literal = z.union([z.string(), z.number(), z.boolean(), z.null()])
const List = z.array(z.string().min(1)).min(1).optional()

export const Country = z
  .string()
  .refine((code) => code.length === 2 && countries.isValid(code), 'must be an ISO 3166-1 code of two letters, e.g. US, DE, GB')
  .describe('ISO 3166-1 alpha-2')

const Accept = z
  .strictObject({
    tokens: List.describe('Names of intake tokens.'),
    tags: List,
    notTags: List.describe('A lead with one of these tags is not wanted, e.g. own-domain.'),
    publishers: List,
    offers: List.describe('publisher.offer, the offer id alone, or the title.'),
    actions: List.describe('E.g. INS, PLT, DNC, Create, StartTestDrive.'),
    countries: z.array(Country).min(1).optional(),
  })
  .describe('Which leads this CRM gets. An absent list wants all; of several lists each must agree.')

const Rule = z.strictObject({
  from: z.string().min(1).optional().describe('Path into the lead, e.g. person.email; or contactId.'),
  value: Literal.optional().describe('A literal.'),
  template: z.string().min(1).optional().describe('Liquid, with the lead as its variables.'),
  type: z.enum(['string', 'number', 'boolean', 'date', 'datetime']).optional(),
  policy: z.enum(['fill-if-empty', 'overwrite', 'create-only', 'ours']).optional().describe('Default fill-if-empty.'),
  maxLength: z.int().min(1).optional().describe('In characters; longer text is cut.'),
  default: Literal.optional().describe('When the lead has nothing there.'),
  values: z.record(z.string(), Literal).optional().describe('Translates what the lead says into what the CRM allows.'),
  onUnknown: z
    .enum(['drop', 'keep', 'default', 'park'])
    .optional()
    .describe('For a value that `values` does not list. Default drop.'),
  required: z.boolean().optional().describe('Park a delivery whose value is refused instead of delivering without it.'),
  mayGoBack: z
    .boolean()
    .optional()
    .describe('For from: stage. true: a lead of an earlier stage (see stageOrder in leadsync.yaml) overwrites a later one.'),
})

const RuleSetting = z.union([
  z.string().min(1),
  Rule.refine((rule) => [rule.from, rule.value, rule.template].filter((way) => way !== undefined).length === 1, {
    message: 'must have exactly one of from (a path into the lead), value (a literal) and template (Liquid)',
  }),
])

const FieldRules = z
  .record(FieldName, RuleSetting)
  .describe('CRM field: path into the lead, or { from | value | template, policy, … }')

const DoNotContact = z
  .strictObject({
    mode: z
      .enum(['flag', 'opt-out', 'skip'])
      .default('flag')
      .describe("What a DNC lead writes: the markers; those and the CRM's own opt-outs; or nothing."),
    createIfMissing: z.boolean().default(false).describe('Whether a DNC lead may create a record for somebody unknown.'),
    markers: z
      .strictObject({
        at: FieldName.optional().describe('Date and time of the do-not-contact.'),
        liftedAt: FieldName.optional().describe('Date and time when the customer asked to be contacted again.'),
        reason: FieldName.optional().describe('Text.'),
      })
      .prefault({})
      .describe("Leadsync's own fields in the CRM."),
  })
  .prefault({})
  .refine((rules) => rules.mode !== 'flag' || rules.markers.at !== undefined, {
    path: ['markers', 'at'],
    message: 'is missing; mode `flag` needs the CRM field that it sets, e.g. leadsync_dnc_at; or set mode: skip',
  })

const Touches = z
  .strictObject({
    as: z.enum(['none', 'notes', 'field']).default('none').describe('A note each, or lines in one multi-line field.'),
    field: FieldName.default('leadsync_history').describe('The multi-line field; only for as: field.'),
  })
  .prefault({})
  .describe("How each lead shows in the record's history.")

const Quota = z
  .strictObject({
    reservePercent: z
      .int()
      .min(0)
      .max(95)
      .default(20)
      .describe("So much of the org's daily requests is left to others: new deliveries wait when less remains."),
    dailyRequests: z
      .int()
      .min(1)
      .optional()
      .describe('What Leadsync itself may send to the org in a day (UTC) before new deliveries wait.'),
  })
  .prefault({})
  .describe("How much of the org's API Leadsync uses. Do-not-contacts and tasks of delivered leads always go on.")

const CommonShape = {
  $schema: z.string().optional(),
  enabled: z.boolean().default(true).describe('false: as if this file were not there.'),
  accept: Accept.prefault({}),
  sharedOrg: z
    .boolean()
    .default(false)
    .describe('Other CRM files may write to the same org (portal, organization), if they say so, too.'),
  doNotContact: DoNotContact,
  touches: Touches,
  lastLeadField: FieldName.optional().describe(
    'The mapped field that holds the time of the last lead: how an old lead is recognised.',
  ),
  onMany: z.enum(['park', 'newest']).default('park').describe('When several records match.'),
  onDeleted: z.enum(['recreate', 'park']).default('recreate').describe('When the record was deleted in the CRM.'),
  onClosed: z
    .enum(['new-record', 'task', 'park'])
    .default('new-record')
    .describe('When sales closed the record before this lead. task: the record is updated as it is, and followed up there.'),
  giveUpAfterDays: z
    .number()
    .positive()
    .max(365)
    .default(7)
    .describe('How long a CRM that can not be reached is tried; fractions are fine.'),
  quota: Quota,
}

/** All keys of a `crm/NAME.yaml` for one kind of CRM: the common ones, and the connector's own beside them. */
export function crmFile(connector: string, module: ConnectorModule) {
  const clash = Object.keys(module.settings.shape).find((key) => key in CommonShape || key === 'connector' || key === 'mapping')
  if (clash !== undefined)
    throw new Error(`connector ${connector} declares the setting "${clash}", which every CRM has already; rename it`)
  return z.strictObject({
    ...CommonShape,
    connector: z.literal(connector).describe('Kind of CRM.'),
    mapping: mappingFor(module),
    ...module.settings.shape,
  })
}

/** New records go to the connector's first object kind, so that one must be mapped. */
function mappingFor(module: ConnectorModule) {
  const [first, ...others] = module.objects
  if (first === undefined) throw new Error('a connector must name at least one object kind')
  const optional = Object.fromEntries(others.map((object) => [object, FieldRules.optional()]))
  return z.strictObject({ [first]: FieldRules, ...optional })
}

export type CrmFile = z.output<ReturnType<typeof crmFile>>

/** Checked settings of one CRM, every default filled in. */
export interface ReadyCrm {
  /** The file's name without `.yaml`: queue names, metrics and the ledger carry it. */
  readonly name: string
  readonly ok: true
  readonly enabled: true
  /** Key in the connector registry. */
  readonly connector: string
  /** The connector's own keys, to be handed to its `create`. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly accept: AcceptRules
  /** Other CRM files may write to the same org, if they say so, too. */
  readonly sharedOrg: boolean
  readonly mapping: MappingRules
  readonly doNotContact: {
    readonly mode: 'flag' | 'opt-out' | 'skip'
    readonly createIfMissing: boolean
    /** Field names; null where that marker is not kept. */
    readonly markers: { readonly at: string | null; readonly liftedAt: string | null; readonly reason: string | null }
  }
  readonly touches: TouchHandling
  readonly lastLeadField: string | null
  readonly onMany: 'park' | 'newest'
  readonly onDeleted: 'recreate' | 'park'
  readonly onClosed: 'new-record' | 'task' | 'park'
  readonly giveUpAfterMs: number
  readonly quota: QuotaSettings
}

const MsPerDay = 24 * 60 * 60_000

export function crmSettings(name: string, file: CrmFile, settings: Readonly<Record<string, unknown>>): ReadyCrm {
  const { mode, createIfMissing, markers } = file.doNotContact
  return {
    name,
    ok: true,
    enabled: true,
    connector: file.connector,
    settings,
    accept: file.accept,
    sharedOrg: file.sharedOrg,
    mapping: mappingRules(file),
    doNotContact: {
      mode,
      createIfMissing,
      markers: { at: markers.at ?? null, liftedAt: markers.liftedAt ?? null, reason: markers.reason ?? null },
    },
    touches: file.touches.as === 'field' ? { as: 'field', field: file.touches.field } : { as: file.touches.as },
    lastLeadField: file.lastLeadField ?? null,
    onMany: file.onMany,
    onDeleted: file.onDeleted,
    onClosed: file.onClosed,
    giveUpAfterMs: Math.round(file.giveUpAfterDays * MsPerDay),
    quota: { reservePercent: file.quota.reservePercent, dailyRequests: file.quota.dailyRequests ?? null },
  }
}

/** The shorthand `field: path` written out. */
export function mappingRules(file: Pick<CrmFile, 'mapping'>): MappingRules {
  const objects = Object.entries(file.mapping).filter(([, fields]) => fields !== undefined)
  return Object.fromEntries(
    objects.map(([object, fields]) => {
      const rules = Object.entries(fields ?? {}).map(([field, rule]) => [field, typeof rule === 'string' ? { from: rule } : rule])
      return [object, Object.fromEntries(rules)]
    }),
  )
}
