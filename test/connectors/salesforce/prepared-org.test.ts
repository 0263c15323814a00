import { describe, expect, it, onTestFinished } from 'vitest'
import { salesforce } from '../../../connectors/salesforce/index.ts'
import { compileMapping, type MappingRules } from '../../../src/core/index.ts'
import { startSalesforceSandbox } from '../../../src/sandbox/salesforce/index.ts'
import { anySignal } from './described-org.ts'

const credentials = { clientId: 'the-consumer-key', clientSecret: 'the-consumer-secret' }
const log = { debug() {}, info() {}, warn() {}, error() {} }
const own: MappingRules[string] = {
  Email: { from: 'person.email' },
  LastName: { from: 'person.lastName', maxLength: 80 },
  leadsync_contact_id__c: { from: 'contactId' },
  leadsync_last_lead_at__c: { from: 'occurredAt', type: 'datetime' },
  leadsync_notes__c: { from: 'notes', maxLength: 32_000 },
}
const rules: MappingRules = { lead: { ...own, Company: { from: 'person.company', maxLength: 255 } }, contact: own }

async function openSandbox(org: object) {
  const sandbox = await startSalesforceSandbox({ apps: [{ ...credentials, username: 'leadsync@acme.example' }], org })
  const settings = salesforce.settings.parse({ baseUrl: sandbox.url, auth: 'client-credentials', ...credentials })
  const dependencies = { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log }
  const connector = salesforce.create(settings, dependencies)
  onTestFinished(async () => {
    await connector.stop()
    await sandbox.stop()
  })
  return {
    admin: salesforce.createAdmin(settings, dependencies),
    catalog: () => connector.catalog(anySignal()),
    findings: async () => connector.verify(compileMapping(rules), await connector.catalog(anySignal()), anySignal()),
  }
}

describe('a new org', () => {
  it('lacks what the mapping needs, is given it, and lacks nothing then', async () => {
    const { admin, catalog, findings } = await openSandbox({ provisioned: false })
    const errors = (await findings()).filter(({ severity }) => severity === 'error')
    expect(errors.map(({ object, field }) => `${object}.${field}`)).toEqual(
      ['lead', 'contact'].flatMap((kind) =>
        ['leadsync_contact_id__c', 'leadsync_last_lead_at__c', 'leadsync_notes__c'].map((name) => `${kind}.${name}`),
      ),
    )
    const steps = admin.planProvision(rules, await catalog())
    expect(steps).toHaveLength(7)
    expect(new Set(await admin.provision(steps, anySignal()))).toEqual(new Set(['created']))
    expect(admin.planProvision(rules, await catalog())).toEqual([])
    expect(await findings()).toEqual([])
    expect(new Set(await admin.provision(steps, anySignal()))).toEqual(new Set(['exists']))
  })

  it('may hide a field, which looks as if it was not there', async () => {
    const { findings } = await openSandbox({ hiddenFields: ['Lead.DoNotCall', 'Contact.leadsync_notes__c'] })
    expect(await findings()).toMatchObject([
      { severity: 'warning', object: 'lead', message: expect.stringContaining('"DoNotCall"') },
      { severity: 'error', object: 'contact', field: 'leadsync_notes__c' },
    ])
  })
})
