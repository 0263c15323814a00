import { describe, expect, it } from 'vitest'
import { hiddenDetails } from '../../src/cli/hidden-details.ts'
import { compileMapping, type FieldChange } from '../../src/core/index.ts'
import { makeLead } from '../kit/made-lead.ts'

const Jane = { email: 'jane@contoso.com', firstName: 'Jo', lastName: 'O’Brien', company: 'Contoso Bakery', phone: '+16175550123' }
const lead = makeLead({ id: 'lead-1', person: Jane, notes: 'Call me\nsoon.', campaign: { gclid: 'a-click' } })
const rules = {
  mapping: compileMapping({
    contact: {
      FirstName: { from: 'person.firstName' },
      source: { from: 'source' },
      kind: { value: 'marketplace' },
      note: { template: 'From {{ person.company }}' },
      rating: { from: 'score' },
    },
  }),
  identity: () => ({ email: 'email', contactId: 'our_id' }),
  doNotContact: { mode: 'flag' as const, createIfMissing: false, markers: { at: 'dnc_at', liftedAt: null, reason: null } },
  lastLeadField: 'last_lead_at',
  touches: { as: 'field' as const, field: 'history' },
}

function hiddenBody(body: unknown, path = '/contacts'): unknown {
  const { requests } = hiddenDetails('contact', { requests: [{ method: 'POST', path, body }], fields: [] }, { rules, lead })
  return path === '/contacts' ? requests[0]?.body : requests[0]?.path
}

describe('a request that is shown', () => {
  it.each([
    [
      'fields that are no person’s',
      { our_id: 'C1', kind: 'marketplace', rating: 40, dnc_at: '2026-11-23T12:00:00.000Z', x: null },
    ],
    [
      'what the protocol says',
      { method: 'PATCH', url: '/services/data/v60.0/sobjects/Lead', allOrNone: false, idProperty: 'email' },
    ],
  ])('keeps %s', (_, body) => {
    expect(hiddenBody({ inputs: [body] })).toEqual({ inputs: [body] })
  })

  it.each([
    ['the person’s fields, in any spelling', { firstname: 'x', EMAIL: 'x', history: 'x', note: 'x' }],
    ['a number in one', { firstname: 5, email: 5, history: 5, note: true }],
    [
      'what the lead says, under whatever name',
      { a: 'jo', b: 'JANE@contoso.com', c: 'CONTOSO BAKERY, Inc.', d: 'tel:+16175550123' },
    ],
    ['a text of several words', { a: 'some text', b: 'a\nb', c: 'O&#39;Brien wrote', d: '<p>x y</p>' }],
    [
      'an address in a field that is shown',
      { source: 'joe@people.example', a: 'mailto:joe@people.example', b: 'joe%40people.example', c: 'a-click' },
    ],
  ])('hides %s', (_, body) => {
    const hidden = Object.fromEntries(Object.keys(body).map((name) => [name, '(hidden)']))
    expect(hiddenBody(body)).toEqual(hidden)
  })

  it.each([
    [
      '/leads(0f5f67cb-3486-56d2-aae1-62f5ce526d80)?$select=leadid',
      '/leads(0f5f67cb-3486-56d2-aae1-62f5ce526d80)?$select=leadid',
    ],
    ["/leads(emailaddress1='jane@contoso.com')", "/leads(emailaddress1='(hidden)')"],
    ['/contacts/jane%40contoso.com?idProperty=email', '/contacts/(hidden)?idProperty=email'],
    ['/search/Contoso%20Bakery', '/search/(hidden)'],
  ])('names nobody in its path %s', (path, shown) => {
    expect(hiddenBody(null, path)).toBe(shown)
  })

  it('and a field of the record is hidden with what it holds', () => {
    const fields: FieldChange[] = [
      { field: 'FirstName', has: 'Johanna', gets: null, policy: 'overwrite', note: 'cleared' },
      { field: 'kind', has: null, gets: 'marketplace', policy: 'create-only', note: 'new' },
      { field: 'unknown', has: 'x', policy: 'overwrite', note: 'kept' },
    ]
    const hidden = hiddenDetails(
      'contact',
      { requests: [{ method: 'POST', path: '/', body: { a: 'Johanna' } }], fields },
      { rules, lead },
    )
    expect(hidden.fields.map(({ has, gets }) => [has, gets])).toEqual([
      ['(hidden)', null],
      [null, 'marketplace'],
      ['(hidden)', undefined],
    ])
    expect(hidden.requests[0]?.body).toEqual({ a: '(hidden)' })
  })
})
