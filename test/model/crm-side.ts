import { compileMapping, type DecideRules, type Fields, type MappingRules } from '../../src/core/index.ts'
import type { CrmStand, StoredRecord } from '../kit/crm-stand.ts'
import type { Held, Mode, Policy } from './story.ts'

export const CrmNames = ['hubspot', 'salesforce'] as const
export type ModelCrm = (typeof CrmNames)[number]

/** Which field of a CRM stands for what. */
interface Names extends Readonly<Record<Policy, string>> {
  readonly object: string
  readonly lastLeadAt: string
  readonly email: string
  readonly phone: string | null
  /** Without these the CRM takes nobody. */
  readonly needed: Fields
}

export const Names: Readonly<Record<ModelCrm, Names>> = {
  hubspot: {
    object: 'contact',
    fill: 'firstname',
    over: 'leadsync_notes',
    ours: 'jobtitle',
    once: 'country',
    lastLeadAt: 'leadsync_last_lead_at',
    email: 'hs_email_optout',
    phone: null,
    needed: {},
  },
  salesforce: {
    object: 'lead',
    fill: 'FirstName',
    over: 'leadsync_notes__c',
    ours: 'Title',
    once: 'Country',
    lastLeadAt: 'leadsync_last_lead_at__c',
    email: 'HasOptedOutOfEmail',
    phone: 'DoNotCall',
    needed: { LastName: 'Doe', Company: 'Contoso' },
  },
}

export function modeOf(crm: ModelCrm, mode: Mode['mode'], createIfMissing: boolean): Mode {
  const channels = Names[crm].phone === null ? (['email'] as const) : (['email', 'phone'] as const)
  return { mode, createIfMissing, channels, closesAfterwards: crm === 'hubspot' }
}

/** The shipped rules with one field per policy. */
export function rulesOf(stand: CrmStand, { mode, createIfMissing }: Mode): DecideRules {
  const names = Names[stand.crm.name as ModelCrm]
  const shipped = stand.rules({
    doNotContact: { mode, createIfMissing },
    touches: { as: 'field', field: stand.crm.history },
  })
  const needed = Object.entries(names.needed).map(([name, value]) => [name, { value }] as const)
  const mapping: MappingRules = {
    [names.object]: {
      ...Object.fromEntries(needed),
      [names.fill]: { from: 'person.firstName' },
      [names.over]: { from: 'notes', policy: 'overwrite' },
      [names.ours]: { from: 'person.jobTitle', policy: 'ours' },
      [names.once]: { from: 'person.country', policy: 'create-only' },
      [names.lastLeadAt]: { from: 'occurredAt', type: 'datetime', policy: 'overwrite' },
    },
  }
  return { ...shipped, mapping: compileMapping(mapping) }
}

/** What a record holds, in the words of the model; the touches in the order of their ids. */
export function heldIn({ fields }: StoredRecord, { crm }: CrmStand): Held {
  const names = Names[crm.name as ModelCrm]
  const markers = crm.harness.facts.fields.markers
  const text = (name: string | null) => (name === null || (fields[name] ?? '') === '' ? null : String(fields[name]))
  const at = msOf(text(markers.at))
  const shown = String(fields[crm.history] ?? '')
  return {
    values: { fill: text(names.fill), over: text(names.over), ours: text(names.ours), once: text(names.once) },
    lastLeadAt: msOf(text(names.lastLeadAt)),
    touches: [...shown.matchAll(/\[lead (.+?)\]/g)].map(([, key]) => String(key)).sort(),
    // A marker of which one part is missing is like none that the model knows.
    marker:
      at === null && text(markers.reason) === null
        ? null
        : { at: toTheSecond(at) ?? -1, liftedAt: toTheSecond(msOf(text(markers.liftedAt))) },
    optOuts: (['email', 'phone'] as const).filter((channel) => text(names[channel]) === 'true'),
  }
}

/** HubSpot's times are milliseconds in some answers and ISO 8601 in others. */
function msOf(time: string | null): number | null {
  if (time === null) return null
  return /^\d+$/.test(time) ? Number(time) : Date.parse(time)
}

export function toTheSecond(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms / 1_000) * 1_000
}
