import { describe, expect, it } from 'vitest'
import { ask, found, ids, refusal } from './soql-org.ts'

function refuses(soql: string): { code: string; reason: string } {
  return refusal(ask({}, soql))
}

const text = "value of filter criterion for field 'Email' must be of type string and should be enclosed in quotes"

function bare(field: string, type: string): string {
  return `value of filter criterion for field '${field}' must be of type ${type} and should not be enclosed in quotes`
}

describe('a value of another type than its field', () => {
  it.each([
    ['Email = 5', text],
    ['Email = true', text],
    ['Email = 2026-11-23', text],
    ['Email = TODAY', text],
    ['Email IN (1, 2)', text],
    ['Email LIKE 5', text],
    ['Email LIKE null', text],
    ["IsConverted = 'true'", bare('IsConverted', 'boolean')],
    ['IsConverted = 1', bare('IsConverted', 'boolean')],
    ["Score__c = '5'", bare('Score__c', 'double')],
    ["FollowUp__c = '2026-11-23'", bare('FollowUp__c', 'date')],
    ['FollowUp__c = 2026-11-23T10:00:00Z', bare('FollowUp__c', 'date')],
    ["CreatedDate > '2026-11-23T10:00:00Z'", bare('CreatedDate', 'dateTime')],
    ['CreatedDate > 2026-11-23', bare('CreatedDate', 'dateTime')],
  ])('is refused: %s', (where, reason) => {
    expect(refuses(`SELECT Id FROM Lead WHERE ${where}`)).toEqual({ code: 'INVALID_FIELD', reason })
  })

  it.each([
    ["Id = 'garbage'", 'invalid ID field: garbage'],
    [`Id IN ('${ids.jane}', 'garbage')`, 'invalid ID field: garbage'],
    [`OwnerId = '${ids.user}x'`, `invalid ID field: ${ids.user}x`],
    [`Id LIKE '${ids.jane}'`, 'invalid operator on id field'],
    ["OwnerId LIKE '005%'", 'invalid operator on reference field'],
    ["Interests__c LIKE 'a%'", 'invalid operator on multipicklist field'],
    ['IsConverted > false', 'invalid operator on boolean field'],
  ])('is refused where it is no id, or no operator of the field: %s', (where, reason) => {
    expect(refuses(`SELECT Id FROM Lead WHERE ${where}`)).toEqual({ code: 'INVALID_QUERY_FILTER_OPERATOR', reason })
  })
})

describe('a name that is not there', () => {
  it.each([
    ['SELECT Missing__c FROM Lead', 'INVALID_FIELD', "No such column 'Missing__c' on entity 'Lead'."],
    ["SELECT Id FROM Lead WHERE Missing__c = 'a'", 'INVALID_FIELD', "No such column 'Missing__c' on entity 'Lead'."],
    ['SELECT Id FROM Lead ORDER BY Missing__c', 'INVALID_FIELD', "No such column 'Missing__c' on entity 'Lead'."],
    ['SELECT ConvertedContact.Missing FROM Lead', 'INVALID_FIELD', "No such column 'Missing' on entity 'Contact'."],
    ['SELECT Owner.Department FROM Lead', 'INVALID_FIELD', "No such column 'Department' on entity 'Name'."],
    ['SELECT Nobody.Name FROM Lead', 'INVALID_FIELD', "Didn't understand relationship 'Nobody' in field path."],
    ['SELECT OwnerId.Name FROM Lead', 'INVALID_FIELD', "Didn't understand relationship 'OwnerId' in field path."],
    ['SELECT Who.Owner.Name FROM Task', 'INVALID_FIELD', "Didn't understand relationship 'Owner' in field path."],
    ['SELECT Id FROM Missing__c', 'INVALID_TYPE', "sObject type 'Missing__c' is not supported."],
    [
      'SELECT Id FROM Lead WHERE Id IN (SELECT LeadId FROM Missing__c)',
      'INVALID_TYPE',
      "sObject type 'Missing__c' is not supported.",
    ],
  ])('is refused by name: %s', (soql, code, reason) => {
    const refused = refuses(soql)

    expect(refused.code).toBe(code)
    expect(refused.reason.startsWith(reason)).toBe(true)
  })

  it.each([
    ["SELECT Id FROM Lead WHERE Description LIKE '%a%'", "field 'Description' can not be filtered in a query call"],
    ['SELECT Id FROM Lead WHERE Description != null', "field 'Description' can not be filtered in a query call"],
    ['SELECT Id FROM Lead ORDER BY Description', "field 'Description' can not be sorted in a query call"],
    ['SELECT Id, id FROM Lead', 'duplicate field selected: Id'],
  ])('is refused as a field that cannot be used so: %s', (soql, reason) => {
    expect(refuses(soql)).toEqual({ code: 'INVALID_FIELD', reason })
  })

  it('lets a long text be read', () => {
    expect(found(ask({ Lead: [{ Description: 'long' }] }, 'SELECT Description FROM Lead'))).toEqual([{ Description: 'long' }])
  })
})

