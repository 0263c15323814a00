import { describe, expect, it } from 'vitest'
import { fingerprint, nameHint } from '../../src/core/index.ts'
import { makeLead } from '../kit/made-lead.ts'

const Phone = '+16175550123'

function printOf(action: string | null, person: Parameters<typeof makeLead>[0] = {}) {
  return fingerprint(makeLead({ action, ...person }))
}

describe('a fingerprint', () => {
  it.each([
    ['the letter case of the action', printOf('INS'), printOf(' ins ')],
    [
      'the + of a number',
      printOf('INS', { person: { phone: Phone } }),
      printOf('INS', { person: { phoneRaw: '1 617 555-0123' } }),
    ],
    [
      'full-width digits',
      printOf('INS', { person: { phoneRaw: '１６１７５５５０１２３' } }),
      printOf('INS', { person: { phone: Phone } }),
    ],
  ])('is the same whatever %s', (_, one, other) => {
    expect(one).toEqual(other)
  })

  it.each([
    ['another action', printOf('INS'), printOf('PLT')],
    ['another e-mail', printOf('INS'), printOf('INS', { person: { email: 'john@contoso.com' } })],
    ['another number', printOf('INS', { person: { phone: Phone } }), printOf('INS', { person: { phone: '+16175550124' } })],
  ])('is another one with %s', (_, one, other) => {
    expect(one).not.toEqual(other)
  })

  it.each([
    ['without an action', printOf(null, { person: { email: 'jane@contoso.com', phone: Phone } })],
    ['with a blank action', printOf(' ')],
    ['with a junk number', printOf('INS', { person: { phoneRaw: '0000000000' } })],
    ['with an extension only', printOf('INS', { person: { phoneRaw: '4711' } })],
    ['with a name and a company only', printOf('INS', { person: { lastName: 'Doe', company: 'Contoso' } })],
  ])('is none %s', (_, print) => {
    expect(print).toEqual({ email: null, phone: null })
  })
})

function hintOf(firstName: string | null, lastName: string | null, company: string | null) {
  return nameHint({ firstName, lastName, company })
}

describe('a name hint', () => {
  const jane = hintOf('Jane', 'Doe', 'Contoso')

  it.each([
    ['letter case and spaces', hintOf(' JANE', 'doe ', 'CONTOSO')],
    ['the legal form', hintOf('Jane', 'Doe', 'Contoso, Inc.')],
    ['dots in it', hintOf('Jane', 'Doe', 'Contoso S.A.')],
    ['accents', hintOf('Jané', 'Döe', 'Contosô')],
  ])('is the same whatever %s', (_, hint) => {
    expect(hint).toEqual(jane)
    expect(hint).not.toBeNull()
  })

  it.each([
    ['another first name', hintOf('Joan', 'Doe', 'Contoso')],
    ['another company', hintOf('Jane', 'Doe', 'Contoso Germany')],
    ['the names the other way round', hintOf('Doe', 'Jane', 'Contoso')],
  ])('is another one with %s', (_, hint) => {
    expect(hint).not.toEqual(jane)
  })

  it.each([null, '', ' ', '-', 'n/a', 'None', 'Self-employed', 'Company', 'GmbH & Co. KG', 'Private', 'test', 'x', '...'])(
    'is none with the company %j',
    (company) => {
      expect(hintOf('Jane', 'Doe', company)).toBeNull()
    },
  )

  it.each([
    ['first', null, 'Doe'],
    ['last', 'Jane', null],
    ['readable first', '.', 'Doe'],
  ])('is none without a %s name', (_, first, last) => {
    expect(hintOf(first, last, 'Contoso')).toBeNull()
  })
})
