import {
  type AcceptRules,
  type Connector,
  compileMapping,
  type DecideRules,
  DefaultStageOrder,
  type Lead,
  leadKey,
  NoQualification,
} from '../../src/core/index.ts'
import { CrmDelivery, type FollowUpParts } from '../../src/delivery/crm-delivery.ts'
import type { DeliveryResult } from '../../src/delivery/delivery-result.ts'
import type { NewDeliveries } from '../../src/delivery/new-deliveries.ts'
import { OrgBinding } from '../../src/delivery/org-binding.ts'
import { openFollowUps } from './follow-up-parts.ts'
import { Crm, LockMs, type StoreParts } from './store-parts.ts'

/** A small CRM's rules: one field of each policy that the deliveries here are about. */
export function makeRules(crm: Pick<Connector, 'identity'>): DecideRules {
  return {
    mapping: compileMapping({
      contact: {
        firstname: { from: 'person.firstName' },
        company: { from: 'person.company', required: true },
        jobtitle: { from: 'person.jobTitle', policy: 'overwrite' },
        last_lead_at: { from: 'occurredAt', policy: 'overwrite' },
      },
    }),
    identity: (object) => crm.identity(object),
    target: 'contact',
    doNotContact: { mode: 'flag', createIfMissing: false, markers: { at: 'dnc_at', liftedAt: null, reason: null } },
    policies: { onMany: 'park', onDeleted: 'recreate', onClosed: 'new-record', optOutFields: {} },
    lastLeadField: 'last_lead_at',
    digest: (value) => `digest of ${value}`,
    stageOrder: DefaultStageOrder,
    qualification: NoQualification,
  }
}

export interface DeliveryParts {
  readonly accept?: AcceptRules
  readonly lockMs?: number
  readonly signal?: AbortSignal
  /** The same connector under another file's name. */
  readonly name?: string
  readonly sharedOrg?: boolean
  readonly followUps?: FollowUpParts
  readonly rules?: Partial<DecideRules>
  readonly newDeliveries?: Pick<NewDeliveries, 'waitMs'>
  now?(): number
}

/** One process's deliveries to a CRM, over a store that others may share. */
export function openDelivery(
  store: StoreParts,
  crm: Connector,
  {
    accept = {},
    lockMs = LockMs,
    signal = new AbortController().signal,
    name = Crm,
    sharedOrg = false,
    now = Date.now,
    rules = {},
    followUps = openFollowUps(store, { now }),
    newDeliveries,
  }: DeliveryParts = {},
): CrmDelivery {
  return new CrmDelivery({
    crm: name,
    connector: crm,
    org: orgBinding(store, crm, { signal, name, sharedOrg, now }),
    rules: { ...makeRules(crm), ...rules },
    accept,
    ledger: store.ledger,
    lock: store.lock,
    contacts: store.contacts,
    suppression: store.suppression,
    followUps,
    ...(newDeliveries === undefined ? {} : { newDeliveries }),
    lockMs,
    signal,
    now,
  })
}

export function orgBinding(store: StoreParts, crm: Connector, parts: DeliveryParts = {}): OrgBinding {
  const { signal = new AbortController().signal, name = Crm, sharedOrg = false, now = Date.now } = parts
  return new OrgBinding({ crm: name, sharedOrg, connector: crm, orgs: store.orgs, signal, now })
}

export function deliver(delivery: CrmDelivery, ...leads: readonly Lead[]): Promise<PromiseSettledResult<DeliveryResult>[]> {
  return Promise.allSettled(leads.map((lead) => delivery.deliver(leadKey(lead.id))))
}

/** How each ended, as one text: its outcome, or its error's code. */
export function endings(settled: readonly PromiseSettledResult<DeliveryResult>[]): string[] {
  return settled.map((one) => {
    if (one.status === 'rejected') return String(one.reason.code ?? one.reason)
    return one.value.kind === 'settled' ? one.value.outcome : one.value.kind
  })
}
