import { describe, expect, it } from 'vitest'
import { connectors } from '../../connectors/registry.ts'
import { configVersion } from '../../src/config/config-version.ts'
import type { ReadyCrm } from '../../src/config/crm-settings.ts'

const Crm: ReadyCrm = {
  name: 'hubspot',
  ok: true,
  enabled: true,
  connector: 'hubspot',
  settings: { token: 'pat-1', baseUrl: 'https://api.hubapi.com', timeoutMs: 30_000 },
  accept: { offers: ['contoso.analytics'] },
  sharedOrg: false,
  mapping: {
    contact: { firstname: { from: 'person.firstName' }, country: { from: 'person.country', values: { DE: 'Germany' } } },
  },
  doNotContact: { mode: 'flag', createIfMissing: false, markers: { at: 'dnc_at', liftedAt: null, reason: null } },
  touches: { as: 'none' },
  lastLeadField: null,
  onMany: 'park',
  onDeleted: 'recreate',
  onClosed: 'new-record',
  giveUpAfterMs: 1_000,
  quota: { reservePercent: 20, dailyRequests: null },
}

describe('the version of a CRM’s settings', () => {
  it.each<[what: string, changed: Partial<ReadyCrm>]>([
    ['another token', { settings: { ...Crm.settings, token: 'pat-2' } }],
    ['another order of its keys', { settings: { timeoutMs: 30_000, baseUrl: 'https://api.hubapi.com', token: 'pat-1' } }],
    ['another name of its file', { name: 'portal' }],
  ])('is the same with %s', (_, changed) => {
    expect(configVersion({ ...Crm, ...changed })).toBe(configVersion(Crm))
  })

  it.each<[what: string, changed: Partial<ReadyCrm>]>([
    ['another translation', { mapping: { contact: { country: { from: 'person.country', values: { DE: 'Allemagne' } } } } }],
    ['another address', { settings: { ...Crm.settings, baseUrl: 'https://api-eu1.hubapi.com' } }],
    ['another policy', { onMany: 'newest' }],
    ['another order of a list', { accept: { offers: ['contoso.analytics', 'contoso.other'] } }],
  ])('is another with %s', (_, changed) => {
    expect(configVersion({ ...Crm, ...changed })).not.toBe(configVersion(Crm))
    expect(configVersion({ ...Crm, ...changed })).toMatch(/^[0-9a-f]{6}$/)
  })

  it.each(
    Object.entries(connectors).flatMap(([name, { settings }]) => Object.keys(settings.shape).map((key) => [name, key] as const)),
  )('%s: tells nothing of %s if that is a credential', (_, key) => {
    const of = (value: string) => configVersion({ ...Crm, settings: { [key]: value } })
    expect(of('one') === of('another')).toBe(Credentials.includes(key))
    // A setting that is called like one and is none stands here, so that nobody adds a secret unseen.
    if (/token|secret|key|certificate|password/i.test(key)) expect([...Credentials, ...CalledSo]).toContain(key)
  })
})

const Credentials = ['token', 'clientSecret', 'privateKey', 'certificate']
/** A path, and what an alternate key of Dataverse is called. */
const CalledSo = ['tokenFile', 'key']
