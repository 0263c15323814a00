import { describe, expect, it } from 'vitest'
import type { RecordWrite, Touch } from '../../../src/core/index.ts'
import { good, objects, openPortal, type TestPortal } from './portal.ts'
import { anySignal, keys, write } from './tiny-server.ts'

function person(some: Partial<RecordWrite> = {}): RecordWrite {
  return write({ email: 'jane+1@contoso.com', fields: { email: 'jane+1@contoso.com' }, ...some })
}

function touch(id: string): Touch {
  return { id, at: '2026-11-23T10:00:00.000Z', text: 'PLT: <Contoso Analytics>\nJane Doe' }
}

async function writeOne({ connector }: TestPortal, some: Partial<RecordWrite> = {}) {
  const [outcome] = await connector.write([person(some)], anySignal())
  return outcome
}

describe('touches', () => {
  it('stand as notes on the contact, each once, however often the write comes', async () => {
    const portal = await openPortal()
    await writeOne(portal, { touches: [touch('lead-1')] })
    await writeOne(portal, { touches: [touch('lead-1'), touch('lead-2')] })
    const notes = await portal.records('note')
    expect(notes).toHaveLength(2)
    expect(notes[0]?.fields).toMatchObject({
      hs_note_body: expect.stringMatching(/^PLT: &lt;Contoso Analytics&gt;<br>Jane Doe<br><br>\[leadsync:[0-9a-f]{24}\]$/),
      hs_timestamp: expect.stringContaining('2026-11-23T10:00:00'),
    })
  })

  it('are looked for only where some can be: a contact made in this call has none', async () => {
    const portal = await openPortal()
    await writeOne(portal, { touches: [touch('lead-1')] })
    expect((await portal.requests()).filter((request) => request.includes('associations'))).toEqual([])
  })

  it('are written on their own when nothing else changes', async () => {
    const portal = await openPortal()
    const [id = null] = await portal.enter('jane+1@contoso.com')
    expect(await writeOne(portal, { recordId: id, fields: {}, touches: [touch('lead-1')] })).toMatchObject({ id })
    expect(await portal.records('note')).toHaveLength(1)
  })

  it('that could not be made now make the write repeat, and are there once in the end', async () => {
    const portal = await openPortal()
    const create = { method: 'POST', path: objects('notes/batch/create') }
    await portal.arm({ match: create, times: 1, status: 429, body: '{"policyName":"SECONDLY"}' })
    expect(await writeOne(portal, { touches: [touch('lead-1')] })).toMatchObject({ code: 'rate_limited' })
    await portal.arm({ match: create, times: 1, reset: true, commit: true })
    expect(await writeOne(portal, { touches: [touch('lead-1')] })).toMatchObject({ result: 'updated' })
    expect(await portal.records('note')).toHaveLength(1)
  })

  it('that HubSpot will never take are left out, and the contact is delivered', async () => {
    const portal = await openPortal()
    const body = '{"category":"VALIDATION_ERROR","message":"no"}'
    await portal.arm({ match: { method: 'POST', path: objects('notes/batch/create') }, times: 1, status: 400, body })
    const outcome = await writeOne(portal, { touches: [touch('lead-1')] })
    expect(outcome).toMatchObject({ result: 'created', dropped: [{ field: 'hs_note_body' }] })
  })
})

describe('opting out', () => {
  it('unsubscribes the written contact from everything, and nobody else', async () => {
    const portal = await openPortal()
    const [other] = await portal.enter('other@contoso.com')
    expect(await writeOne(portal, { optOut: ['email', 'phone'] })).toMatchObject({ result: 'created' })
    const [jane] = good(await portal.connector.match([keys({ email: 'jane+1@contoso.com' })], anySignal()))
    expect(jane).toMatchObject({ kind: 'one', record: { optOuts: ['email'] } })
    const record = { object: 'contact', id: other ?? '' }
    const [found] = good(await portal.connector.match([keys({ record })], anySignal()))
    expect(found).toMatchObject({ kind: 'one', record: { optOuts: [] } })
  })

  it('may be repeated, is never undone by a later write, and names nobody in the log', async () => {
    const portal = await openPortal()
    for (const optOut of [['email'], ['email'], [], ['phone']] as const)
      good([await writeOne(portal, { optOut })].flatMap((one) => one ?? []))
    const [contact] = await portal.records('contact')
    expect(contact?.fields.hs_email_optout).toBe('true')
    const calls = (await portal.requests()).filter((request) => request.includes('/communication-preferences/'))
    expect(calls).toHaveLength(2)
    expect(calls.every((request) => request.endsWith('/unsubscribe-all'))).toBe(true)
    expect(portal.logged.join()).toContain('/statuses/{email}/unsubscribe-all')
    expect(portal.logged.join()).not.toMatch(/jane|contoso/)
  })

  it('alone is a change, and nothing without an e-mail', async () => {
    const portal = await openPortal()
    const [id = null] = await portal.enter('jane+1@contoso.com')
    expect(await writeOne(portal, { recordId: id, fields: {}, optOut: ['email'] })).toMatchObject({ result: 'updated' })
    expect(await writeOne(portal, { recordId: id, fields: {}, email: null, optOut: ['email'] })).toMatchObject({
      result: 'unchanged',
    })
  })

  it('without its scope says which one, and that there is another mode', async () => {
    const portal = await openPortal()
    const match = { method: 'POST', path: '/communication-preferences/*' }
    await portal.arm({ match, times: 1, status: 403, body: '{"category":"MISSING_SCOPES"}' })
    const outcome = await writeOne(portal, { optOut: ['email'] })
    expect(outcome).toMatchObject({
      code: 'misconfigured',
      message: expect.stringContaining('communication_preferences.read_write'),
    })
  })
})

