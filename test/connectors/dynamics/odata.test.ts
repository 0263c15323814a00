import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPath, pathOfLink, withoutPeople } from '../../../connectors/dynamics/paths.ts'
import { eqAny, guid, idAny, text } from '../../../connectors/dynamics/requests/odata.ts'

/** Reads a percent-decoded filter as OData's grammar says: what stands outside quotes, and the texts inside them. */
function parse(filter: string): { outside: string; texts: string[] } {
  let outside = ''
  const texts: string[] = []
  for (let at = 0; at < filter.length; at += 1) {
    if (filter[at] !== "'") {
      outside += filter[at]
      continue
    }
    let inside = ''
    for (at += 1; filter[at] !== "'" || filter[at + 1] === "'"; at += 1) {
      if (at >= filter.length) throw new Error('a text without an end')
      if (filter[at] === "'") at += 1
      inside += filter[at]
    }
    texts.push(inside)
    outside += '?'
  }
  return { outside, texts }
}

/** Texts made of what breaks out of quotes, queries and paths, between ordinary ones. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        "'",
        "''",
        '%27',
        '\\',
        '"',
        '\n',
        '\r\n',
        '\u0000',
        ' or ',
        '1 eq 1',
        ')',
        '(',
        '&',
        '#',
        '?',
        '+',
        '%',
        '/',
        'https://',
        '@p1',
        '$filter=',
        '\ud800',
        'é',
        '名',
      ),
    )
    .map((parts) => parts.join('')),
)

describe('a text in a filter', () => {
  it.each([
    ['jane@contoso.com', "'jane%40contoso.com'"],
    ['jane+x@contoso.com', "'jane%2Bx%40contoso.com'"],
    ["o'hara@x.y", "'o''hara%40x.y'"],
    ["' or 1 eq 1 or '", "'''%20or%201%20eq%201%20or%20'''"],
    ['a&b#c?d/e', "'a%26b%23c%3Fd%2Fe'"],
    ['https://x', "'https%3A%2F%2Fx'"],
    ['', "''"],
    ['100%_名', "'100%25_%E5%90%8D'"],
  ])('%j is %s', (value, literal) => {
    expect(text(value)).toBe(literal)
  })

  it('is read as that text and nothing else, whatever it says', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        expect(parse(decodeURIComponent(text(value)))).toEqual({ outside: '?', texts: [value.toWellFormed()] })
      }),
      { numRuns: 2_000 },
    )
  })

  it('stays within its query: nothing in it ends a parameter, a path or a line, or names another host', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        const path = `leads?$filter=${eqAny('emailaddress1', [value])}&$select=leadid`
        expect(isPath(path)).toBe(true)
        const url = new URL(`https://acme.crm4.dynamics.com/api/data/v9.2/${path}`)
        expect([url.pathname, url.hash, [...url.searchParams.keys()]]).toEqual([
          '/api/data/v9.2/leads',
          '',
          ['$filter', '$select'],
        ])
        expect(url.searchParams.get('$filter')).toBe(`(emailaddress1 eq '${value.toWellFormed().replaceAll("'", "''")}')`)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a list in a filter', () => {
  it('is one condition, whatever its texts say', () => {
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 5 }), (values) => {
        expect(parse(decodeURIComponent(eqAny('emailaddress1', values)))).toEqual({
          outside: `(${values.map(() => 'emailaddress1 eq ?').join(' or ')})`,
          texts: values.map((value) => value.toWellFormed()),
        })
      }),
    )
  })

  it('of ids has them without quotes, in lower case', () => {
    expect(idAny('_ownerid_value', ['5E9F9B2C-97AF-4AB8-B1B2-6E4A0D1B0A11'])).toBe(
      '(_ownerid_value%20eq%205e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a11)',
    )
  })

  it.each(['', 'EmailAddress1', 'a eq 1 or b', "x'", 'a b', '1a', 'a/b'])('has no column named %j', (column) => {
    expect(() => eqAny(column, ['a'])).toThrow('column')
  })

  it('is never empty', () => {
    expect(() => eqAny('emailaddress1', [])).toThrow('emailaddress1')
  })
})

it('an id is a guid or none at all', () => {
  expect(guid('5E9F9B2C-97AF-4AB8-B1B2-6E4A0D1B0A11')).toBe('5e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a11')
  fc.assert(
    fc.property(nasty, (value) => {
      expect(() => guid(value)).toThrow('guid')
    }),
  )
  expect(() => guid('5e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a11) or true')).toThrow('guid')
})

describe('the next page', () => {
  const rest = 'leads?$select=leadid&$filter=emailaddress1%20eq%20%27a%2Bb%27&$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E'

  it.each([
    [`https://acme.crm4.dynamics.com/api/data/v9.2/${rest}`, rest],
    [`http://127.0.0.1:8001/api/data/v9.2/${rest}`, rest],
    ['https://acme.crm4.dynamics.com/api/data/v9.1/leads', null],
    ['https://acme.crm4.dynamics.com/api/data/v9.2/../../../x', null],
    ['https://user:word@acme.crm4.dynamics.com/api/data/v9.2/leads', null],
    ['https://acme.crm4.dynamics.com/api/data/v9.2/', null],
    ['https://acme.crm4.dynamics.com/api/data/v9.2/https://evil.example/x', null],
    ['//evil.example/api/data/v9.2/leads', null],
    ['leads?$skiptoken=x', null],
    ['', null],
  ])('at %s is asked for as %j', (link, path) => {
    expect(pathOfLink(link)).toBe(path)
  })
})

it.each([
  ["leads?$filter=emailaddress1 eq 'jane@contoso.com'", 'leads'],
  ["leads(leadsync_contactid='abc')", 'leads()'],
  ['leads(5e9f9b2c-97af-4ab8-b1b2-6e4a0d1b0a11)?$select=leadid', 'leads()'],
  ["EntityDefinitions(LogicalName='lead')/Attributes", 'EntityDefinitions()/Attributes'],
])('%s stands in a log as %s', (path, shown) => {
  expect(withoutPeople(path)).toBe(shown)
})
