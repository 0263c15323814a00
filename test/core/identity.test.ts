import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalContent,
  contactId,
  contactKey,
  deliveryJobId,
  hmac,
  identityKeys,
  leadIdFrom,
  leadJobId,
  leadKey,
} from '../../src/core/index.ts'
import { Context, Jane, leadOf } from './context.ts'

describe('identity', () => {
  it.each([
    ['16175550123', 'USA', 'Doe', { number: '+16175550123', lastName: 'doe' }],
    ['16175550123', 'USA', ' DOÉ ', { number: '+16175550123', lastName: 'doe' }],
    ['16175550123', 'USA', 'Łódź-Straße', { number: '+16175550123', lastName: 'lodzstrasse' }],
    ['16175555555', 'USA', 'van der Berg', { number: '+16175555555', lastName: 'vanderberg' }],
    ['617-555-0123', null, 'Doe', { number: '6175550123', lastName: 'doe' }],
    ['617-555-0123', null, '山田', { number: '6175550123', lastName: '山田' }],
    ['16175550123', 'USA', '', null],
    ['16175550123', 'USA', '-', null],
    ['555012', 'USA', 'Doe', null],
    ['1234567890', 'USA', 'Doe', null],
    ['+1 123 456 7890', 'USA', 'Doe', null],
    ['0000000', 'USA', 'Doe', null],
    ['5555555555', 'USA', 'Doe', null],
    ['+1 (555) 555-5555', 'USA', 'Doe', null],
    ['0049 1111111111', 'DE', 'Doe', null],
    ['9876543210', null, 'Doe', null],
    ['1212121212', null, 'Doe', null],
    ['ask reception', null, 'Doe', null],
  ])('makes of the phone %j in %j with the last name %j the key %j', (Phone, Country, LastName, key) => {
    expect(identityKeys(leadOf({ Phone, Country, LastName, Company: 'A' })).phone).toEqual(key)
  })

  it('takes the e-mail first, then phone and last name, then the lead itself', () => {
    const phone = { Phone: '617-555-0123', LastName: 'Doe' }
    expect(contactKey(leadOf({ ...Jane, ...phone }))).toBe('email:jane@contoso.com')
    expect(contactKey(leadOf(phone))).toBe('phone:6175550123:doe')
    expect(contactKey(leadOf({ Company: 'A', LastName: 'Doe' }))).toBe('lead:01JDCONTEXT')
  })

  it('mints contact ids that are stable UUIDs and differ between installations', () => {
    const id = contactId('email:jane@contoso.com', 'secret')
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(contactId('email:jane@contoso.com', 'secret')).toBe(id)
    expect(contactId('email:jane@contoso.com', 'other')).not.toBe(id)
    expect(contactId('email:joe@contoso.com', 'secret')).not.toBe(id)
  })

  it('makes stored keys that depend on secret, purpose and text', () => {
    const key = hmac('secret', 'email', 'jane@contoso.com')
    expect(key).toMatch(/^[\w-]{22}$/)
    const others = [
      hmac('other', 'email', 'jane@contoso.com'),
      hmac('secret', 'phone', 'jane@contoso.com'),
      hmac('secret', 'email', 'joe'),
    ]
    expect(others).not.toContain(key)
  })
})

describe('ids', () => {
  it('are the same for the same lead of a channel, and only then', () => {
    expect(leadIdFrom('azure-table', 'p', 'r')).toBe(leadIdFrom('azure-table', 'p', 'r'))
    expect(leadIdFrom('azure-table', 'p', 'r')).not.toBe(leadIdFrom('azure-table', 'pr'))
    expect(leadIdFrom('azure-table', 'p', 'r')).not.toBe(leadIdFrom('file', 'p', 'r'))
  })

  it('stay as they are across releases, since queues and ledger hold them', () => {
    expect(leadKey('01JD')).toBe('xr6s2i6cevf5ufhiohzhlznad2')
    expect(deliveryJobId('hubspot', '01JD')).toBe(`hubspot.${leadKey('01JD')}`)
  })

  it('of jobs are taken by BullMQ whatever the lead is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (leadId, crm) => {
        for (const id of [leadJobId(leadId), deliveryJobId(crm, leadId)]) {
          expect(id).not.toContain(':')
          expect(String(Number.parseInt(id, 10))).not.toBe(id)
        }
        expect(leadKey(leadId)).toMatch(/^[a-z2-7]{26}$/)
      }),
    )
  })
})

describe('canonical content', () => {
  const Body = {
    UserDetails: { ...Jane, Phone: '16175550123', Country: 'USA' },
    LeadSource: 'SPZA-PLT|a.b',
    Description: '{"a":1,"b":2}',
  }
  const first = canonicalContent(leadOf(Body))

  it.each([
    [
      'spelling and order of keys',
      { leadSource: Body.LeadSource, description: Body.Description, userDetails: Body.UserDetails },
      Context,
    ],
    ['order of campaign parameters', { ...Body, Description: '{"b":2,"a":1}' }, Context],
    ['spelling of readable values', { ...Body, UserDetails: { ...Jane, Phone: '+1 617 555 0123', Country: 'US' } }, Context],
    ['id, time and tags', Body, { ...Context, id: 'other', receivedAt: '2026-11-24T00:00:00.000Z', tags: [], token: 'new' }],
  ])('does not depend on %s', (_what, body, context) => {
    expect(canonicalContent(leadOf(body, context))).toBe(first)
  })

  it.each([
    ['the action', { ...Body, LeadSource: 'SPZA-DNC|a.b' }],
    ['the offer', { ...Body, LeadSource: 'SPZA-PLT|a.c' }],
    ['the person', { ...Body, UserDetails: { ...Body.UserDetails, FirstName: 'Joan' } }],
    ['an unreadable phone', { ...Body, UserDetails: { ...Body.UserDetails, Phone: 'x' } }],
    ['the notes', { ...Body, Description: 'Call me' }],
  ])('depends on %s', (_what, body) => {
    expect(canonicalContent(leadOf(body))).not.toBe(first)
  })
})
