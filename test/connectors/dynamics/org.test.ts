import { describe, expect, it } from 'vitest'
import { readCatalog, refresh, unknownOrg } from '../../../connectors/dynamics/org/org.ts'
import { optionValue } from '../../../connectors/dynamics/org/table.ts'
import {
  anySignal,
  column,
  type EnvironmentOptions,
  forbidden,
  leadColumns,
  openEnvironment,
  orgId,
  refusal,
  text,
} from './described-environment.ts'

const noon = Date.parse('2026-11-23T12:00:00.000Z')

async function learned(options: EnvironmentOptions = {}) {
  const { api, settings } = await openEnvironment(options)
  const reading = await readCatalog(api, 'sales', settings, anySignal())
  const org = unknownOrg(settings)
  org.learn(reading, noon)
  return { org, catalog: reading.catalog }
}

const own = [
  column('new_plan', 'Picklist', { options: { Gold: 100_000_000, Silver: 100_000_001 }, isGlobal: true }),
  column('new_tags', 'MultiSelectPicklist', { options: { Hot: 1, Cold: 2 } }),
  column('new_day', 'DateTime', { DateTimeBehavior: { Value: 'DateOnly' } }),
  column('new_partner', 'Lookup', { targets: { account: 'new_Partner' } }),
]

describe('the definitions of an environment', () => {
  it('are read with types, lengths, options and rights to write, each column’s own', async () => {
    const { org, catalog } = await learned({ tables: { lead: [...leadColumns, ...own] } })
    const { state, column: named } = org.table('lead')
    expect(state).toBe('read')
    expect(catalog.org).toBe(orgId)
    expect(named('mobilephone')).toMatchObject({ type: 'String', length: 20, createable: true, updateable: true })
    expect(named('subject')).toMatchObject({ length: 300, required: true })
    expect(named('fullname')).toMatchObject({ createable: false, updateable: false })
    expect(named('statuscode')?.options?.map(({ label }) => label)).toEqual(['New', 'Contacted'])
    expect(named('new_plan')?.options).toEqual([
      { value: 100_000_000, label: 'Gold', labels: ['Gold'] },
      { value: 100_000_001, label: 'Silver', labels: ['Silver'] },
    ])
    expect(named('new_tags')).toMatchObject({ type: 'MultiSelectPicklist' })
    expect(named('new_day')).toMatchObject({ type: 'DateOnly' })
    expect(named('ownerid')?.targets).toEqual(['systemuser', 'team'])
    expect(named('NEW_PLAN')?.name).toBe('new_plan')
    expect(named('nothing')).toBeUndefined()
    expect(catalog.objects.lead?.find(({ name }) => name === 'leadsourcecode')).toEqual({
      name: 'leadsourcecode',
      type: 'Picklist',
      writable: true,
      unique: false,
      length: null,
      options: ['4', '8', 'Partner', 'Web'],
    })
  })

  it('tell by which navigation property a lookup is written, in its own letter case', async () => {
    const { org } = await learned({ tables: { lead: [...leadColumns, ...own] } })
    expect(org.navigation('lead', 'new_partner', 'account')).toBe('new_Partner')
    expect(org.navigation('lead', 'new_partner', 'contact')).toBeNull()
    expect(org.navigation('lead', 'ownerid', 'team')).toBe('ownerid')
    expect(org.navigation('task', 'ownerid', 'systemuser')).toBe('ownerid_task')
    expect(org.navigation('contact', 'parentcustomerid', 'account')).toBe('parentcustomerid_account')
    // Activities are switched off for contacts there.
    expect(org.navigation('task', 'regardingobjectid', 'contact')).toBeNull()
    // Not among the environment's own relationships, so the usual one.
    expect(org.navigation('annotation', 'objectid', 'lead')).toBe('objectid_lead')
  })

  it.each([
    ['8', 8],
    [8, 8],
    [' web ', 8],
    ['Fax', null],
    ['', null],
  ])('turn the option %j into %j', async (said, value) => {
    const { org } = await learned()
    const known = org.table('lead').column('leadsourcecode')
    expect(known && optionValue(known, said)).toBe(value)
  })

  it.each([
    ['Active', true],
    ['Pending', false],
    ['Failed', false],
  ])('tell whether the contact id is a key: not before its index is built (%s)', async (status, active) => {
    const { org, catalog } = await learned({
      keys: { lead: { leadsync_contactid: status } },
      settings: { key: 'alternate-key' },
    })
    expect([org.keyActive('lead'), org.keyActive('contact')]).toEqual([active, false])
    expect(catalog.objects.lead?.find(({ name }) => name === 'leadsync_contactid')?.unique).toBe(active)
  })

  it('say nothing of other columns where a key is made of several', async () => {
    const { org } = await learned({ keys: { lead: { 'leadsync_contactid+subject': 'Active' } } })
    expect(org.keyActive('lead')).toBe(false)
  })

  it('that may not be read leave what every environment has, and deny nothing', async () => {
    const { org, catalog } = await learned({ tables: { lead: 'forbidden', contact: 'forbidden', task: 'forbidden' } })
    expect(catalog.objects).toEqual({ lead: null, contact: null, task: null })
    expect(org.table('lead').state).toBe('forbidden')
    expect(org.table('lead').column('mobilephone')?.length).toBe(20)
    expect(org.table('contact').column('mobilephone')?.length).toBe(50)
    expect(
      org
        .table('lead')
        .column('leadsourcecode')
        ?.options?.find(({ value }) => value === 8)?.label,
    ).toBe('Web')
    expect(
      org
        .table('task')
        .column('statuscode')
        ?.options?.map(({ value }) => value),
    ).toEqual([2, 3, 4, 5, 6, 7])
    expect(org.navigation('task', 'regardingobjectid', 'lead')).toBe('regardingobjectid_lead_task')
    expect([org.hasContactId('lead'), org.keyActive('lead')]).toEqual([true, true])
  })

  it('of leads are not there without Dynamics 365 Sales', async () => {
    const { org, catalog } = await learned({ tables: { lead: 'absent' } })
    expect(org.table('lead').state).toBe('absent')
    expect([catalog.objects.lead, catalog.objects.contact === null]).toEqual([null, false])
  })

  it('are read without what one cast does not tell', async () => {
    const { org } = await learned({
      answer: ({ path }) => (path.includes('MultiSelectPicklist') ? refusal(400, '0x80060888', 'no such cast') : undefined),
    })
    expect(org.table('lead').column('mobilephone')?.length).toBe(20)
  })

  it.each([
    ['the user is not one there', refusal(403, '0x80072560', 'The user is not a member of the organization.'), 'misconfigured'],
    ['it is throttled', refusal(429, '0x80072322', 'Number of requests exceeded'), 'rate_limited'],
    ['the token is refused', { status: 401, body: '' }, 'unauthorized'],
    ['they are no JSON', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }, 'unavailable'],
  ])('are not made up when %s', async (_, told, code) => {
    const { api, settings } = await openEnvironment({
      answer: ({ path }) => (path.includes('EntityDefinitions') ? told : undefined),
    })
    await expect(readCatalog(api, 'sales', settings, anySignal())).rejects.toMatchObject({ code })
  })

  it('of an environment that has no contact id column', async () => {
    const lead = leadColumns.filter(({ LogicalName }) => LogicalName !== 'leadsync_contactid')
    const { org } = await learned({ tables: { lead } })
    expect([org.hasContactId('lead'), org.hasContactId('contact')]).toEqual([false, true])
    const { org: none } = await learned({ settings: { contactIdColumn: 'none' } })
    expect(none.hasContactId('contact')).toBe(false)
  })
})

