import { describe, expect, it } from 'vitest'
import { readMarketplaceBody } from '../../src/core/index.ts'

const DocumentedSample = `{
  "userDetails": {
    "FirstName": "MSFT_TEST_636573304831318844",
    "LastName": "MSFT_TEST_636573304831318844",
    "Email": "MSFT_TEST_636573304831318844@test.com",
    "Phone": "1234567890",
    "Country": "US",
    "Company": "MSFT_TEST_636573304831318844",
    "Title": "MSFT_TEST_636573304831318844"
  },
  "LeadSource": "AzureMarketplace",
  "ActionCode": "INS",
  "OfferTitle": "Contoso Test"
  "Description": "MSFT_TEST_636573304831318844"
}`

describe('reading a marketplace body', () => {
  it('repairs the missing comma of the documented test sample, and says so', () => {
    const read = readMarketplaceBody(DocumentedSample)
    expect(read).toMatchObject({
      ok: true,
      repaired: true,
      parsed: { OfferTitle: 'Contoso Test', Description: 'MSFT_TEST_636573304831318844' },
    })
  })

  it('is not misled by text that looks like the broken place', () => {
    const read = readMarketplaceBody('{"a":"x\\" \\"y\\": \\"z","b":"c" "d":"e"}')
    expect(read).toMatchObject({ ok: true, repaired: true, parsed: { a: 'x" "y": "z', b: 'c', d: 'e' } })
  })

  it.each([
    ['a byte order mark', '\uFEFF{"a":"b"}', { a: 'b' }],
    [
      'a key named __proto__, without touching any prototype',
      '{"__proto__":{"polluted":true}}',
      JSON.parse('{"__proto__":{"polluted":true}}'),
    ],
    ['what is valid but no object', '3', 3],
  ])('takes %s as it is', (_what, body, parsed) => {
    expect(readMarketplaceBody(body)).toEqual({ ok: true, parsed, repaired: false })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it.each([
    ['an empty body', ' \n', 'The body is empty.'],
    ['two missing commas', '{"a":"b" "c":"d" "e":"f"}', 'The body is not valid JSON, so no lead could be read from it.'],
    ['a comma missing after a number', '{"a":1 "c":"d"}', 'The body is not valid JSON, so no lead could be read from it.'],
    ['a form', 'email=jane%40contoso.com', 'The body is not valid JSON, so no lead could be read from it.'],
    ['a text that never ends', '"\\'.repeat(100_000), 'The body is not valid JSON, so no lead could be read from it.'],
    ['a cut body', '{"userDetails":{"Email":"jane@contoso.com"', 'The body is not valid JSON, so no lead could be read from it.'],
    ['endless nesting', '['.repeat(100_000) + ']'.repeat(100_000), 'The body nests deeper than 64 levels; no lead does.'],
  ])('refuses %s with a sentence that quotes nothing', (_what, body, reason) => {
    expect(readMarketplaceBody(body)).toEqual({ ok: false, reason })
  })
})
