import { describe, expect, it, onTestFinished } from 'vitest'
import { dynamics } from '../../../connectors/dynamics/index.ts'
import { compileMapping, type MappingRules } from '../../../src/core/index.ts'
import { type DynamicsSandboxOptions, startDynamicsSandbox } from '../../../src/sandbox/dynamics/index.ts'
import { anySignal } from './described-environment.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const own: MappingRules[string] = {
  emailaddress1: { from: 'person.email' },
  lastname: { from: 'person.lastName', maxLength: 50 },
  leadsync_contactid: { from: 'contactId' },
  leadsync_lastleadat: { from: 'occurredAt', type: 'datetime' },
  leadsync_notes: { from: 'notes', maxLength: 32_000 },
}
const rules: MappingRules = { lead: { ...own, subject: { from: 'offer.title', maxLength: 300 } }, contact: own }

async function openSandbox(options: Omit<DynamicsSandboxOptions, 'token'>, more: Record<string, unknown> = {}) {
  const sandbox = await startDynamicsSandbox({ token: 'sandbox', ...options })
  const settings = dynamics.settings.parse({ baseUrl: sandbox.url, auth: 'static-token', token: 'sandbox', ...more })
  const dependencies = { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log }
  const connector = dynamics.create(settings, dependencies)
  onTestFinished(async () => {
    await connector.stop()
    await sandbox.stop()
  })
  return {
    admin: dynamics.createAdmin(settings, dependencies),
    catalog: () => connector.catalog(anySignal()),
    findings: async () => connector.verify(compileMapping(rules), await connector.catalog(anySignal()), anySignal()),
    async requests() {
      const answer = await fetch(`${sandbox.url}/_sandbox/requests`)
      return ((await answer.json()) as { requests: { path: string }[] }).requests.length
    },
  }
}

describe('a new environment', () => {
  it.each([
    ['in batches', {}],
    ['one by one, as batches are refused', { batchRefused: 501 as const }],
  ])('lacks what the mapping needs, is given it, and lacks nothing then (%s)', async (_, options) => {
    const { admin, catalog, findings } = await openSandbox({ ...options, org: { provisioned: false } })
    const errors = (await findings()).filter(({ severity }) => severity === 'error')
    expect(errors.map(({ object, field }) => `${object}.${field}`)).toEqual(
      ['lead', 'contact'].flatMap((kind) =>
        ['leadsync_contactid', 'leadsync_lastleadat', 'leadsync_notes'].map((name) => `${kind}.${name}`),
      ),
    )
    const steps = admin.planProvision(rules, await catalog())
    expect(steps).toHaveLength(6)
    expect(new Set(await admin.provision(steps, anySignal()))).toEqual(new Set(['created']))
    expect(admin.planProvision(rules, await catalog())).toEqual([])
    expect(await findings()).toEqual([])
    expect(new Set(await admin.provision(steps, anySignal()))).toEqual(new Set(['exists']))
  })

  it('is given alternate keys, which can be used once their index is built', async () => {
    const alternate = { key: 'alternate-key' }
    const { admin, catalog, findings } = await openSandbox({ org: { keyIndex: 'pending' } }, alternate)
    const steps = admin.planProvision(rules, await catalog())
    expect(steps.map(({ object, field }) => [object, field])).toEqual([
      ['lead', 'leadsync_contactid'],
      ['contact', 'leadsync_contactid'],
    ])
    expect(await admin.provision(steps, anySignal())).toEqual(['created', 'created'])
    expect(await findings()).toMatchObject(
      ['lead', 'contact'].map((object) => ({ object, message: expect.stringContaining('not built yet (Pending)') })),
    )
    const { findings: active } = await openSandbox({ org: { alternateKey: true } }, alternate)
    expect(await active()).toEqual([])
  })
})

describe('an environment', () => {
  it('is described in two requests', async () => {
    const { catalog, requests } = await openSandbox({})
    expect((await catalog()).objects.lead?.length).toBeGreaterThan(50)
    expect(await requests()).toBe(2)
  })

  it('may hide its definitions, and nothing else is wrong with it then', async () => {
    const { catalog, findings } = await openSandbox({ org: { metadataForbidden: true } })
    expect((await catalog()).objects).toEqual({ lead: null, contact: null, task: null })
    expect(await findings()).toMatchObject([{ severity: 'warning', object: null }])
  })

  it('may not have given every privilege', async () => {
    const { findings } = await openSandbox({ org: { missingPrivileges: ['prvCreateLead', 'prvWriteActivity'] } })
    expect(await findings()).toMatchObject([
      { severity: 'error', object: 'lead', message: expect.stringContaining('prvCreateLead') },
      { severity: 'warning', object: 'task', message: expect.stringContaining('prvWriteActivity') },
    ])
  })

  it('without the application user is no environment to prepare', async () => {
    const { admin, catalog } = await openSandbox({ org: { applicationUser: false } })
    await expect(catalog()).rejects.toMatchObject({ code: 'misconfigured' })
    const steps = admin.planProvision(rules, { org: null, objects: {} })
    const refused = await admin.provision(steps, anySignal())
    expect(refused).toMatchObject(steps.map(() => ({ code: 'misconfigured' })))
    for (const one of refused) expect(String(one)).not.toContain('System Customizer')
  })
})