const where = 'SELECT Id FROM Lead WHERE'

describe('what SOQL does not have', () => {
  it.each([
    ['', 'A query string has to be specified'],
    ['SELECT * FROM Lead', "line 1:7 no viable alternative at character '*'"],
    ['SELECT FROM Lead', "unexpected token: 'Lead'"],
    ['SELECT Id Lead', "unexpected token: 'Lead'"],
    ['SELECT Id, FROM Lead', "unexpected token: 'Lead'"],
    ['SELECT COUNT(Id) FROM Lead', "unexpected token: 'Id'"],
    ['SELECT FIELDS(ALL) FROM Lead', "unexpected token: '('"],
    ['SELECT Id FROM Lead LIMIT 5 ORDER BY Id', "unexpected token: 'ORDER'"],
    ['SELECT Id FROM Lead LIMIT 1.5', "unexpected token: '1.5'"],
    ['SELECT Id FROM Lead LIMIT -1', "unexpected token: '-1'"],
    ['SELECT Id FROM Lead FOR UPDATE', "unexpected token: 'FOR'"],
    ['SELECT Id FROM Lead WITH SECURITY_ENFORCED', "unexpected token: 'WITH'"],
    ['SELECT Id FROM Lead GROUP BY Id', "unexpected token: 'GROUP'"],
    ['SELECT Id FROM Lead ALL ROWS', 'ALL ROWS not allowed in this context'],
    ['SELECT Id FROM Lead; SELECT Id FROM Lead', "line 1:19 no viable alternative at character ';'"],
    [where, "unexpected token: '<EOF>'"],
    [`${where} Email`, "unexpected token: '<EOF>'"],
    [`${where} Email IS NULL`, "unexpected token: 'IS'"],
    [`${where} Email = jane`, "unexpected token: 'jane'"],
    [`${where} Email = jane@contoso.com`, "line 1:38 no viable alternative at character '@'"],
    [`${where} Email = :email`, 'Bind variables only allowed in Apex code'],
    [`${where} Email IN ()`, "unexpected token: ')'"],
    [`${where} Email IN ('a'`, "unexpected token: '<EOF>'"],
    [`${where} Email IN 'a'`, "unexpected token: 'a'"],
    [`${where} Email NOT LIKE 'a'`, "unexpected token: 'LIKE'"],
    [`${where} (Email = 'a'`, "unexpected token: '<EOF>'"],
    [`${where} Email = 'a')`, "unexpected token: ')'"],
    [`${where} Email = 'a' AND Name = 'b' OR Name = 'c'`, "unexpected token: 'OR'"],
    [`${where} Email = 'a' OR Name = 'b' AND Name = 'c'`, "unexpected token: 'AND'"],
    [`${where} Email = 'a' AND NOT Name = 'b'`, "unexpected token: 'NOT'"],
    [`${where} NOT Name = 'b' AND Email = 'a'`, "unexpected token: 'AND'"],
    [`${where} FollowUp__c = 2026-02-30`, 'Invalid date: 2026-02-30'],
    [`${where} CreatedDate = 2026-02-30T00:00:00Z`, 'Invalid date: 2026-02-30T00:00:00Z'],
    [`${where} CreatedDate = LAST_N_DAYS`, "unexpected token: '<EOF>'"],
  ])('is malformed: %s', (soql, reason) => {
    expect(refuses(soql)).toEqual({ code: 'MALFORMED_QUERY', reason })
  })

  it('says where, below the piece of the query', () => {
    const answer = ask({}, "SELECT Id\nFROM Lead WHERE Description = 'x'")

    expect(answer).toEqual({
      kind: 'error',
      errorCode: 'INVALID_FIELD',
      message: [
        '',
        "FROM Lead WHERE Description = 'x'",
        '                ^',
        'ERROR at Row:2:Column:17',
        "field 'Description' can not be filtered in a query call",
      ].join('\n'),
    })
  })
})

