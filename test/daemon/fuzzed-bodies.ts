import { leadBody } from '../kit/leads.ts'
import type { Random } from '../kit/random.ts'

/** Larger bodies are refused with 413. */
export const BodyLimit = 256 * 1024

const Keys = [
  'userDetails',
  'UserDetails',
  'USERDETAILS',
  'CustomerInfo',
  'email',
  'Email',
  'phone',
  'firstName',
  'LastName',
  'company',
  'title',
  'country',
  'leadSource',
  'LeadSource',
  'actionCode',
  'offerTitle',
  'Description',
  'OfferId',
  'PublisherId',
  'notes',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'length',
  '',
  ' ',
  '\u0000',
  '🚀',
] as const

const Texts = [
  '',
  ' ',
  'null',
  '0',
  'Jane',
  'Doe',
  'jane@contoso.example',
  'JANE@CONTOSO.EXAMPLE',
  'a@b',
  '@',
  'a@@b.example',
  'x@xn--bcher-kva.example',
  '+1 617 555 0123',
  '16175550101',
  '1',
  '+',
  'US',
  'USA',
  'Deutschland',
  'AppSource (SPZA)-PLT|contoso.contoso-analytics',
  'AzureMarketplace',
  'AzureMarketplace-DNC|contoso.x',
  '|',
  '-|-',
  'PLT',
  'DNC',
  'Campaigns: a=b',
  '{"mktcmpid":"1"}',
  '{"a":',
  '[[[',
  '&amp;amp;lt;',
  '&#0;',
  '&#x110000;',
  '\u0000\u0007\u001b[31m',
  '\ud800',
  '\udfff\ud800',
  '‮gnp.exe',
  'e\u0301'.repeat(50),
  '🚀'.repeat(20),
  'MSFT_TEST_1',
  '../../etc/passwd',
  '%{(#a=1)}',
  '{{ person.email }}',
  "'; FLUSHALL --",
  '\r\nSET a b\r\n',
  '9'.repeat(400),
  '-0',
  '1e999',
] as const

/** `count` bodies as a hostile or broken sender might post them; among them plain leads, repetitions and test leads. */
export function* fuzzedBodies(random: Random, count: number): Generator<string | Buffer> {
  const earlier: string[] = []
  for (let n = 0; n < count; n += 1) {
    const body = oneBody(random, n, earlier)
    if (typeof body === 'string' && earlier.length < 200) earlier.push(body)
    yield body
  }
}

function oneBody(random: Random, n: number, earlier: readonly string[]): string | Buffer {
  const make = random.pick<() => string | Buffer>([
    () => leadBody(n),
    () => leadBody(n),
    () => leadBody(n, { leadSource: random.pick(Texts), description: random.pick(Texts) }),
    () => (earlier.length > 0 ? random.pick(earlier) : ''),
    () => testLead(random),
    () => JSON.stringify(value(random, 4)),
    () => JSON.stringify(objectOf(random, 4)),
    () => JSON.stringify({ userDetails: objectOf(random, 2), ...objectOf(random, 3) }),
    () => withProtoKeys(random, n),
    () => leadBody(n).slice(0, random.between(0, leadBody(n).length)),
    () => mutated(random, leadBody(n)),
    () => mutated(random, JSON.stringify(objectOf(random, 4))),
    () => bytes(random, random.between(0, 300)),
    () => Buffer.concat([Buffer.from(leadBody(n)), bytes(random, 3)]),
    () => encoded(random, leadBody(n)),
    () => scalar(random),
    () => deep(random),
    () => (random.chance(0.03) ? huge(random, n) : leadBody(n, { description: 'x'.repeat(random.between(0, 5_000)) })),
  ])
  return make()
}

function scalar(random: Random): string {
  return random.pick([
    '',
    ' ',
    'null',
    'true',
    '0',
    '-0',
    '1e999',
    '"text"',
    '[]',
    '{}',
    '[{}]',
    '{"a":1}{"b":2}',
    '\ufeff{}',
    'NaN',
    '{,}',
  ])
}

function testLead(random: Random): string {
  const mark = `MSFT_TEST_${random.between(1, 1_000)}`
  return `{"userDetails":{"FirstName":"${mark}","LastName":"${mark}","Email":"${mark}@test.com"},"OfferTitle":"Contoso Test"\r\n"Description":"${mark}"}`
}

function value(random: Random, depth: number): unknown {
  const kinds = depth > 0 ? 8 : 6
  switch (random.between(0, kinds)) {
    case 0:
      return null
    case 1:
      return random.chance(0.5)
    case 2:
      return random.pick([0, -0, -1, 1.5, 1e21, 2 ** 53, 14255550188, 840, Number.MIN_VALUE, Number.MAX_VALUE])
    case 7:
      return Array.from({ length: random.between(0, 4) }, () => value(random, depth - 1))
    case 8:
      return objectOf(random, depth - 1)
    default:
      return random.pick(Texts)
  }
}

function objectOf(random: Random, depth: number): Record<string, unknown> {
  const entries = Array.from({ length: random.between(0, 8) }, () => [random.pick(Keys), value(random, depth - 1)] as const)
  return Object.fromEntries(entries)
}

/** As text, because an object literal would set the prototype instead of a key. */
function withProtoKeys(random: Random, n: number): string {
  const poison = random.pick(['{"admin":true}', 'null', '[]', '"text"', '{"toString":null}'])
  const key = random.pick(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'valueOf'])
  const at = random.pick(['', '"userDetails":'])
  return leadBody(n)
    .replace('{', `{"${key}":${poison},`)
    .replace('"userDetails":{', `"userDetails":{${at === '' ? '' : `"${key}":${poison},`}`)
}

function mutated(random: Random, text: string): string {
  let changed = text
  for (let times = random.between(1, 5); times > 0; times -= 1) {
    const at = random.between(0, changed.length)
    const insert = random.pick([
      '',
      '',
      '"',
      '{',
      '}',
      '[',
      ',',
      ':',
      '\\',
      '\\u',
      '\\ud800',
      '\n',
      '\u0000',
      'null',
      '0',
      ...Texts,
    ])
    changed = changed.slice(0, at) + insert + changed.slice(at + random.between(0, 3))
  }
  return changed
}

function bytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.between(0, 255)))
}

function encoded(random: Random, text: string): Buffer {
  return random.pick([
    () => Buffer.from(text, 'utf16le'),
    () => Buffer.from(text, 'latin1'),
    () => Buffer.from(`\ufeff${text}`),
  ])()
}

function deep(random: Random): string {
  const levels = random.pick([10, 60, 100, 1_000, 20_000])
  const open = random.pick(['[', '{"a":', '{"userDetails":'])
  return open.repeat(levels) + (random.chance(0.5) ? `1${(open === '[' ? ']' : '}').repeat(levels)}` : '')
}

function huge(random: Random, n: number): string {
  const size = random.pick([BodyLimit - 1_000, BodyLimit, BodyLimit + 1, BodyLimit * 2])
  return leadBody(n, { description: random.pick(['x', '&amp;', '\\', 'é']).repeat(size).slice(0, size) })
}