describe('companies: match-by-domain', () => {
  const settings = { companies: 'match-by-domain' }
  async function withCompanies(...domains: string[]): Promise<TestPortal> {
    const portal = await openPortal({ searchLagMs: 0 }, settings)
    if (domains.length > 0)
      await portal.call('POST', objects('companies/batch/create'), {
        inputs: domains.map((domain) => ({ properties: { domain } })),
      })
    return portal
  }
  async function linked(portal: TestPortal): Promise<unknown[]> {
    const contacts = await portal.records('contact')
    const inputs = contacts.map(({ id }) => ({ id }))
    const answer = await portal.call('POST', '/crm/associations/2026-09/contacts/companies/batch/read', { inputs })
    return (answer as { results: unknown[] }).results
  }

  it('links a new contact to the one company with its domain', async () => {
    const portal = await withCompanies('contoso.com', 'fabrikam.com')
    good(
      await portal.connector.write([person(), person({ contactId: 'c-2', email: 'x@nowhere.example', fields: {} })], anySignal()),
    )
    expect(await linked(portal)).toHaveLength(1)
    expect(await portal.records('company')).toHaveLength(2)
  })

  it.each([
    ['two companies have the domain', ['contoso.com', 'contoso.com'], 'jane@contoso.com'],
    ['none has', [], 'jane@contoso.com'],
    ['the domain is a free provider', ['gmail.com', 'yahoo.co.jp', 'web.de'], 'jane@yahoo.co.jp'],
  ])('links nobody, and makes no company, when %s', async (_, domains, email) => {
    const portal = await withCompanies(...domains)
    good(await portal.connector.write([person({ email, fields: { email } })], anySignal()))
    expect(await linked(portal)).toEqual([])
    expect(await portal.records('company')).toHaveLength(domains.length)
  })

  it('asks nothing for a contact that was there before', async () => {
    const portal = await withCompanies('contoso.com')
    await writeOne(portal)
    const before = (await portal.requests()).length
    await writeOne(portal)
    expect((await portal.requests()).slice(before).filter((request) => request.includes('companies'))).toEqual([])
  })

  it('never fails a delivery', async () => {
    const portal = await withCompanies('contoso.com')
    await portal.arm({ match: { method: 'POST', path: objects('companies/search') }, times: 9, status: 403, body: '' })
    expect(await writeOne(portal)).toMatchObject({ result: 'created' })
    expect(portal.logged.join('\n')).toContain('New contacts were not linked')
  })
})

describe('owners by e-mail', () => {
  it.each([
    ['sam@sandbox.example', '101', []],
    ['gone@sandbox.example', undefined, ['hubspot_owner_id']],
    ['101', '101', []],
  ])('%s becomes the owner %s', async (owner, id, dropped) => {
    const portal = await openPortal()
    const outcome = await writeOne(portal, { fields: { email: 'jane+1@contoso.com', hubspot_owner_id: owner } })
    expect(good([outcome].flatMap((one) => one ?? [])).flatMap((one) => one.dropped.map(({ field }) => field))).toEqual(dropped)
    const [contact] = await portal.records('contact')
    expect(contact?.fields.hubspot_owner_id || undefined).toBe(id)
  })

  it('are asked for once, not with every lead', async () => {
    const portal = await openPortal()
    const fields = { email: 'jane+1@contoso.com', hubspot_owner_id: 'sam@sandbox.example' }
    for (const _ of [1, 2, 3]) await writeOne(portal, { fields })
    expect((await portal.requests()).filter((request) => request.includes('/owners/'))).toHaveLength(1)
  })
})

describe('a contact that the ledger knows and HubSpot does not', () => {
  it('was deleted when it can be restored, and perhaps erased when it can not', async () => {
    const portal = await openPortal()
    const [deleted = '', erased = ''] = await portal.enter('a@contoso.com', 'b@contoso.com')
    await portal.call('DELETE', objects(`contacts/${deleted}`))
    await portal.call('POST', objects('contacts/gdpr-delete'), { objectId: erased })
    const asked = [deleted, erased].map((id) => keys({ contactIds: [`c-${id}`], record: { object: 'contact', id } }))
    expect(await portal.connector.match(asked, anySignal())).toEqual([
      { kind: 'none', deleted: true },
      { kind: 'none', deleted: true, erased: true },
    ])
  })
})
