import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextQuery, runQuery } from '../../src/sandbox/dynamics/odata/query.ts'
import type { QueryRow, QueryTable } from '../../src/sandbox/dynamics/odata/table.ts'
import { ask, guid, leadTable } from './dynamics-odata-table.ts'

const leads = [
  { subject: 'b', revenue: 2 },
  { subject: 'a', revenue: 2 },
  { subject: 'c', revenue: null },
  { subject: 'd', revenue: 1 },
]

/** Every page of a query, each by the link of the one before. */
function pagesOf(rows: readonly QueryRow[], query: string, maxPageSize: number): unknown[][] {
  const pages: unknown[][] = []
  for (let asked: string | null = query; asked !== null; ) {
    const { rows: page, next } = ask(rows, asked, maxPageSize)
    pages.push(page.map(({ subject }) => subject))
    asked = next === null ? null : nextQuery(asked, next)
  }
  return pages
}

describe('$select', () => {
  it('answers the columns asked for and the primary id, empty ones too, and no annotations', () => {
    expect(ask([{ subject: 'a' }], '$select=subject,%20_ownerid_value').rows).toEqual([
      { leadid: guid(1), subject: 'a', _ownerid_value: null },
    ])
  })

  it('absent answers all columns', () => {
    const [row = {}] = ask([{ subject: 'a' }], '').rows
    expect(Object.keys(row)).toContain('emailaddress1')
    expect(Object.keys(row).filter((name) => name.includes('@'))).toEqual([])
  })
})

describe('$orderby', () => {
  it.each([
    ['subject', ['a', 'b', 'c', 'd']],
    ['subject desc', ['d', 'c', 'b', 'a']],
    ['revenue', ['c', 'd', 'b', 'a']],
    ['revenue desc,subject asc', ['a', 'b', 'd', 'c']],
  ])('%s', (order, subjects) => {
    expect(pagesOf(leads, `$orderby=${order.replaceAll(' ', '%20')}`, 5000)).toEqual([subjects])
  })
})

describe('$top and $count', () => {
  it('answers no more than asked for, and no link', () => {
    expect(pagesOf(leads, '$top=2', 5000)).toEqual([['b', 'a']])
    expect(pagesOf(leads, '$top=4', 5000)).toEqual([['b', 'a', 'c', 'd']])
  })

  it('counts all that fit the filter, whatever the page, up to 5,000', () => {
    expect(ask(leads, '$count=true&$top=1').count).toBe(4)
    expect(ask(leads, '$count=true&$filter=revenue%20eq%202', 1).count).toBe(2)
    expect(ask(leads, '$count=false').count).toBeNull()
    expect(ask(leads, '').count).toBeNull()
    expect(
      ask(
        Array.from({ length: 5001 }, () => ({})),
        '$count=true',
      ).count,
    ).toBe(5000)
  })

  it('goes over pages that the caller did not ask for', () => {
    expect(pagesOf(leads, '$top=3', 2)).toEqual([['b', 'a'], ['c']])
  })

  it('is ignored beside the preference for a page size', () => {
    const result = runQuery(leadTable(leads), '$top=1', { maxPageSize: 2, preferred: true })
    expect(result).toMatchObject({ rows: [{ subject: 'b' }, { subject: 'a' }], next: expect.any(String) })
  })
})

