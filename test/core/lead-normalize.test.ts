import { describe, expect, it } from 'vitest'
import { DefaultStages, leadSchema, normalizeLead, stageOf } from '../../src/core/index.ts'
import { Context, leadOf } from './context.ts'

function read(input: object) {
  const result = normalizeLead(input, { ...Context, channel: 'api' })
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.lead
}

describe('a lead in our own schema', () => {
  it.each([
    { said: { noFollowUp: true }, tags: ['noFollowUp', 'token:appsource-1', 'emea'] },
    { said: { noFollowUp: true, tags: ['noFollowUp'] }, tags: ['noFollowUp', 'token:appsource-1', 'emea'] },
    { said: { noFollowUp: false }, tags: ['token:appsource-1', 'emea'] },
  ])('that says $said has the tags $tags', ({ said, tags }) => {
    expect(read({ v: 1, person: { company: 'Contoso' }, ...said }).tags).toEqual(tags)
  })

  it('needs a version and one thing about the person, and is filled in from what is known', () => {
    const input = { v: 1, person: { email: ' Jane@Contoso.com ', phone: '(617) 555-5555', country: 'usa' }, extra: true }
    expect(read(input)).toEqual({
      v: 1,
      id: '01JDCONTEXT',
      channel: 'api',
      externalId: null,
      receivedAt: '2026-11-23T10:00:00.000Z',
      occurredAt: '2026-11-23T10:00:00.000Z',
      occurredPrecision: 'exact',
      source: null,
      sourceRaw: null,
      action: null,
      stage: null,
      offer: { publisherId: null, offerId: null, title: null, productId: null },
      person: {
        email: 'jane@contoso.com',
        phone: '+16175555555',
        phoneRaw: '(617) 555-5555',
        firstName: null,
        lastName: null,
        company: null,
        jobTitle: null,
        country: 'US',
        countryRaw: 'usa',
      },
      notes: null,
      campaign: {},
      test: false,
      tags: ['token:appsource-1', 'emea'],
      raw: input,
    })
  })

  it.each([
    ['email', { email: 'a@b.co' }],
    ['phone', { phone: '1' }],
    ['raw phone', { phoneRaw: '1' }],
    ['first name', { firstName: 'A' }],
    ['last name', { lastName: 'A' }],
    ['company', { company: 'A' }],
  ])('may have nothing but the %s of the person', (_what, person) => {
    expect(normalizeLead({ v: 1, person }, Context).ok).toBe(true)
  })

  it('takes null for absent everywhere', () => {
    const absent = Object.fromEntries(Object.keys(leadOf({ Company: 'A' })).map((key) => [key, null]))
    expect(read({ ...absent, v: 1, person: { company: 'A', email: null } }).person.company).toBe('A')
  })

  it('keeps what was given', () => {
    const given = {
      id: '4711:x',
      channel: 'file',
      receivedAt: '2026-11-22T12:00:00+02:00',
      occurredAt: '2026-11-21',
      source: 'SPZA',
      action: 'plt',
      stage: 'mine',
      test: true,
      tags: ['a'],
      campaign: { n: 1 },
      raw: 'r',
    }
    expect(read({ v: 1, person: { company: 'A' }, ...given })).toMatchObject({
      id: '4711:x',
      channel: 'file',
      receivedAt: '2026-11-22T10:00:00.000Z',
      occurredAt: '2026-11-21T00:00:00.000Z',
      occurredPrecision: 'day',
      source: 'AppSource',
      sourceRaw: 'SPZA',
      action: 'PLT',
      stage: 'mine',
      test: true,
      tags: ['a', 'token:appsource-1', 'emea'],
      campaign: { n: '1' },
      raw: 'r',
    })
  })

  it('is never received in the future nor occurs after its receipt', () => {
    const lead = read({ v: 1, person: { company: 'A' }, receivedAt: '2027-01-01T00:00:00Z', occurredAt: '2028-01-01T00:00:00Z' })
    expect(lead).toMatchObject({ receivedAt: Context.receivedAt, occurredAt: Context.receivedAt })
  })

  it('comes out as it went in when it was normalized before', () => {
    const lead = leadOf({
      Email: 'unreadable',
      Phone: '16175555555',
      Country: 'USA',
      LastName: 'Doe',
      LeadSource: 'SPZA-DNC|a.b',
    })
    expect(normalizeLead(structuredClone(lead), Context)).toEqual({ ok: true, lead })
  })

  it.each([
    ['no object', 'x', [{ path: '', message: 'The lead must be a JSON object.' }]],
    [
      'another version',
      { v: '1', person: { company: 'A' } },
      [{ path: 'v', message: 'v must be 1, the version of the lead schema.' }],
    ],
    [
      'nobody',
      { v: 1, person: { email: ' ' } },
      [{ path: 'person', message: 'person needs one of email, phone, firstName, lastName, company.' }],
    ],
    [
      'nothing but an unreadable e-mail',
      { v: 1, person: { email: 'jane' } },
      [{ path: 'person.email', message: 'person.email can not be read as an address, and there is no phone, name or company.' }],
    ],
    [
      'several faults, all told at once',
      {
        v: 1,
        person: { email: {}, company: 'A' },
        offer: 'x',
        tags: 'x',
        test: 'no',
        channel: 'mail',
        occurredAt: '2026-11-23T10:00:00',
        receivedAt: '2026-02-30T00:00:00Z',
        id: 'x'.repeat(257),
      },
      [
        { path: 'person.email', message: 'person.email must be text.' },
        {
          path: 'receivedAt',
          message: 'receivedAt must be an ISO 8601 time with its zone, such as 2026-11-23T10:00:00Z, or a day.',
        },
        {
          path: 'occurredAt',
          message: 'occurredAt must be an ISO 8601 time with its zone, such as 2026-11-23T10:00:00Z, or a day.',
        },
        { path: 'id', message: 'id must have at most 256 characters.' },
        { path: 'channel', message: 'channel must be one of marketplace, azure-table, referrals-csv, file, api, queue.' },
        { path: 'offer', message: 'offer must be an object.' },
        { path: 'test', message: 'test must be true or false.' },
        { path: 'tags', message: 'tags must be a list of texts.' },
      ],
    ],
  ])('is refused with %s', (_what, input, errors) => {
    expect(normalizeLead(input, Context)).toEqual({ ok: false, errors })
  })

  it('is described by a JSON Schema that asks for no more than that', () => {
    expect(leadSchema()).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', required: ['v', 'person'] })
  })
})

describe('the stage', () => {
  it.each([
    ['PLT', 'initial-interest'],
    ['INS', 'active'],
    ['create', 'active'],
    ['StartTestDrive', 'trial'],
    ['DNC', null],
    ['NEW', null],
    [null, null],
  ])('of %j is %j by default', (action, stage) => {
    expect(stageOf('AppSource', action, DefaultStages)).toBe(stage)
  })

  it('is that of the first rule that matches', () => {
    const rules = [
      { source: 'appsource', action: 'INS', stage: 'a' },
      { source: 'AppSource', stage: 'b' },
      { action: 'INS', stage: 'c' },
      { stage: 'd' },
    ]
    expect(stageOf('AppSource', 'INS', rules)).toBe('a')
    expect(stageOf('AppSource', null, rules)).toBe('b')
    expect(stageOf(null, 'INS', rules)).toBe('c')
    expect(stageOf('AzurePortal', 'PLT', rules)).toBe('d')
  })
})
