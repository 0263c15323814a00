import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isId, longId } from '../../../connectors/salesforce/org/ids.ts'
import { readCatalog, refresh, unknownOrg } from '../../../connectors/salesforce/org/org.ts'
import {
  anySignal,
  type DescribedOrg,
  field,
  key,
  leadFields,
  type OrgOptions,
  openOrg,
  orgId,
  picklist,
} from './described-org.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }

function catalogOf({ api }: DescribedOrg) {
  return readCatalog(api, 'sales', anySignal())
}

describe('the catalog', () => {
  it('says which org it is and what its fields take', async () => {
    const Lead = [
      key(),
      field('CreatedDate', { type: 'datetime', length: 0, createable: false, updateable: false }),
      field('Once__c', { updateable: false }),
      picklist('Rating', ['Hot', 'Cold'], { length: 40 }),
      picklist('LeadSource', ['Web'], { restrictedPicklist: false, length: 40 }),
      field('Seats__c', { type: 'double', length: 18 }),
    ]
    const org = await openOrg({ objects: { Lead, Contact: [field('Email', { type: 'email', length: 80 })] } })
    const { catalog } = await catalogOf(org)
    expect(catalog.org).toBe(orgId)
    expect(catalog.objects.lead).toEqual([
      { name: 'leadsync_contact_id__c', type: 'string', writable: true, unique: true, length: 80, options: null },
      { name: 'CreatedDate', type: 'datetime', writable: false, unique: false, length: null, options: null },
      { name: 'Once__c', type: 'string', writable: false, unique: false, length: 255, options: null },
      { name: 'Rating', type: 'picklist', writable: true, unique: false, length: 40, options: ['Hot', 'Cold'] },
      { name: 'LeadSource', type: 'picklist', writable: true, unique: false, length: 40, options: null },
      { name: 'Seats__c', type: 'double', writable: true, unique: false, length: null, options: null },
    ])
    expect(catalog.objects.contact).toEqual([
      { name: 'Email', type: 'email', writable: true, unique: false, length: 80, options: null },
    ])
    expect(org.asked.map(({ path }) => path).filter((path) => path.includes('describe'))).toEqual([
      '/services/data/v68.0/sobjects/Lead/describe',
      '/services/data/v68.0/sobjects/Contact/describe',
      '/services/data/v68.0/sobjects/Task/describe',
    ])
  })

  it('leaves out options that are not active any more', async () => {
    const off = { value: 'Warm', label: 'Warm', active: false }
    const Rating = picklist('Rating', ['Hot'], { picklistValues: [{ value: 'Hot', label: 'Heiß', active: true }, off] })
    const { objects } = await catalogOf(await openOrg({ objects: { Lead: [Rating] } }))
    expect(objects.lead?.field('rating')?.options).toEqual([{ value: 'Hot', label: 'Heiß' }])
  })

  it('assumes nothing about an object that the user may not see', async () => {
    const { catalog, objects } = await catalogOf(await openOrg({ objects: { Task: null } }))
    expect([catalog.objects.task, objects.task]).toEqual([null, null])
    expect(catalog.objects.lead).not.toBeNull()
  })

  it('finds a field in any letter case, and nothing that only looks like one', async () => {
    const { objects } = await catalogOf(await openOrg())
    expect(objects.lead?.field('EMAIL')?.name).toBe('Email')
    expect(objects.lead?.field('constructor')).toBeUndefined()
  })

  it.each<[string, number, unknown, string]>([
    ['a used-up quota', 403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }], 'd'],
    ['an API that is off', 403, [{ errorCode: 'API_DISABLED_FOR_ORG', message: '' }], 'misconfigured'],
    ['a firewall', 403, '<html>Forbidden</html>', 'misconfigured'],
    ['another web server', 404, '<html>Not found</html>', 'misconfigured'],
    ['a dead token', 401, [{ errorCode: 'INVALID_SESSION_ID', message: '' }], 'unauthorized'],
    ['a description without fields', 200, { name: 'Lead', fields: [] }, 'unavailable'],
  ])('rejects with what %s means, and does not take it for a hidden object', async (_, status, body, code) => {
    const org = await openOrg({ answer: ({ path }) => (path.endsWith('/describe') ? { status, body } : undefined) })
    await expect(catalogOf(org)).rejects.toMatchObject({ code: code === 'd' ? expect.stringMatching(/quota|rate/) : code })
  })
})

