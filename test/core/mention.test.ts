import { describe, expect, it } from 'vitest'
import { mentionsEmail, verbatimText } from '../../src/core/index.ts'

const Jane = 'jane+x@contoso.com'

describe('an address in a text that nobody could read', () => {
  it.each([
    { how: 'plainly', text: 'Mail: jane+x@contoso.com.' },
    { how: 'in other letters', text: '<Jane+X@Contoso.COM>' },
    { how: 'in JSON', text: '{"email":"jane\\u002bx\\u0040contoso.com"' },
    { how: 'after a line break in JSON', text: '{"notes":"Regards\\njane+x@contoso.com' },
    { how: 'in JSON within JSON', text: JSON.stringify({ info: JSON.stringify({ mail: '\njane+x@contoso.com' }) }) },
    { how: 'in a form', text: 'name=Jane&mail=jane%2Bx%40contoso.com&x=%E4' },
    { how: 'in JSON within a form', text: `lead=${encodeURIComponent(JSON.stringify({ mail: 'jane+x@contoso.com' }))}` },
    { how: 'in HTML', text: '<td>jane+x&#64;contoso.com</td>' },
  ])('is found where it is written $how', ({ text }) => {
    expect(mentionsEmail(text, Jane)).toBe(true)
  })

  it('is found in either form of an international domain', () => {
    expect(mentionsEmail('jane@bäckerei.example', 'jane@xn--bckerei-5wa.example')).toBe(true)
    expect(mentionsEmail('jane@XN--bckerei-5wa.example', 'jane@xn--bckerei-5wa.example')).toBe(true)
  })

  it.each([
    'mary.jane+x@contoso.com',
    'maryjane+x@contoso.com',
    'jane+x@contoso.com.au',
    'jane+x@contoso.community',
    'jane@contoso.com',
  ])('is not found in somebody else’s: %s', (text) => {
    expect(mentionsEmail(text, Jane)).toBe(false)
  })

  it.each(['utf8', 'utf16le', 'latin1'] as const)('is found in bytes that were kept as base64: %s', (encoding) => {
    const body = Buffer.from('é <jane+x@contoso.com>', encoding).toString('base64')
    expect(mentionsEmail(verbatimText({ encoding: 'base64', body }), Jane)).toBe(true)
  })
})
