import { describe, expect, it } from 'vitest'
import { hubspot } from '../../../connectors/hubspot/index.ts'
import type { CrmAdmin, MappingRules } from '../../../src/core/index.ts'
import { openPortal, type TestPortal } from './portal.ts'
import { anySignal, token } from './tiny-server.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

function adminOf({ url: baseUrl }: { url: string }, settings = {}): CrmAdmin {
  const parsed = hubspot.settings.parse({ token, baseUrl, ...settings })
  return hubspot.createAdmin(parsed, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log })
}

const rules: MappingRules = {
  contact: {
    email: { from: 'person.email' },
    frstname: { from: 'person.firstName' },
    leadsync_contact_id: { from: 'contactId' },
    leadsync_last_lead_at: { from: 'occurredAt' },
    leadsync_day: { from: 'occurredAt', type: 'date' },
    leadsync_seats: { from: 'campaign.seats', type: 'number' },
    leadsync_test: { from: 'test', type: 'boolean' },
    leadsync_notes: { from: 'notes', maxLength: 65_000 },
    leadsync_last_offer: { from: 'offer.title' },
  },
}

async function stepsFor(portal: TestPortal) {
  return adminOf(portal).planProvision(rules, await portal.connector.catalog(anySignal()))
}

describe('provision', () => {
  it("plans Leadsync's own properties that are missing, each in a sentence, and nothing that may be a misspelt one", async () => {
    const steps = await stepsFor(await openPortal({ provisioned: false }))
    expect(steps.map(({ field, sentence }) => [field, /\((.+)\)/.exec(sentence)?.[1]])).toEqual([
      ['leadsync_contact_id', 'label "Leadsync: contact id", single-line text, unique values'],
      ['leadsync_last_lead_at', 'label "Leadsync: last lead at", date and time'],
      ['leadsync_day', 'label "Leadsync: day", date'],
      ['leadsync_seats', 'label "Leadsync: seats", number'],
      ['leadsync_test', 'label "Leadsync: test", yes or no'],
      ['leadsync_notes', 'label "Leadsync: notes", multi-line text'],
      ['leadsync_last_offer', 'label "Leadsync: last offer", single-line text'],
    ])
  })

  it('makes them, after which nothing is left to plan or to find', async () => {
    const portal = await openPortal({ provisioned: false })
    const steps = await stepsFor(portal)
    expect(new Set(await adminOf(portal).provision(steps, anySignal()))).toEqual(new Set(['created']))
    expect(await stepsFor(portal)).toEqual([])
    const fields = (await portal.connector.catalog(anySignal())).objects.contact ?? []
    const made = new Map(fields.map((field) => [field.name, field]))
    expect(made.get('leadsync_contact_id')).toMatchObject({ unique: true, writable: true, type: 'string' })
    expect(made.get('leadsync_last_lead_at')).toMatchObject({ type: 'datetime' })
    expect(made.get('leadsync_test')).toMatchObject({ type: 'bool' })
  })

  it('may be repeated after a failure: what is there is fine', async () => {
    const portal = await openPortal({ provisioned: false })
    const steps = await stepsFor(portal)
    const path = '/crm/properties/2026-09/contacts'
    await portal.arm({ match: { method: 'POST', path }, times: 1, status: 403, body: '{"category":"MISSING_SCOPES"}' })
    const refused = await adminOf(portal).provision(steps, anySignal())
    expect(refused).toMatchObject(steps.map(() => ({ code: 'misconfigured' })))
    expect((await portal.requests()).filter((request) => request === `POST ${path}`)).toHaveLength(1)
    await portal.arm({ match: { method: 'POST', path }, times: 1, status: 502, commit: true, body: '' })
    expect(await adminOf(portal).provision(steps, anySignal())).toEqual(['exists', ...steps.slice(1).map(() => 'created')])
    expect(new Set(await adminOf(portal).provision(steps, anySignal()))).toEqual(new Set(['exists']))
  })

  it('plans all of it where the properties can not be read', () => {
    const catalog = { org: null, objects: { contact: null } }
    expect(adminOf({ url: 'http://127.0.0.1:1' }).planProvision(rules, catalog)).toHaveLength(7)
  })

  it('plans a contact id property of another name that the mapping does not mention', async () => {
    const portal = await openPortal()
    const admin = adminOf(portal, { contactIdProperty: 'our_key' })
    const steps = admin.planProvision({ contact: {} }, await portal.connector.catalog(anySignal()))
    expect(steps).toMatchObject([{ field: 'our_key', definition: { hasUniqueValue: true, label: 'our key' } }])
  })
})
