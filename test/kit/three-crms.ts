import { generateKeyPairSync } from 'node:crypto'
import { connectors } from '../../connectors/registry.ts'
import type { ReadyCrm } from '../../src/config/crm-settings.ts'
import { loadConfig } from '../../src/config/load.ts'
import {
  type Connector,
  compileMapping,
  type DecideRules,
  DefaultStageOrder,
  type Fields,
  NoQualification,
} from '../../src/core/index.ts'
import type { ContractHarness } from '../connectors/contract/harness.ts'
import { dynamicsHarness } from '../connectors/dynamics/contract-harness.ts'
import { hubspotHarness } from '../connectors/hubspot/contract-harness.ts'
import { salesforceHarness } from '../connectors/salesforce/contract-harness.ts'

export type CrmName = keyof typeof connectors

/** What a person must know of a CRM to read the table. */
export interface ThreeCrm {
  readonly name: CrmName
  readonly harness: ContractHarness
  readonly email: string
  /** What is in a record that sales made for this address; Leadsync's mapping would fill each of them. */
  made(email: string): Fields
  /**
   * Which of the CRM's own opt-out fields are true. `closed`: by Leadsync, for a do-not-contact; `unsubscribed`: by sales, for somebody who
   * wants no e-mail; `both`: by Leadsync after sales.
   */
  readonly optOuts: Readonly<Record<'closed' | 'unsubscribed' | 'both', readonly string[]>>
  /** The field whose lines are the touches. */
  readonly history: string
  /** What a lead writes into its record and a do-not-contact must not. */
  readonly ofLeads: readonly string[]
  /** Sales takes back whatever the CRM's own opt-outs say. */
  reopen(url: string, record: { readonly id: string; readonly email: string }): Promise<void>
}

export const Crms: Readonly<Record<CrmName, ThreeCrm>> = {
  hubspot: {
    name: 'hubspot',
    harness: hubspotHarness,
    email: 'email',
    made: (email) => ({ email, firstname: 'Sally', jobtitle: 'Met at a fair' }),
    // HubSpot has no field for the telephone.
    optOuts: { closed: ['hs_email_optout'], unsubscribed: ['hs_email_optout'], both: ['hs_email_optout'] },
    history: 'leadsync_history',
    ofLeads: ['firstname', 'lastname', 'company', 'jobtitle', 'lifecyclestage', 'leadsync_last_stage'],
    async reopen(url, { email }) {
      const response = await fetch(`${url}/_sandbox/resubscribe?email=${encodeURIComponent(email)}`, { method: 'POST' })
      if (!response.ok) throw new Error(await response.text())
    },
  },
  salesforce: {
    name: 'salesforce',
    harness: salesforceHarness,
    email: 'Email',
    made: (email) => ({ Email: email, LastName: 'Sales', Company: 'Fair', FirstName: 'Sally', Title: 'Met at a fair' }),
    optOuts: {
      closed: ['DoNotCall', 'HasOptedOutOfEmail'],
      unsubscribed: ['HasOptedOutOfEmail'],
      both: ['DoNotCall', 'HasOptedOutOfEmail'],
    },
    history: 'leadsync_history__c',
    ofLeads: ['FirstName', 'Title', 'LeadSource', 'leadsync_last_stage__c'],
    reopen: (url, { id }) => salesforceHarness.sales.change(url, id, { DoNotCall: false, HasOptedOutOfEmail: false }),
  },
  dynamics: {
    name: 'dynamics',
    harness: dynamicsHarness,
    email: 'emailaddress1',
    made: (email) => ({
      emailaddress1: email,
      lastname: 'Sales',
      subject: 'Fair',
      firstname: 'Sally',
      jobtitle: 'Met at a fair',
    }),
    optOuts: {
      closed: ['donotbulkemail', 'donotemail', 'donotphone'],
      unsubscribed: ['donotemail'],
      both: ['donotemail', 'donotphone'],
    },
    history: 'leadsync_history',
    ofLeads: ['firstname', 'companyname', 'jobtitle', 'leadsync_laststage'],
    reopen: (url, { id }) =>
      dynamicsHarness.sales.change(url, id, { donotbulkemail: false, donotemail: false, donotphone: false }),
  },
}

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})

/** Without these the shipped files can't be read; none of them is used. */
const Env = {
  LEADSYNC_MARKETPLACE_TOKEN: 'a-token-of-32-characters-or-more',
  HUBSPOT_TOKEN: 'unused',
  SALESFORCE_ENABLED: 'true',
  SALESFORCE_BASE_URL: 'https://acme.my.salesforce.com',
  SALESFORCE_CLIENT_ID: 'unused',
  SALESFORCE_USERNAME: 'leadsync@acme.example',
  SALESFORCE_PRIVATE_KEY: privateKey,
  DYNAMICS_ENABLED: 'true',
  DYNAMICS_BASE_URL: 'https://acme.crm4.dynamics.com',
  DYNAMICS_TENANT_ID: '11111111-2222-4333-8444-555555555555',
  DYNAMICS_CLIENT_ID: '11111111-2222-4333-8444-555555555555',
  DYNAMICS_CLIENT_SECRET: 'unused',
}

type Change = Partial<Pick<DecideRules, 'touches'>> & { readonly doNotContact?: Partial<DecideRules['doNotContact']> }

/** The rules of the shipped `config/crm/NAME.yaml`, and what a test says otherwise. */
export function shippedRules(name: CrmName, connector: Connector, { doNotContact, ...change }: Change = {}): DecideRules {
  const { onMany, onDeleted, onClosed, ...crm } = shippedConfig(name)
  return {
    mapping: compileMapping(crm.mapping),
    identity: (object) => connector.identity(object),
    target: String(connector.objects[0]),
    doNotContact: { ...crm.doNotContact, ...doNotContact },
    policies: { onMany, onDeleted, onClosed, optOutFields: connectors[name].optOutFields },
    lastLeadField: crm.lastLeadField,
    touches: crm.touches,
    digest: (value) => `digest of ${value}`,
    stageOrder: DefaultStageOrder,
    qualification: NoQualification,
    ...change,
  }
}

function shippedConfig(name: CrmName): ReadyCrm {
  const loaded = loadConfig('config', { env: Env, connectors })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const crm = loaded.config.crms.find((one) => one.name === name)
  if (!crm?.ok) throw new Error(JSON.stringify(crm?.problems))
  return crm
}
