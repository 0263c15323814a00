import { type Connector, type DecideRules, followUps, type Lead, leadKey } from '../../src/core/index.ts'
import { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { OrgBinding } from '../../src/delivery/org-binding.ts'
import { RedisContactClaims } from '../../src/store/contact-claims.ts'
import { findContact } from '../../src/store/contact-lookup.ts'
import { openFollowUps } from './follow-up-parts.ts'
import { Noon } from './made-lead.ts'
import { recordedLog } from './recorded-log.ts'
import { LockMs, openStore, type StoreParts } from './store-parts.ts'
import { shippedRules, type ThreeCrm } from './three-crms.ts'

export interface StoredRecord {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** One CRM with its real connector, in front of the store; several configurations of it may be at work there. */
export interface CrmStand {
  readonly crm: ThreeCrm
  readonly store: StoreParts
  readonly url: string
  readonly connector: Connector
  /** All that the CRM holds now. */
  records(): Promise<readonly StoredRecord[]>
  rules(change?: Parameters<typeof shippedRules>[2]): DecideRules
  /** A process that goes by these rules. */
  delivery(rules: DecideRules): CrmDelivery
  /** Takes the lead in and delivers it. */
  deliver(by: CrmDelivery, lead: Lead): Promise<string>
  /** By which channels such a lead of the contact may be followed up, given all that is known now. */
  followUpsOf(contactId: string, lead: Lead): Promise<string>
  stop(): Promise<void>
}

export async function openStand(crm: ThreeCrm, redisUrl: string): Promise<CrmStand> {
  const store = openStore(redisUrl)
  const sandbox = await crm.harness.start()
  const signal = new AbortController().signal
  const now = () => Date.parse(Noon)
  const connector = crm.harness.connect({
    baseUrl: sandbox.url,
    timeoutMs: null,
    dependencies: { crm: crm.name, fetch: globalThis.fetch, now, log: recordedLog().log },
  })
  const org = new OrgBinding({ crm: crm.name, sharedOrg: false, connector, orgs: store.orgs, signal, now })
  const opened: CrmDelivery[] = []
  // The stand-in's clock runs on with every request: it must not have left the connector's behind when a token is asked for.
  await connector.catalog(signal)

  function delivery(rules: DecideRules): CrmDelivery {
    const { ledger, lock, suppression, scripts } = store
    const contacts = new RedisContactClaims(scripts, LockMs)
    const common = { crm: crm.name, connector, org, accept: {}, lockMs: LockMs, signal, now }
    const followUps = openFollowUps(store, { now })
    const made = new CrmDelivery({ ...common, rules, ledger, lock, contacts, suppression, followUps })
    opened.push(made)
    return made
  }

  return {
    crm,
    store,
    url: sandbox.url,
    connector,
    async records() {
      const { records } = (await (await fetch(`${sandbox.url}/_sandbox/records`)).json()) as { records: StoredRecord[] }
      return records
    },
    rules: (change) => shippedRules(crm.name, connector, change),
    delivery,
    async deliver(by, lead) {
      await store.enter(lead, [crm.name])
      const result = await by.deliver(leadKey(lead.id))
      return result.kind === 'settled' ? result.outcome : result.kind
    },
    async followUpsOf(contactId, lead) {
      const contact = await findContact(store.scripts, contactId)
      const verdicts = followUps(lead, [...(contact?.suppression ?? []), ...(contact?.crmSuppression ?? [])])
      const allowed = Object.entries(verdicts).flatMap(([channel, { kind }]) => (kind === 'allowed' ? [channel] : []))
      return allowed.join(' and ') || 'none'
    },
    async stop() {
      for (const one of opened) one.stop()
      await connector.stop()
      await sandbox.stop()
      await store.close()
    },
  }
}
