import { describe, expect, it } from 'vitest'
import { compileMapping, type Finding, type MappingRules } from '../../../src/core/index.ts'
import { openPortal, type TestPortal } from './portal.ts'
import { anySignal, connect, startTinyServer, withCatalog } from './tiny-server.ts'

const seats = { name: 'seats', type: 'number' as const, fieldType: 'number' as const, label: 'Seats' }
const plan = {
  name: 'plan',
  type: 'enumeration' as const,
  fieldType: 'select' as const,
  label: 'Plan',
  options: ['gold', 'silver'].map((value, displayOrder) => ({ label: value, value, displayOrder, hidden: false })),
}

async function verify({ connector }: Pick<TestPortal, 'connector'>, contact: MappingRules[string]): Promise<readonly Finding[]> {
  const catalog = await connector.catalog(anySignal())
  return connector.verify(compileMapping({ contact }), catalog, anySignal())
}

const healthy: MappingRules[string] = {
  email: { from: 'person.email' },
  firstname: { from: 'person.firstName' },
  lifecyclestage: { value: 'lead', policy: 'create-only' },
  leadsync_contact_id: { from: 'contactId' },
  leadsync_last_lead_at: { from: 'occurredAt', type: 'datetime' },
}

describe('verify', () => {
  it('finds nothing in a portal that has what the mapping needs', async () => {
    expect(await verify(await openPortal(), healthy)).toEqual([])
  })

  it.each<[string, MappingRules[string], Partial<Finding>]>([
    [
      'a missing property',
      { first_name: { from: 'person.firstName' } },
      { severity: 'error', field: 'first_name', message: 'did you mean "firstname"' },
    ],
    [
      'a missing property of our own',
      { leadsync_x: { from: 'notes' } },
      { severity: 'error', field: 'leadsync_x', message: 'leadsync provision' },
    ],
    [
      'a missing required property',
      { nosuch: { from: 'notes', required: true } },
      { severity: 'error', field: 'nosuch', message: 'parked' },
    ],
    [
      'a read-only property',
      { createdate: { from: 'occurredAt' } },
      { severity: 'error', field: 'createdate', message: 'read-only' },
    ],
    [
      'text for a number',
      { seats: { from: 'notes', type: 'string' } },
      { severity: 'error', field: 'seats', message: 'type: number' },
    ],
    [
      'who knows what for a number',
      { seats: { from: 'notes' } },
      { severity: 'warning', field: 'seats', message: 'type: number' },
    ],
    [
      'an unknown option as literal',
      { plan: { value: 'golden' } },
      { severity: 'error', field: 'plan', message: 'Did you mean "gold"' },
    ],
    [
      'an unknown option where the lead says nothing',
      { plan: { from: 'notes', values: { a: 'gold' }, default: 'x' } },
      { severity: 'error', field: 'plan', message: '"gold", "silver"' },
    ],
    [
      'an unknown option among values',
      { plan: { from: 'notes', values: { a: 'gold', b: 'iron' } } },
      { severity: 'error', field: 'plan', message: '"iron"' },
    ],
    ['anything for a choice', { plan: { from: 'notes' } }, { severity: 'warning', field: 'plan', message: 'values' }],
    [
      'an owner who left',
      { hubspot_owner_id: { value: 'gone@sandbox.example' } },
      { severity: 'error', field: 'hubspot_owner_id', message: 'deactivated' },
    ],
    [
      'an owner nobody knows',
      { hubspot_owner_id: { from: 'person.country', values: { US: 'sam@sandbox.example' }, default: 'who@sandbox.example' } },
      { severity: 'error', field: 'hubspot_owner_id', message: 'no user who@sandbox.example' },
    ],
  ])('finds %s', async (_, contact, { message, ...rest }) => {
    const portal = await openPortal({ seedProperties: { contacts: [seats, plan] } })
    expect(await verify(portal, { ...healthy, ...contact })).toEqual([
      { object: 'contact', message: expect.stringContaining(message ?? ''), ...rest },
    ])
  })

  it('takes several choices in one text, and true for a checkbox', async () => {
    const portal = await openPortal({ seedProperties: { contacts: [plan] } })
    expect(await verify(portal, { ...healthy, plan: { value: ';gold;silver' } })).toEqual([])
  })

  it('says that the contact id property is missing, or not unique', async () => {
    const error = { severity: 'error', object: 'contact', field: 'leadsync_contact_id' }
    const missing = await openPortal({ missingProperties: ['leadsync_contact_id'] })
    expect(await verify(missing, healthy)).toMatchObject([{ ...error, message: expect.stringContaining('leadsync provision') }])
    const portal = await openPortal({}, { contactIdProperty: 'leadsync_notes' })
    const wrong = await verify(portal, healthy)
    expect(wrong).toMatchObject([{ ...error, field: 'leadsync_notes', message: expect.stringContaining('unique values') }])
  })

  it("warns when HubSpot's own Salesforce sync is on", async () => {
    const property = {
      name: 'salesforceleadid',
      type: 'string' as const,
      fieldType: 'text' as const,
      label: 'Salesforce Lead ID',
    }
    const portal = await openPortal({ seedProperties: { contacts: [property] } })
    expect(await verify(portal, healthy)).toMatchObject([
      { severity: 'warning', object: null, message: expect.stringContaining('Salesforce') },
    ])
  })

  it('names each scope that is missing, as far as 403s tell, and writes nothing', async () => {
    const server = await startTinyServer(withCatalog(() => ({ status: 403, body: { category: 'MISSING_SCOPES' } })))
    const connector = connect(server.url, { companies: 'match-by-domain' })
    const messages = (await verify({ connector }, { ...healthy, hubspot_owner_id: { value: 'sam@sandbox.example' } })).map(
      ({ message }) => message,
    )
    for (const scope of [
      'schemas.contacts.read',
      'objects.contacts.read',
      'objects.contacts.write',
      'objects.companies.read',
      'objects.owners.read',
    ])
      expect(
        messages.some((message) => message.includes(`crm.${scope}`)),
        scope,
      ).toBe(true)
    expect(server.asked.flatMap(({ body }) => body?.inputs ?? [])).toEqual([])
    await server.stop()
  })

  it.each([
    [401, 'unauthorized'],
    [429, 'rate_limited'],
  ])('rejects when a probe is answered with %i', async (status, code) => {
    const server = await startTinyServer(withCatalog(() => ({ status })))
    await expect(verify({ connector: connect(server.url) }, healthy)).rejects.toMatchObject({ code })
    await server.stop()
  })

  it('takes any other refusal of an empty call for a yes: the scope was there', async () => {
    const server = await startTinyServer(withCatalog(() => ({ status: 400, body: { category: 'VALIDATION_ERROR' } })))
    const findings = await verify({ connector: connect(server.url) }, healthy)
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    await server.stop()
  })
})