describe('what is known of the org', () => {
  async function opened(options: OrgOptions = {}) {
    let now = 1_000_000
    let fails = false
    const server = await openOrg({
      ...options,
      answer: ({ path }) => (fails && path.endsWith('/describe') ? { status: 500, headers: { 'retry-after': '1' } } : undefined),
    })
    const org = unknownOrg('leadsync_contact_id__c')
    const clock = () => now
    return {
      org,
      async readingsAfter(laterMs: number, ...concurrent: unknown[]) {
        now += laterMs
        const before = server.asked.length
        const dependencies = { crm: 'sales', fetch, log, now: clock }
        await Promise.all([0, ...concurrent].map(() => refresh(org, server.api, dependencies, anySignal())))
        return server.asked.slice(before).filter(({ path }) => path.endsWith('/Lead/describe')).length
      },
      doubt: () => org.doubt(now),
      fail: (yes: boolean) => {
        fails = yes
      },
    }
  }

  it('is read once an hour, and again after a minute when that failed; the old knowledge stays', async () => {
    const { org, readingsAfter, fail } = await opened()
    expect([await readingsAfter(0), await readingsAfter(3_599_000)]).toEqual([1, 0])
    fail(true)
    expect([await readingsAfter(1_000), await readingsAfter(59_000)]).toEqual([1, 0])
    expect(org.object('lead')?.field('Email')).toBeDefined()
    fail(false)
    expect([await readingsAfter(1_000), await readingsAfter(3_599_000)]).toEqual([1, 0])
  })

  it('is read again after a clock was set back, not when it is where it was', async () => {
    const { readingsAfter } = await opened()
    await readingsAfter(365 * 24 * 3_600_000)
    expect([await readingsAfter(-300 * 24 * 3_600_000), await readingsAfter(3_599_000)]).toEqual([1, 0])
  })

  it('is read by one of the calls that find it old together', async () => {
    const { readingsAfter } = await opened()
    await readingsAfter(0)
    expect(await readingsAfter(3_600_000, 1, 2, 3)).toBe(1)
  })

  it('is read again when a refusal raised a doubt, but once a minute at most', async () => {
    const { readingsAfter, doubt } = await opened()
    await readingsAfter(0)
    doubt()
    expect([await readingsAfter(59_000), await readingsAfter(1_000)]).toEqual([0, 1])
    doubt()
    doubt()
    expect(await readingsAfter(120_000)).toBe(1)
    expect(await readingsAfter(60_000)).toBe(0)
  })

  it.each<[string, readonly ReturnType<typeof field>[] | null, boolean]>([
    ['is an external id with unique values', leadFields, true],
    ['can not be seen', [field('LastName')], false],
    ['is not unique', [key(undefined, { unique: false })], false],
    ['is no external id', [key(undefined, { externalId: false })], false],
    ['may not be written', [key(undefined, { updateable: false })], false],
    ['is of an object that nobody could look at', null, true],
  ])('tells whether people can be found by a contact id field that %s', async (_, Lead, has) => {
    const { org, readingsAfter } = await opened({ objects: { Lead } })
    expect(org.hasContactId('lead')).toBe(true)
    await readingsAfter(0)
    expect(org.hasContactId('lead')).toBe(has)
    expect(org.hasContactId('contact')).toBe(true)
  })

  it.each(['', 'none', 'None'])('has no contact id field when the setting is "%s"', (setting) => {
    expect(unknownOrg(setting).hasContactId('lead')).toBe(false)
  })
})

describe('ids', () => {
  it.each([
    ['00D50000000IZ3Z', '00D50000000IZ3ZEAW'],
    ['001A0000006Vm9r', '001A0000006Vm9rIAC'],
    ['00D50000000IZ3ZEAW', '00D50000000IZ3ZEAW'],
    ['', ''],
  ])('of 15 characters are made 18 long: %s', (id, long) => {
    expect(longId(id)).toBe(long)
  })

  it('stay apart in any letter case once they are long', () => {
    const id = fc.stringMatching(/^[a-zA-Z0-9]{15}$/)
    fc.assert(
      fc.property(id, id, (left, right) => {
        fc.pre(left !== right)
        expect(longId(left).toLowerCase()).not.toBe(longId(right).toLowerCase())
      }),
    )
    expect(longId('AAAAAAAAAAAAAAa').toLowerCase()).not.toBe(longId('AAAAAAAAAAAAAAA').toLowerCase())
  })

  it.each([
    ['005000000000001', true],
    ['005000000000001AAA', true],
    ['00G000000000001', false],
    ['00500000000001', false],
    ["005000000000'01", false],
  ])('of users are told from other texts: %s', (text, is) => {
    expect(isId(text, '005')).toBe(is)
  })
})
