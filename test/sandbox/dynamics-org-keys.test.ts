import { describe, expect, it } from 'vitest'
import { add, appUser, ids, makeOrg, outcome, patch, patchByKey, row, writing } from './dynamics-org.ts'

const jane = { lastname: 'Doe', emailaddress1: 'jane@contoso.example' }

describe('which record a PATCH means', () => {
  it.each([
    ['nothing', {}, 'created', 'updated'],
    ['If-Match: *', { ifMatch: '*' }, '404 0x80040217', 'updated'],
    ['If-None-Match: *', { ifNoneMatch: true }, 'created', '412 0x80040237'],
    ['a stale ETag', { ifMatch: 'W/"1"' }, '404 0x80040217', '412 0x80060882'],
  ])('by its id with %s: absent and present', (_header, options, absent, present) => {
    const org = makeOrg()
    expect(outcome(patch(org, 'leads', ids.jane, jane, options))).toBe(absent)
    patch(org, 'leads', ids.jane, jane)
    expect(outcome(patch(org, 'leads', ids.jane, { firstname: 'Jane' }, options))).toBe(present)
  })

  it.each([
    ['nothing', {}, 'created', 'updated'],
    ['If-Match: *', { ifMatch: '*' }, '404 0x80060891', 'updated'],
    ['If-None-Match: *', { ifNoneMatch: true }, 'created', '412 0x80040237'],
  ])('by an alternate key with %s: absent and present', (_header, options, absent, present) => {
    const org = makeOrg({ alternateKey: true })
    expect(outcome(patchByKey(org, { leadsync_contactid: 'a1' }, jane, options))).toBe(absent)
    patchByKey(org, { leadsync_contactid: 'a1' }, jane)
    expect(outcome(patchByKey(org, { leadsync_contactid: 'A1' }, { firstname: 'Jane' }, options))).toBe(present)
    expect(org.allRecords()).toHaveLength(1)
  })

  it('every write has an ETag of its own, and the current one lets a write through', () => {
    const org = makeOrg()
    patch(org, 'leads', ids.jane, jane)
    const first = org.etag('leads', ids.jane.toUpperCase())
    expect(outcome(patch(org, 'leads', ids.jane, { firstname: 'Jane' }, { ifMatch: first }))).toBe('updated')
    expect(org.etag('leads', ids.jane)).not.toBe(first)
    expect(outcome(patch(org, 'leads', ids.jane, { firstname: 'Joan' }, { ifMatch: first }))).toBe('412 0x80060882')
    expect(outcome(org.remove('leads', { id: ids.jane }, { ifMatch: first, userId: appUser }))).toBe('412 0x80060882')
    expect(row(org, 'leads', ids.jane).firstname).toBe('Jane')
  })

  it('a POST may choose its id, once; a PATCH says it in the address only', () => {
    const org = makeOrg()
    expect(add(org, 'leads', { ...jane, leadid: ids.jane.toUpperCase() })).toBe(ids.jane)
    expect(outcome(org.create('leads', { leadid: ids.jane }, writing()))).toBe('412 0x80040237')
    patch(org, 'leads', ids.jane, { leadid: ids.john, firstname: 'Jane' })
    expect(org.allRecords().map(({ id }) => id)).toEqual([ids.jane])
  })

  it('a key that is not declared, not active or has a character that no address can carry is refused', () => {
    expect(outcome(patchByKey(makeOrg(), { leadsync_contactid: 'a1' }, jane))).toBe('400 0x80060888')
    const org = makeOrg({ alternateKey: true })
    expect(outcome(patchByKey(org, { emailaddress1: 'jane@contoso.example' }, jane))).toBe('400 0x80060888')
    expect(outcome(patchByKey(org, { leadsync_contactid: 'a1', lastname: 'Doe' }, jane))).toBe('400 0x80060888')
    for (const character of '/<>*%&:\\?+') {
      expect(outcome(patchByKey(org, { leadsync_contactid: `a${character}1` }, jane))).toBe('400 0x80060888')
    }
    expect(outcome(patchByKey(org, { leadsync_contactid: 'a'.repeat(101) }, jane))).toBe('400 0x80044331')
    expect(org.allRecords()).toEqual([])
  })

  it("a new record takes the key from the address unless the body has another one; an old one's key stays", () => {
    const org = makeOrg({ alternateKey: true })
    const created = patchByKey(org, { leadsync_contactid: 'a1' }, { leadsync_contactid: 'b2' })
    expect(created.kind === 'created' && row(org, 'leads', created.id).leadsync_contactid).toBe('b2')
    const updated = patchByKey(org, { leadsync_contactid: 'b2' }, { leadsync_contactid: 'c3', lastname: 'Doe' })
    expect(updated.kind === 'updated' && row(org, 'leads', updated.id)).toMatchObject({
      leadsync_contactid: 'b2',
      lastname: 'Doe',
    })
  })

  it('no two records have one key, but any number have none', () => {
    const org = makeOrg({ alternateKey: true })
    add(org, 'leads', { leadsync_contactid: 'a1' })
    const other = add(org, 'leads', {})
    add(org, 'leads', {})
    expect(outcome(org.create('leads', { leadsync_contactid: 'A1' }, writing()))).toBe('412 0x80060892')
    expect(outcome(patch(org, 'leads', other, { leadsync_contactid: 'a1' }))).toBe('412 0x80060892')
    expect(outcome(org.create('contacts', { leadsync_contactid: 'a1' }, writing()))).toBe('created')
  })

  it('who loses a race for a key is refused once and updates the next time', () => {
    const org = makeOrg({ alternateKey: true })
    const fault = { table: 'lead', times: 1, status: 412, code: '0x80060892', message: 'Entity Key violated.', commit: true }
    org.armRowFaults([{ ...fault, where: { leadsync_contactid: 'a1' } }])
    expect(outcome(patchByKey(org, { leadsync_contactid: 'b2' }, jane))).toBe('created')
    expect(outcome(patchByKey(org, { leadsync_contactid: 'a1' }, jane))).toBe('412 0x80060892')
    expect(outcome(patchByKey(org, { leadsync_contactid: 'a1' }, jane))).toBe('updated')
  })

  it('a fault without commit changes nothing', () => {
    const org = makeOrg()
    org.armRowFaults([{ table: 'lead', times: 1, status: 500, code: '0x80044151', message: 'SQL timeout.', where: {} }])
    expect(outcome(patch(org, 'leads', ids.jane, jane))).toBe('500 0x80044151')
    expect(org.allRecords()).toEqual([])
    expect(org.armRowFaults([])).toBe(0)
  })

  it('an unknown set, id or key is not found', () => {
    const org = makeOrg({ alternateKey: true })
    expect(org.find('leadz', { id: ids.jane })).toMatchObject({ status: 404, code: '0x80060888' })
    expect(org.find('leads', { id: ids.jane })).toMatchObject({ status: 404, code: '0x80040217' })
    expect(org.find('leads', { alternate: { leadsync_contactid: 'a1' } })).toMatchObject({ status: 404, code: '0x80060891' })
    add(org, 'leads', { leadid: ids.jane, leadsync_contactid: 'a1' })
    expect(org.find('leads', { alternate: { leadsync_contactid: 'A1' } })).toEqual({ id: ids.jane })
    expect(org.find('leads', { alternate: { leadid: ids.jane } })).toEqual({ id: ids.jane })
  })

  it('what was written together and is not kept was never there', () => {
    const org = makeOrg({ alternateKey: true })
    add(org, 'leads', { leadid: ids.john, leadsync_contactid: 'b2' })
    org.atomically(() => {
      patch(org, 'leads', ids.jane, { leadsync_contactid: 'a1' })
      patch(org, 'leads', ids.john, { leadsync_contactid: 'c3' })
      org.remove('leads', { id: ids.john }, { ifMatch: null, userId: appUser })
      return { keep: false, value: null }
    })
    expect(org.allRecords().map(({ id, fields }) => [id, fields.leadsync_contactid])).toEqual([[ids.john, 'b2']])
    expect(org.find('leads', { alternate: { leadsync_contactid: 'b2' } })).toEqual({ id: ids.john })
  })
})

describe('duplicate detection', () => {
  it.each([412, 500] as const)('answers %i where the request turned it on', (status) => {
    const org = makeOrg({ duplicateDetection: { status } })
    add(org, 'leads', { leadid: ids.jane, ...jane })
    const twin = { emailaddress1: 'JANE@contoso.example' }
    expect(outcome(org.create('leads', twin, writing({ detectDuplicates: true })))).toBe(`${status} 0x80040333`)
    expect(outcome(patch(org, 'leads', ids.jane, twin, { detectDuplicates: true }))).toBe('updated')
    expect(outcome(org.create('contacts', twin, writing({ detectDuplicates: true })))).toBe('created')
    expect(outcome(org.create('leads', twin, writing()))).toBe('created')
  })

  it('finds nothing where no rule is published', () => {
    const org = makeOrg({ duplicateDetection: 'off' })
    add(org, 'leads', jane)
    expect(outcome(org.create('leads', jane, writing({ detectDuplicates: true })))).toBe('created')
  })
})