describe('reading them again', () => {
  async function opened(answer?: EnvironmentOptions['answer']) {
    let now = noon
    const warned: string[] = []
    const log = { debug() {}, info() {}, warn: (_: object, message: string) => void warned.push(message), error() {} }
    const environment = await openEnvironment(answer ? { answer } : {})
    const org = unknownOrg(environment.settings)
    const dependencies = { crm: 'sales', fetch: globalThis.fetch, now: () => now, log }
    const read = () => refresh(org, environment.api, dependencies, environment.settings, anySignal())
    const count = () => environment.asked.filter(({ path }) => path.includes('EntityDefinitions')).length
    const pass = (ms: number) => {
      now += ms
    }
    return { org, read, count, warned, pass, now: () => now }
  }

  it('happens once an hour, or a minute after a refusal spoke of a column', async () => {
    const { org, read, count, pass, now } = await opened()
    await read()
    const once = count()
    pass(59 * 60_000)
    await read()
    expect(count()).toBe(once)
    org.doubt(now())
    await read()
    expect(count()).toBe(2 * once)
    org.doubt(now())
    await read()
    expect(count()).toBe(2 * once)
    pass(60_000)
    await read()
    expect(count()).toBe(3 * once)
    pass(60 * 60_000)
    await read()
    expect(count()).toBe(4 * once)
  })

  it('that fails keeps what was known and is tried again a minute later', async () => {
    let isDown = false
    const down = { status: 503, headers: { 'retry-after': '60' }, body: '<html>' }
    const { org, read, count, warned, pass } = await opened(() => (isDown ? down : undefined))
    await read()
    isDown = true
    pass(60 * 60_000)
    await read()
    const tried = count()
    await read()
    expect(count()).toBe(tried)
    expect(org.table('lead').state).toBe('read')
    expect(warned).toEqual(['Dynamics 365 table definitions were not read'])
    isDown = false
    pass(60_000)
    await read()
    expect(count()).toBeGreaterThan(tried)
  })

  it('says when the user may not', async () => {
    const { read, warned } = await opened(({ path }) => (path.includes('EntityDefinitions') ? forbidden : undefined))
    await read()
    expect(warned).toEqual(['Dynamics 365 hides its table definitions; the usual ones are assumed'])
  })
})

describe('text columns', () => {
  it('have the length that this environment gave them', async () => {
    const { org } = await learned({ tables: { lead: [...leadColumns, text('new_long', 4000)] } })
    expect(org.table('lead').column('new_long')?.length).toBe(4000)
  })
})