describe('pages', () => {
  it('end without a link when the last one is full', () => {
    expect(pagesOf(leads, '', 2)).toEqual([
      ['b', 'a'],
      ['c', 'd'],
    ])
  })

  it('keep the rest of the query byte for byte', () => {
    const query = "$filter=contains(subject,'%2B')%20or%20revenue+eq+null&$select=subject"
    expect(nextQuery(`${query}&$skiptoken=old`, '<a b="1" />')).toBe(`${query}&$skiptoken=%3Ca%20b=%221%22%20/%3E`)
  })

  it('refuse a token that was encoded or decoded on the way', () => {
    const { next } = ask(leads, '', 2)
    const token = next ?? ''
    expect(() => ask(leads, nextQuery('', encodeURIComponent(token)))).toThrow('Paging Cookie')
    expect(() => ask(leads, nextQuery('', decodeURIComponent(token)))).toThrow('Paging Cookie')
  })

  it('lose and repeat nothing when rows of the pages before are gone', () => {
    const { next } = ask(leads, '$orderby=subject', 2)
    const left = [{ subject: 'c' }, { subject: 'd' }]
    expect(ask(left, nextQuery('$orderby=subject', next ?? '')).rows.map(({ subject }) => subject)).toEqual(['c', 'd'])
  })

  it('hold every row once, in one order, whatever their size and the values sorted by', () => {
    const rows = fc.array(fc.record({ subject: fc.string(), revenue: fc.option(fc.integer({ min: 0, max: 3 })) }), {
      maxLength: 12,
    })
    const order = fc.constantFrom('', '$orderby=revenue', '$orderby=revenue%20desc', '$orderby=subject,revenue')
    fc.assert(
      fc.property(rows, order, fc.integer({ min: 1, max: 5 }), (some, query, size) => {
        const pages = pagesOf(some, query, size)
        expect(pages.flat()).toEqual(pagesOf(some, query, 5000).flat())
        expect(pages.slice(0, -1).every((page) => page.length === size)).toBe(true)
      }),
    )
  })
})

describe('metadata', () => {
  const attributes: QueryTable = {
    entitySet: 'EntityDefinitions',
    logicalName: 'PicklistAttributeMetadata',
    primaryId: 'MetadataId',
    expandable: ['OptionSet', 'GlobalOptionSet'],
    defaults: ['LogicalName', 'RequiredLevel'],
    column: (name) =>
      ['MetadataId', 'LogicalName', 'AttributeType', 'RequiredLevel'].includes(name)
        ? { type: 'String', queryName: name, filterable: name !== 'RequiredLevel' }
        : null,
    rows: () => [
      {
        '@odata.type': '#Microsoft.Dynamics.CRM.PicklistAttributeMetadata',
        MetadataId: guid(9),
        LogicalName: 'leadsourcecode',
        AttributeType: 'Picklist',
        RequiredLevel: { Value: 'None' },
        OptionSet: { MetadataId: guid(8), Name: 'lead_leadsourcecode', Options: [{ Value: 8 }] },
        GlobalOptionSet: null,
      },
    ],
  }

  function answer(query: string): unknown {
    const result = runQuery(attributes, query, { maxPageSize: 5000 })
    return result.kind === 'rows' ? result.rows : result.message
  }

  it('shows its type, its id and what was expanded, each with its own $select', () => {
    expect(answer('$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)')).toEqual([
      {
        '@odata.type': '#Microsoft.Dynamics.CRM.PicklistAttributeMetadata',
        MetadataId: guid(9),
        LogicalName: 'leadsourcecode',
        OptionSet: { MetadataId: guid(8), Options: [{ Value: 8 }] },
        GlobalOptionSet: null,
      },
    ])
  })

  it.each([
    ["$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'&$select=LogicalName", 1],
    ["$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Lookup'&$select=LogicalName", 0],
  ])('compares with enumeration literals: %s', (query, found) => {
    expect(answer(query)).toHaveLength(found)
  })

  it.each([
    [
      '$select=MaxLength',
      "Could not find a property named 'MaxLength' on type 'Microsoft.Dynamics.CRM.PicklistAttributeMetadata'.",
    ],
    ['$select=OptionSet', "Could not find a property named 'OptionSet'"],
    ['$expand=Keys', "Could not find a property named 'Keys'"],
    ['$expand=OptionSet($select=Optionz)', "Could not find a property named 'Optionz'"],
    ['$expand=OptionSet($filter=a)', 'not supported by this sandbox'],
    ["$filter=RequiredLevel eq 'None'", "The property 'RequiredLevel' can not be used"],
  ])('refuses %s', (query, message) => {
    expect(answer(query)).toContain(message)
  })
})
