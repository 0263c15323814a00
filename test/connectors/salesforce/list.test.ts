import { expect, it } from 'vitest'
import { createSalesforceAdmin } from '../../../connectors/salesforce/admin.ts'
import { anySignal, contactFields, field, key, leadFields, type OrgOptions, openOrg } from './described-org.ts'

const markers = { at: 'leadsync_dnc_at__c', liftedAt: 'leadsync_dnc_lifted_at__c' }
const first = { cursor: null, lastLeadField: 'leadsync_last_lead_at__c', markers }
const leadId = '00Q5e00000ABCDeEAP'
const hidden = (fields: typeof leadFields, ...names: string[]) => fields.filter(({ name }) => !names.includes(name))

async function opened(options: OrgOptions = {}) {
  const org = await openOrg(options)
  return { org, admin: createSalesforceAdmin(org.api, 'sales', org.settings) }
}

it('reads Leads, then Contacts, 2,000 at a time by record id, and no field that the user may not see', async () => {
  const seen = [...leadFields, field('Phone'), field('MobilePhone'), field('leadsync_dnc_at__c')]
  const rows = Array.from({ length: 2_000 }, () => ({ Id: leadId, leadsync_contact_id__c: 'c-1' }))
  const records = (soql: string) => (soql.includes('FROM Lead') && !soql.includes('Id >') ? rows : [])
  const { org, admin } = await opened({ objects: { Lead: seen, Contact: hidden(contactFields, 'Email') }, records })
  const cursors: (string | null)[] = []
  let cursor: string | null = null
  do {
    const { next } = await admin.list({ ...first, cursor }, anySignal())
    cursors.push(next)
    cursor = next
  } while (cursor !== null)
  expect(cursors).toEqual([`lead:${leadId}`, 'contact', null])
  const lead =
    'SELECT Id, leadsync_contact_id__c, Email, Phone, MobilePhone, LastName, Status, leadsync_last_lead_at__c, leadsync_dnc_at__c FROM Lead'
  expect(org.queries).toEqual([
    `${lead} WHERE leadsync_contact_id__c != null ORDER BY Id LIMIT 2000`,
    `${lead} WHERE leadsync_contact_id__c != null AND Id > '${leadId}' ORDER BY Id LIMIT 2000`,
    'SELECT Id, leadsync_contact_id__c, LastName, leadsync_last_lead_at__c FROM Contact WHERE leadsync_contact_id__c != null ORDER BY Id LIMIT 2000',
  ])
  expect(org.asked.filter(({ path }) => path.endsWith('/describe'))).toHaveLength(3)
})

it('tells ids in their long spelling, a placeholder as no name, and closed from open', async () => {
  const row = { Id: leadId, leadsync_contact_id__c: 'c-1', LastName: '[unknown]', Status: 'Open', IsConverted: false }
  const { admin } = await opened({
    records: () => [
      {
        ...row,
        Id: leadId.slice(0, 15),
        MobilePhone: '+1',
        leadsync_last_lead_at__c: '2026-11-23T10:00:00.000+0000',
        leadsync_dnc_at__c: '2026-11-23T10:00:00.000+0000',
      },
      { ...row, Status: 'closed - not converted', leadsync_last_lead_at__c: 'soon' },
      { ...row, IsConverted: true },
      { ...row, leadsync_contact_id__c: ' ' },
    ],
  })
  const { records } = await admin.list(first, anySignal())
  expect(records[0]).toEqual({
    object: 'lead',
    id: leadId,
    contactId: 'c-1',
    email: null,
    phone: '+1',
    lastName: null,
    lastLeadAt: '2026-11-23T10:00:00.000Z',
    noSince: '2026-11-23T10:00:00.000Z',
    noLiftedAt: null,
    closed: false,
  })
  expect(records.map(({ closed }) => closed)).toEqual([false, true, true])
  expect(records.map(({ lastLeadAt }) => lastLeadAt)).toEqual(['2026-11-23T10:00:00.000Z', null, null])
})

it('skips Contacts that can’t hold a contact id, and does not go without Leads that can’t', async () => {
  const { org, admin } = await opened({
    objects: { Contact: hidden(contactFields, 'leadsync_contact_id__c') },
    records: () => [],
  })
  expect(await admin.list({ ...first, cursor: 'contact' }, anySignal())).toEqual({ records: [], next: null })
  expect(org.queries).toEqual([])
  const encrypted = [...hidden(leadFields, 'leadsync_contact_id__c'), key('leadsync_contact_id__c', { filterable: false })]
  const blind = await opened({ objects: { Lead: encrypted } })
  await expect(blind.admin.list(first, anySignal())).rejects.toMatchObject({
    code: 'misconfigured',
    fields: ['leadsync_contact_id__c'],
  })
  const none = await opened({ settings: { contactIdField: 'none' } })
  await expect(none.admin.list(first, anySignal())).rejects.toMatchObject({ code: 'misconfigured' })
})

it('learns the fields anew when one of them has gone meanwhile', async () => {
  let gone = true
  const { org, admin } = await opened({ records: () => (gone ? { status: 400, errorCode: 'INVALID_FIELD' } : []) })
  await expect(admin.list(first, anySignal())).rejects.toMatchObject({ code: 'misconfigured', status: 400 })
  gone = false
  expect(await admin.list(first, anySignal())).toEqual({ records: [], next: 'contact' })
  expect(org.asked.filter(({ path }) => path.endsWith('/Lead/describe'))).toHaveLength(2)
})

it('takes a row without its id for no page rather than leave anybody out', async () => {
  const { admin } = await opened({ records: () => [{ leadsync_contact_id__c: 'c-1' }] })
  await expect(admin.list(first, anySignal())).rejects.toMatchObject({ code: 'protocol' })
})

it.each(['task', 'lead:', 'lead:003000000000001AAA', "contact:003' OR Id > '", 'lead:00Q'])(
  'begins nowhere at %s',
  async (cursor) => {
    const { org, admin } = await opened()
    await expect(admin.list({ ...first, cursor }, anySignal())).rejects.toMatchObject({ code: 'protocol' })
    expect(org.queries).toEqual([])
  },
)