describe('a subquery', () => {
  const inner = 'SELECT LeadId FROM Campaign'

  it.each([
    ['below OR', `Name = 'a' OR Id IN (${inner})`, 'Semi join sub-selects are only allowed at the top level WHERE expressions.'],
    ['below NOT', `NOT Id IN (${inner})`, 'Semi join sub-selects are only allowed at the top level WHERE expressions.'],
    ['three times', Array(3).fill(`Id IN (${inner})`).join(' AND '), 'Maximum 2 semi join sub-selects are allowed'],
    [
      'inside another',
      `Id IN (${inner} WHERE LeadId IN (SELECT WhoId FROM Task))`,
      'Nesting of semi join sub-selects is not supported',
    ],
    ['of the same object', 'Id IN (SELECT Id FROM Lead)', 'The inner and outer selects should not be on the same object type'],
    ['of tasks', 'Id IN (SELECT WhoId FROM Task)', "Entity 'Task' is not supported for semi join inner selects"],
    [
      'of ids of something else',
      'Id IN (SELECT AccountId FROM Contact)',
      "The selected field 'AccountId' in the subquery and the left operand field in the where expression in the outer query 'Id' should point to the same object type",
    ],
    [
      'for a field that is no id',
      `Name IN (${inner})`,
      "The left operand field in the where expression for outer query should be an id field, cannot use: 'Name'",
    ],
    [
      'for an id of a parent',
      'ConvertedContact.AccountId IN (SELECT Id FROM Account)',
      "The left operand field in the where expression for outer query should be an id field, cannot use: 'ConvertedContact.AccountId'",
    ],
    ['with LIMIT', `Id IN (${inner} LIMIT 1)`, "unexpected token: 'LIMIT'"],
    ['of two fields', 'Id IN (SELECT Id, LeadId FROM Campaign)', "unexpected token: ','"],
  ])('is refused %s', (_, condition, reason) => {
    expect(refuses(`${where} ${condition}`)).toEqual({ code: 'MALFORMED_QUERY', reason })
  })
})

describe('limits', () => {
  it('lets a query have 100,000 characters, and no more', () => {
    const longest = `${where} Email = '${'a'.repeat(100_000 - where.length - 11)}'`.padEnd(100_000)

    expect(ask({}, longest).kind).toBe('rows')
    expect(refuses(`${longest} `)).toEqual({
      code: 'MALFORMED_QUERY',
      reason: 'SOQL statements cannot be longer than 100000 characters.',
    })
  })

  it('refuses an OFFSET above 2,000', () => {
    expect(ask({}, 'SELECT Id FROM Lead OFFSET 2000').kind).toBe('rows')
    expect(refuses('SELECT Id FROM Lead OFFSET 2001').code).toBe('NUMBER_OUTSIDE_VALID_RANGE')
  })

  it('refuses parentheses without end rather than run out of stack', () => {
    expect(refuses(`${where} ${'('.repeat(90_000)}`).code).toBe('QUERY_TOO_COMPLICATED')
  })

  it('follows relationships over five levels and no further', () => {
    const path = (levels: number) => `${'Account.'.repeat(levels)}Name`

    expect(refuses(`SELECT ${path(6)} FROM Contact`).reason).toBe('SOQL relationship paths may have five levels at most')
  })
})
