import { afterEach, describe, expect, it } from 'vitest'
import { connectors } from '../../../connectors/registry.ts'
import { type Answer, anySignal, connect, keys, startTinyServer, type TinyServer, token, withCatalog } from './tiny-server.ts'

const servers: TinyServer[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function serve(answer: Answer): Promise<TinyServer> {
  const server = await startTinyServer(answer)
  servers.push(server)
  return server
}

const nobody: Answer = () => ({ body: { status: 'COMPLETE', results: [] } })

describe('catalog', () => {
  it('says which portal it is and what its contact properties take', async () => {
    const server = await serve(
      withCatalog(nobody, [
        { name: 'email', type: 'string' },
        { name: 'leadsync_contact_id', type: 'string', hasUniqueValue: true, modificationMetadata: { readOnlyValue: false } },
        { name: 'country', type: 'enumeration', options: [{ value: 'DE' }, { value: 'US', hidden: true }] },
        { name: 'hubspot_owner_id', type: 'enumeration', externalOptions: true, options: [] },
        { name: 'hs_email_optout', type: 'bool', modificationMetadata: { readOnlyValue: true } },
        { name: 'score', type: 'number', calculated: true },
      ]),
    )
    const catalog = await connect(server.url).catalog(anySignal())
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/account-info/2026-09/details',
      '/crm/properties/2026-09/contacts?archived=false',
    ])
    expect(catalog).toEqual({
      org: '62515',
      objects: {
        contact: [
          { name: 'email', type: 'string', writable: true, unique: true, options: null },
          { name: 'leadsync_contact_id', type: 'string', writable: true, unique: true, options: null },
          { name: 'country', type: 'enumeration', writable: true, unique: false, options: ['DE', 'US'] },
          { name: 'hubspot_owner_id', type: 'enumeration', writable: true, unique: false, options: null },
          { name: 'hs_email_optout', type: 'bool', writable: false, unique: false, options: null },
          { name: 'score', type: 'number', writable: false, unique: false, options: null },
        ],
      },
    })
  })

  it.each([403, 404])('assumes nothing where it may not read (%i)', async (status) => {
    const server = await serve(() => ({ status }))
    expect(await connect(server.url).catalog(anySignal())).toEqual({ org: null, objects: { contact: null } })
  })

  it.each([
    [{ status: 401 }, 'unauthorized'],
    [{ status: 429, body: { policyName: 'DAILY' } }, 'quota_exhausted'],
    [{ body: { results: 'none' } }, 'unavailable'],
  ])('rejects with what %j means', async (told, code) => {
    const server = await serve(() => told)
    await expect(connect(server.url).catalog(anySignal())).rejects.toMatchObject({ code })
  })

  it('is read by the connector itself once in ten minutes, and again after a minute when that failed', async () => {
    let now = 1_000_000
    let status = 200
    const server = await serve((asked) =>
      asked.method === 'GET' && status !== 200 ? { status } : withCatalog(nobody, [{ name: 'email' }])(asked),
    )
    const connector = connect(server.url, {}, { now: () => now })
    const readings = async (later: number) => {
      now += later
      const before = server.asked.length
      await connector.match([keys({ email: 'a@b.c' })], anySignal())
      return server.asked.slice(before).filter(({ path }) => path.includes('/properties/')).length
    }
    expect([await readings(0), await readings(599_000)]).toEqual([1, 0])
    status = 401
    expect([await readings(1_000), await readings(59_000)]).toEqual([1, 0])
    status = 200
    expect([await readings(1_000), await readings(599_000)]).toEqual([1, 0])
  })
})

describe('settings', () => {
  const { settings } = connectors.hubspot

  it('need only a token', () => {
    expect(settings.parse({ token })).toEqual({
      token,
      baseUrl: 'https://api.hubapi.com',
      apiVersion: '2026-09',
      contactIdProperty: 'leadsync_contact_id',
      companies: 'none',
      timeoutMs: 30_000,
    })
  })

  it('describe every key', () => {
    for (const [key, schema] of Object.entries(settings.shape)) expect(schema.description, key).toMatch(/\.$/)
  })

  it.each([
    [{ token: '' }],
    [{ token: 'pat-na1-x\n' }],
    [{ token, tokn: 'x' }],
    [{ token, baseUrl: 'http://api.hubapi.com' }],
    [{ token, baseUrl: 'http://127.0.0.1.evil.com' }],
    [{ token, baseUrl: 'https://user:pass@api.hubapi.com' }],
    [{ token, baseUrl: 'https://api.hubapi.com/?a=b' }],
    [{ token, baseUrl: 'hubapi' }],
    [{ token, apiVersion: '2020-01' }],
    [{ token, contactIdProperty: 'Contact Id' }],
    [{ token, timeoutMs: 0 }],
  ])('refuse %j', (value) => {
    expect(settings.safeParse(value).success).toBe(false)
  })

  it.each(['http://127.0.0.1:9400', 'http://localhost:1', 'http://[::1]:1/', 'https://api-eu1.hubapi.com/'])(
    'take the address %s',
    (baseUrl) => {
      expect(settings.parse({ token, baseUrl }).baseUrl).toBe(baseUrl)
    },
  )
})
