import { describe, expect, it } from 'vitest'
import { guid, refusalOf } from './dynamics-odata-table.ts'

function refusedFilter(filter: string): string {
  const { status, code, message } = refusalOf(`$filter=${encodeURIComponent(filter)}`)
  return `${status} ${code} ${message}`
}

describe('a filter is refused', () => {
  it.each([
    [
      'for a property that there is none of',
      "emailadress1 eq 'a'",
      "Could not find a property named 'emailadress1' on type 'Microsoft.Dynamics.CRM.lead'.",
    ],
    ['for a property in another case', "EMailAddress1 eq 'a'", "Could not find a property named 'EMailAddress1'"],
    ['for a lookup by its logical name', `ownerid eq ${guid(1)}`, "Could not find a property named 'ownerid'"],
    ['for the property of a function', "contains(nothing,'a')", "Could not find a property named 'nothing'"],
    [
      'for a number where text is',
      'lastname eq 5',
      "Found operand types 'Edm.String' and 'Edm.Int32' for operator kind 'Equal'.",
    ],
    ['for text where a number is', "leadsourcecode eq '8'", "Found operand types 'Edm.Int32' and 'Edm.String'"],
    ['for a GUID in quotes', `_ownerid_value eq '${guid(1)}'`, "Found operand types 'Edm.Guid' and 'Edm.String'"],
    [
      'for an instant where a day is',
      'followupon eq 2026-11-23T00:00:00Z',
      "Found operand types 'Edm.Date' and 'Edm.DateTimeOffset'",
    ],
    ['for the order of booleans', 'donotemail gt true', "for operator kind 'GreaterThan'"],
    ['for columns of two types', 'lastname eq revenue', "Found operand types 'Edm.String' and 'Edm.Int32'"],
    ['for contains on a number', "contains(revenue,'1')", "No function signature for the function with name 'contains'"],
    ['for contains of a number', 'contains(lastname,1)', "No function signature for the function with name 'contains'"],
    ['for the operator in', "lastname in ('a','b')", "Syntax error at position 9 in 'lastname in ('a','b')'."],
    ['for an operator that there is none of', "lastname eqq 'a'", "Syntax error at position 9 in 'lastname eqq 'a''."],
    ['for an operator in capitals', "lastname EQ 'a'", 'Syntax error at position 9'],
    [
      'for a quote that is not doubled',
      "lastname eq 'O'Bryan'",
      "There is an unterminated literal at position 21 in 'lastname eq 'O'Bryan''.",
    ],
    ['for no last quote', "lastname eq 'a", 'There is an unterminated literal at position 14'],
    ['for double quotes', 'lastname eq "a"', "Syntax error: character '\"' is not valid at position 12"],
    ['for no last parenthesis', '(statecode eq 0', 'Syntax error at position 15'],
    ['for a parenthesis too many', 'statecode eq 0)', 'Syntax error at position 14'],
    ['for nothing', '', 'Syntax error at position 0'],
    ['for a bare property', 'donotemail', 'Syntax error at position 10'],
    ['for not before a bare comparison', "not lastname eq 'a'", 'Syntax error at position 4'],
    ['for a literal on the left', "'a' eq lastname", 'Syntax error at position 0'],
    ['for a lambda', "Lead_Tasks/any(t:t/subject eq 'a')", 'not valid at position'],
    ['for an unknown function', "substringof('a',lastname)", "An unknown function with name 'substringof' was found."],
    [
      'for an unknown function of Dataverse',
      "Microsoft.Dynamics.CRM.Today(PropertyName='createdon')",
      'An unknown function with name',
    ],
    [
      'for a quote in a list in single quotes',
      "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['O'Brien'])",
      'Invalid JSON. A comma character',
    ],
    [
      'for a doubled quote in such a list',
      "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['O''Brien'])",
      'Invalid JSON. A comma character',
    ],
    [
      'for a comma at the end of a list',
      "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['a',])",
      'Invalid JSON. A comma character',
    ],
    [
      'for numbers in a list',
      "Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=[0,1])",
      "expected type 'Edm.String'",
    ],
    [
      'for no number in a list of numbers',
      "Microsoft.Dynamics.CRM.In(PropertyName='statecode',PropertyValues=['x'])",
      "expected type 'Edm.Int32'",
    ],
    ['for In without a list', "Microsoft.Dynamics.CRM.In(PropertyName='lastname')", 'PropertyValues'],
    ['for an enumeration literal, which only metadata has', "leadsourcecode eq Microsoft.Dynamics.CRM.X'Web'", 'enumeration'],
  ])('%s: %s', (_, filter, message) => {
    const refused = refusedFilter(filter)
    expect(refused).toContain('400 0x80060888 ')
    expect(refused).toContain(message)
  })

  it('for more than 500 conditions', () => {
    const conditions = (count: number) => Array.from({ length: count }, (_, at) => `lastname eq '${at}'`).join(' or ')
    expect(refusedFilter(conditions(501))).toBe('400 0x8004430c Number of conditions in query exceeded maximum limit.')
    expect(() => refusedFilter(conditions(500))).toThrow('not refused')
  })

  it('for a listed value that no index holds', () => {
    const filter = (length: number) =>
      `Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=['${'a'.repeat(length)}'])`
    expect(refusedFilter(filter(851))).toContain('850')
    expect(() => refusedFilter(filter(850))).toThrow('not refused')
  })

  it('for parentheses without end, and nothing overflows', () => {
    expect(refusedFilter(`${'('.repeat(20_000)}`)).toContain('recursion')
  })
})

describe('a query is refused', () => {
  it.each([
    ['$skip=5', 'The query parameter $skip is not supported'],
    ['select=subject', 'The query parameter select is not supported'],
    ['$Select=subject', 'The query parameter $Select is not supported'],
    ['$top=1&$top=2', "Query option '$top' was specified more than once"],
    ['$top=-1', "Invalid value '-1' for $top query option found."],
    ['$top=all', "Invalid value 'all' for $top query option found."],
    ['$count=yes', "Invalid value 'yes' for $count query option found."],
    ['$select=subjekt', "Could not find a property named 'subjekt' on type 'Microsoft.Dynamics.CRM.lead'."],
    ['$select=ownerid', "Could not find a property named 'ownerid'"],
    ['$select=subject,', 'is not valid in a $select or $expand expression.'],
    ['$orderby=nothing', "Could not find a property named 'nothing'"],
    ['$orderby=subject up', 'Syntax error at position 0'],
    ['$expand=Lead_Tasks', '$expand is not supported'],
    ['$skiptoken=made%20up', 'Malformed XML in the Paging Cookie.'],
  ])('%s', (query, message) => {
    const refused = refusalOf(query)
    expect(refused.status).toBe(400)
    expect(refused.message).toContain(message)
  })
})
