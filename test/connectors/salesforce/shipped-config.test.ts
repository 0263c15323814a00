import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { connectors } from '../../../connectors/registry.ts'
import { createSalesforceAdmin } from '../../../connectors/salesforce/admin.ts'
import { readCatalog } from '../../../connectors/salesforce/org/org.ts'
import { verifyOrg } from '../../../connectors/salesforce/verify/verify.ts'
import type { ReadyCrm } from '../../../src/config/crm-settings.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { compileMapping, type ProvisionStep, withOwnFields } from '../../../src/core/index.ts'
import {
  anySignal,
  contactFields,
  field,
  key,
  leadFields,
  openOrg,
  picklist,
  taskFields,
  type WireField,
} from './described-org.ts'

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const Enabled = {
  SALESFORCE_ENABLED: 'true',
  SALESFORCE_BASE_URL: 'https://acme.my.salesforce.com',
  SALESFORCE_CLIENT_ID: '3MVG9.key',
  SALESFORCE_USERNAME: 'leadsync@acme.example',
  SALESFORCE_PRIVATE_KEY: privateKey,
}

function shipped(env: Record<string, string>): ReadyCrm | undefined {
  const loaded = loadConfig('config', {
    env: { LEADSYNC_MARKETPLACE_TOKEN: 'a-token-of-32-characters-or-more', ...env },
    connectors,
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const crm = loaded.config.crms.find(({ name }) => name === 'salesforce')
  if (crm && !crm.ok) throw new Error(JSON.stringify(crm.problems))
  return crm
}

const enabled = shipped({ ...Enabled, HUBSPOT_ENABLED: 'false' })

/** As a new org has them, beside what the tests of `verify` need. */
const standard = [
  field('FirstName', { length: 40 }),
  field('Title', { length: 128 }),
  field('Phone', { type: 'phone', length: 40 }),
]
const ofLeads = [field('Country', { length: 80 }), picklist('LeadSource', ['Web'], { restrictedPicklist: false, length: 255 })]
const plain = (fields: readonly WireField[]) => fields.filter(({ name }) => !/^(leadsync_.*|FirstName)$/.test(name))

/** How an org describes what a step has made in it. */
function described({ field: name, definition }: ProvisionStep): WireField {
  const { type, length = 0, externalId, unique } = definition.Metadata as Record<string, unknown>
  const types: Record<string, string> = { Text: 'string', LongTextArea: 'textarea', DateTime: 'datetime' }
  return field(name, { type: types[String(type)], length, externalId: externalId === true, unique: unique === true })
}

describe('the shipped salesforce.yaml', () => {
  it('is off, and needs nothing then', () => {
    expect(shipped({ HUBSPOT_TOKEN: 'pat-na1-x' })).toBeUndefined()
  })

  it('names in the file what is missing when it is switched on', () => {
    const loaded = loadConfig('config', {
      env: { LEADSYNC_MARKETPLACE_TOKEN: 'x'.repeat(32), SALESFORCE_ENABLED: 'true' },
      connectors,
    })
    const crm = loaded.ok ? loaded.config.crms.find(({ name }) => name === 'salesforce') : undefined
    const problems = crm && !crm.ok ? crm.problems : loaded.ok ? [] : loaded.problems
    const keys = problems.filter(({ file }) => file.endsWith('salesforce.yaml')).map((problem) => problem.key)
    expect(keys).toEqual(['baseUrl', 'clientId', 'username'])
  })

  it('overwrites only what is its own', () => {
    const fields = ['lead', 'contact'].flatMap((kind) => Object.entries(enabled?.mapping[kind] ?? {}))
    expect(fields.length).toBeGreaterThan(25)
    for (const [name, { policy }] of fields) expect(policy !== 'overwrite' || name.startsWith('leadsync_')).toBe(true)
  })

  it('has all that it needs in a new org in which its fields were provisioned', async () => {
    if (!enabled) throw new Error('salesforce.yaml is not enabled')
    const rules = withOwnFields(enabled)
    const Lead = [...plain(leadFields), ...standard, ...ofLeads]
    const Contact = [...plain(contactFields), ...standard, field('MailingCountry', { length: 80 })]
    const Task = plain(taskFields)
    const before = await openOrg({ objects: { Lead, Contact, Task } })
    const { catalog } = await readCatalog(before.api, 'sales', anySignal())
    const steps = createSalesforceAdmin(before.api, 'sales', before.settings).planProvision(rules, catalog)
    const made = (kind: string) => steps.filter(({ object }) => object === kind).map(described)
    const after = await openOrg({
      objects: {
        Lead: [...Lead, ...made('lead')],
        Contact: [...Contact, ...made('contact')],
        Task: [...Task, ...made('task')],
      },
    })
    expect(made('lead')).toContainEqual(key())
    const context = { api: after.api, crm: 'sales', signal: anySignal(), settings: after.settings }
    expect(await verifyOrg(compileMapping(rules), context)).toEqual([])
  })
})
