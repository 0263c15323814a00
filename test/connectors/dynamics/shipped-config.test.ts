import { describe, expect, it, onTestFinished } from 'vitest'
import { connectors } from '../../../connectors/registry.ts'
import type { ReadyCrm } from '../../../src/config/crm-settings.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { compileMapping, withOwnFields } from '../../../src/core/index.ts'
import { mapLead } from '../../../src/core/map-lead.ts'
import { startDynamicsSandbox } from '../../../src/sandbox/dynamics/index.ts'
import { makeLead } from '../../kit/made-lead.ts'
import { anySignal } from './described-environment.ts'

const Enabled = {
  DYNAMICS_ENABLED: 'true',
  DYNAMICS_BASE_URL: 'https://acme.crm4.dynamics.com',
  DYNAMICS_TENANT_ID: 'acme.example',
  DYNAMICS_CLIENT_ID: '51f81489-12ee-4a9e-aaae-a2591f45987d',
  DYNAMICS_CLIENT_SECRET: 'secret-of-this-test',
}

function load(env: Record<string, string>) {
  return loadConfig('config', {
    env: { LEADSYNC_MARKETPLACE_TOKEN: 'a-token-of-32-characters-or-more', HUBSPOT_ENABLED: 'false', ...env },
    connectors,
  })
}

function shipped(env: Record<string, string>): ReadyCrm | undefined {
  const loaded = load(env)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const crm = loaded.config.crms.find(({ name }) => name === 'dynamics')
  if (crm && !crm.ok) throw new Error(JSON.stringify(crm.problems))
  return crm
}

function ready(env: Record<string, string> = Enabled): ReadyCrm {
  const crm = shipped(env)
  if (!crm) throw new Error('dynamics.yaml is not enabled')
  return crm
}

describe('the shipped dynamics.yaml', () => {
  it('is off, and needs nothing then', () => {
    expect(shipped({})).toBeUndefined()
  })

  it.each<[string, Record<string, string>, string[]]>([
    ['nothing', {}, ['baseUrl']],
    ['an address', { DYNAMICS_BASE_URL: Enabled.DYNAMICS_BASE_URL }, ['tenantId', 'clientId', 'clientSecret']],
    ['an address that is no environment', { ...Enabled, DYNAMICS_BASE_URL: 'https://make.powerapps.com' }, ['baseUrl']],
    ['a static token for a real environment', { ...Enabled, DYNAMICS_AUTH: 'static-token', DYNAMICS_TOKEN: 'x' }, ['auth']],
  ])('names in the file what is wrong when it is switched on with %s', (_, env, keys) => {
    const loaded = load({ DYNAMICS_ENABLED: 'true', ...env })
    const crm = loaded.ok ? loaded.config.crms.find(({ name }) => name === 'dynamics') : undefined
    const problems = crm && !crm.ok ? crm.problems : loaded.ok ? [] : loaded.problems
    expect(problems.filter(({ file }) => file.endsWith('dynamics.yaml')).map((problem) => problem.key)).toEqual(keys)
  })

  it('is complete with an address and a token for the sandbox', () => {
    const env = { DYNAMICS_ENABLED: 'true', DYNAMICS_AUTH: 'static-token', DYNAMICS_TOKEN: 'sandbox' }
    expect(ready({ ...env, DYNAMICS_BASE_URL: 'http://127.0.0.1:9402' }).name).toBe('dynamics')
  })

  it('overwrites only what is its own', () => {
    const fields = ['lead', 'contact'].flatMap((kind) => Object.entries(ready().mapping[kind] ?? {}))
    expect(fields.length).toBeGreaterThan(25)
    for (const [name, { policy }] of fields) expect(policy !== 'overwrite' || name.startsWith('leadsync_')).toBe(true)
  })

  it.each([
    ['Contoso Analytics', 'analytics', 'PLT', { state: 'set', value: 'Contoso Analytics (PLT)' }],
    ['Contoso Analytics', 'analytics', null, { state: 'set', value: 'Contoso Analytics' }],
    ['Contoso Analytics', null, 'PLT', { state: 'set', value: 'Contoso Analytics (PLT)' }],
    [null, 'analytics', 'PLT', { state: 'set', value: 'analytics (PLT)' }],
    // The placeholder stands there then.
    [null, null, 'PLT', { state: 'absent' }],
  ])('gives a lead about %s, %s (%s) a topic', (title, offerId, action, topic) => {
    const lead = makeLead({ action, offer: { title, offerId } })
    const subject = mapLead(compileMapping(ready().mapping), 'lead', lead, 'id').find(({ field }) => field.name === 'subject')
    expect(subject?.mapped).toEqual(topic)
  })

  it.each([true, false])('has all that it needs in an environment with its columns (there already: %s)', async (provisioned) => {
    const crm = ready()
    const sandbox = await startDynamicsSandbox({ token: 'sandbox', org: { provisioned } })
    const { create, createAdmin, settings: Settings } = connectors.dynamics
    const settings = Settings.parse({ baseUrl: sandbox.url, auth: 'static-token', token: 'sandbox' })
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const dependencies = { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log }
    const connector = create(settings, dependencies)
    onTestFinished(async () => {
      await connector.stop()
      await sandbox.stop()
    })
    const rules = withOwnFields(crm)
    const admin = createAdmin(settings, dependencies)
    const steps = admin.planProvision(rules, await connector.catalog(anySignal()))
    expect(steps.length > 0).toBe(!provisioned)
    await admin.provision(steps, anySignal())
    const catalog = await connector.catalog(anySignal())
    expect(await connector.verify(compileMapping(rules), catalog, anySignal())).toEqual([])
  })
})
