import { describe, expect, it } from 'vitest'
import { convert } from '../../src/core/field-type.ts'
import { readCountry } from '../../src/core/normalize/country.ts'
import { readEmail } from '../../src/core/normalize/email.ts'
import { readPhone } from '../../src/core/normalize/phone.ts'
import { cleanLine, cleanText } from '../../src/core/normalize/text.ts'

describe('cleaning', () => {
  it.each([
    [' Jane@Contoso.COM ', 'jane@contoso.com'],
    ['jane+Trial@contoso.com', 'jane+trial@contoso.com'],
    ['<mailto:Jane@contoso.com>', 'jane@contoso.com'],
    ['mailto:jane@contoso.com?subject=Hi', 'jane@contoso.com'],
    ['"jane@contoso.com"', 'jane@contoso.com'],
    ["'jane@contoso.com'", 'jane@contoso.com'],
    ['"Doe, Jane" <jane@contoso.com>', 'jane@contoso.com'],
    ["o'brien@contoso.com", "o'brien@contoso.com"],
    ['jane&#64;contoso.com', 'jane@contoso.com'],
    ['jane@con\u200btoso.com', 'jane@contoso.com'],
    ['jane@contoso.com.', 'jane@contoso.com'],
    ['JANE@MÜNCHEN.de', 'jane@xn--mnchen-3ya.de'],
    ['jane@mu\u0308nchen.de', 'jane@xn--mnchen-3ya.de'],
    ['jane@xn--mnchen-3ya.de', 'jane@xn--mnchen-3ya.de'],
    ['用户@例え.jp', '用户@xn--r8jz45g.jp'],
  ])('reads the e-mail %j as %j', (text, email) => {
    expect(readEmail(text)).toEqual({ email, unread: null })
  })

  it.each([
    ['jane', null],
    ['jane@localhost', null],
    ['jane doe@contoso.com', null],
    ['jane,doe@contoso.com', null],
    ['jane@contoso@com', null],
    ['jane@1.2', null],
    ['jane@a/b.com', null],
    ['jane@a%2eb.com', null],
    ['@contoso.com', null],
    ['jane@contoso.com; joe@contoso.com', 'jane@contoso.com'],
  ])('keeps the e-mail %j beside what it reads from it', (text, email) => {
    expect(readEmail(text)).toEqual({ email, unread: text })
  })

  it.each([
    ['16175555555', 'US', '+16175555555'],
    ['(617) 555-5555', 'US', '+16175555555'],
    ['+1 617 555 5555 ext. 12', null, '+16175555555'],
    ['00 49 30 123456', null, '+4930123456'],
    ['030 123456', 'DE', '+4930123456'],
    ['16175555555', 'FR', '+16175555555'],
    ['16175555555', null, null],
    ['1234567890', 'US', null],
    ['call me', 'US', null],
    ['617 555 5555 / 617 555 5556', 'US', null],
    ['6175555555', 'XX', null],
  ])('reads the phone %j in %j as %j', (text, country, phone) => {
    expect(readPhone(text, country)).toBe(phone)
  })

  it.each([
    ['US', 'US'],
    ['usa', 'US'],
    ['U.S.A.', 'US'],
    ['840', 'US'],
    ['36', 'AU'],
    ['United States', 'US'],
    ['the United States of America', 'US'],
    ['UK', 'GB'],
    ['England', 'GB'],
    ['Deutschland', 'DE'],
    ['Allemagne', 'DE'],
    ['Alemania', 'DE'],
    ['Alemanha', 'DE'],
    ['Germania', 'DE'],
    ['Estados Unidos', 'US'],
    ['ETATS-UNIS', 'US'],
    ["Côte d'Ivoire", 'CI'],
    ['Türkiye', 'TR'],
    ['日本', 'JP'],
    ['Россия', 'RU'],
    ['N/A', null],
    ['Congo', null],
    ['Narnia', null],
    ['', null],
  ])('reads the country %j as %j', (text, country) => {
    expect(readCountry(text)).toBe(country)
  })

  it.each([
    ['  Jane \t\n  Doe ', 'Jane Doe'],
    ['AT&amp;amp;T', 'AT&T'],
    ['O&#39;Brien &amp; S&ouml;hne', "O'Brien & Söhne"],
    ['?a=1&copy=2', '?a=1&copy=2'],
    ['Ja\0ne\u0007', 'Jane'],
    ['\u202eeoD\u202c', 'eoD'],
    ['half \ud83d emoji 😀', 'half emoji 😀'],
    ['Ja\u200dne', 'Jane'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
    ['👩\u200d💻', '👩\u200d💻'],
    ['e\u0301', 'é'],
    ['&nbsp;\u00a0', null],
  ])('cleans the line %j to %j', (text, clean) => {
    expect(cleanLine(text)).toBe(clean)
  })

  it('keeps the line breaks of notes, in one form', () => {
    expect(cleanText(' one  \r\n\r\n two\u2028three\rfour\u0000 \n')).toBe('one\n\n two\nthree\nfour')
  })

  it.each(['string', undefined] as const)(
    'lets no NUL and no half of a character into a field of type %j, whatever it is read from',
    (type) => {
      expect(convert(' a\0b\ud800c ', type)).toBe('ab\ufffdc')
    },
  )

  it('is done at once with entities that are nested to keep it busy', () => {
    const bomb = `&${'amp;'.repeat(60_000)}lt;`
    expect(cleanLine(bomb)).toBe(bomb)
  })
})
