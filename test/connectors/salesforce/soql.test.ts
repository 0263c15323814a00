import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inList, literal } from '../../../connectors/salesforce/requests/soql.ts'

const Escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', "'": "'", '"': '"', '\\': '\\' }

/** Reads SOQL as its grammar says: what stands outside quotes, and the texts inside them. */
function parse(soql: string): { outside: string; texts: string[] } {
  let outside = ''
  const texts: string[] = []
  for (let at = 0; at < soql.length; at += 1) {
    if (soql[at] !== "'") {
      outside += soql[at]
      continue
    }
    let text = ''
    for (at += 1; soql[at] !== "'"; at += 1) {
      if (at >= soql.length) throw new Error('a text without an end')
      if (soql[at] !== '\\') {
        text += soql[at]
        continue
      }
      at += 1
      if (soql[at] === 'u') {
        text += String.fromCharCode(Number.parseInt(soql.slice(at + 1, at + 5), 16))
        at += 4
      } else {
        const meant = Escapes[soql[at] ?? '']
        if (meant === undefined) throw new Error(`an escape that SOQL does not know: ${soql[at]}`)
        text += meant
      }
    }
    texts.push(text)
    outside += '?'
  }
  return { outside, texts }
}

/** Texts made of what breaks out of quotes, between ordinary ones. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        "'",
        '\\',
        '"',
        '\n',
        '\r',
        '\u0000',
        '\u2028',
        ' OR ',
        'Id != null',
        '--',
        ')',
        '%',
        '_',
        '\\u0027',
        '\ud800',
        'é',
        '名',
      ),
    )
    .map((parts) => parts.join('')),
)

describe('a text in SOQL', () => {
  it.each([
    ['jane@contoso.com', "'jane@contoso.com'"],
    ["o'hara@x.y", "'o\\'hara@x.y'"],
    ["o'x\\' OR Id != null", "'o\\'x\\\\\\' OR Id != null'"],
    ['\\', "'\\\\'"],
    ['a\nb\rc\td', "'a\\nb\\rc\\td'"],
    ['\u0000\u001b\u2028', "'\\u0000\\u001B\\u2028'"],
    ['', "''"],
    ['100%_名', "'100%_名'"],
  ])('%j is %s', (value, soql) => {
    expect(literal(value)).toBe(soql)
  })

  it('is read as that text and nothing else, whatever it says', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        expect(parse(literal(value))).toEqual({ outside: '?', texts: [value.toWellFormed()] })
      }),
      { numRuns: 2_000 },
    )
  })

  it('leaves no control character and nothing that is not UTF-8 in the query', () => {
    fc.assert(
      fc.property(nasty, (value) => {
        expect(literal(value)).not.toMatch(/\p{Cc}/u)
        expect(() => encodeURIComponent(literal(value))).not.toThrow()
      }),
    )
  })
})

describe('a list in SOQL', () => {
  it('is one condition, whatever its texts say', () => {
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 5 }), (values) => {
        expect(parse(inList('Owner.Name', values))).toEqual({
          outside: `Owner.Name IN (${values.map(() => '?').join(',')})`,
          texts: values.map((value) => value.toWellFormed()),
        })
      }),
    )
  })

  it.each(['', 'Email = 1 OR Id', "x'", 'a b', '1a', 'a..b'])('has no field named %j', (field) => {
    expect(() => inList(field, ['a'])).toThrow()
  })

  it('is never empty', () => {
    expect(() => inList('Email', [])).toThrow('Email')
  })
})
