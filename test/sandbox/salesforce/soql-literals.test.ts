import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ask, leadsWhere, quote, refusal } from './soql-org.ts'

describe('escapes in a string', () => {
  it.each([
    ["\\'", "'"],
    ['\\"', '"'],
    ['\\\\', '\\'],
    ['\\n', '\n'],
    ['\\r', '\r'],
    ['\\t', '\t'],
    ['\\b', '\b'],
    ['\\f', '\f'],
    ['\\N', '\n'],
    ['\\u00e9', 'é'],
    ['\\u00E9', 'é'],
    ['\\\\n', '\\n'],
    ['%_"', '%_"'],
  ])('%s stands for %j', (written, stored) => {
    const leads = [
      { Name: 'it', Company: `a${stored}b` },
      { Name: 'other', Company: `a${stored}` },
    ]

    expect(leadsWhere(leads, `Company = 'a${written}b'`)).toEqual(['it'])
  })

  it.each([
    ['an escape that there is none of', "'a\\x'"],
    ['an escaped wildcard outside of LIKE', "'a\\%'"],
    ['too few digits', "'\\u00e'"],
    ['a quote that is not escaped', "'O'Neill'"],
    ['a quote that is doubled, as in SQL', "'O''Neill'"],
    ['a backslash before the last quote', "'a\\'"],
    ['no last quote', "'a"],
    ['a bare line break', "'a\nb'"],
    ['double quotes', '"a"'],
  ])('are refused when the query is malformed by %s', (_, literal) => {
    expect(refusal(ask({}, `SELECT Id FROM Lead WHERE Company = ${literal}`)).code).toBe('MALFORMED_QUERY')
  })
})

/** Text of what breaks out of literals, and of anything. */
const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom("'", '\\', '"', '%', '_', 'n', 'u', '0', ' ', '\n', '\r', ')', 'OR', "' OR Name != '") }),
  fc.string({ unit: 'binary' }),
)

describe('any text at all, with quotes, backslashes and line breaks escaped', () => {
  const text = hostile.filter((one) => one !== '')

  it('finds the record that has it, and no other', () => {
    fc.assert(
      fc.property(text, (value) => {
        const leads = [
          { Name: 'it', Company: value },
          { Name: 'longer', Company: `${value}x` },
          { Name: 'empty', Company: null },
        ]
        expect(leadsWhere(leads, `Company = ${quote(value)}`)).toEqual(['it'])
        expect(leadsWhere(leads, `Company IN ('no one', ${quote(value)})`)).toEqual(['it'])
        expect(leadsWhere(leads, `(Company != ${quote(value)}) AND Company != null`)).toEqual(['longer'])
      }),
      { numRuns: 500 },
    )
  })

  it('finds the record that has it by LIKE, its wildcards escaped', () => {
    fc.assert(
      fc.property(text, (value) => {
        const pattern = quote(value).replaceAll('%', '\\%').replaceAll('_', '\\_')
        const leads = [
          { Name: 'it', Company: value },
          { Name: 'other', Company: `${value}x` },
        ]
        expect(leadsWhere(leads, `Company LIKE ${pattern}`)).toEqual(['it'])
        expect(leadsWhere(leads, `Company LIKE ${pattern.slice(0, -1)}%'`)).toEqual(['it', 'other'])
      }),
      { numRuns: 500 },
    )
  })
})

it('answers or refuses whatever it is asked, and never breaks', () => {
  const word = fc.constantFrom(
    'SELECT',
    'FROM',
    'WHERE',
    'Lead',
    'Id',
    'Owner.Name',
    'AND',
    'NOT',
    'IN',
    '(',
    ')',
    '=',
    "'a'",
    'null',
  )
  const asked = fc.oneof(
    hostile,
    fc.array(word).map((words) => words.join(' ')),
  )
  fc.assert(
    fc.property(asked, fc.constantFrom('', 'SELECT Id FROM Lead ', 'SELECT Id FROM Lead WHERE '), (rest, start) => {
      expect(['rows', 'error']).toContain(ask({}, start + rest).kind)
    }),
  )
})
