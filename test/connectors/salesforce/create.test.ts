import { describe, expect, it } from 'vitest'
import { DeliveryError, type Fields, type Judged, type RecordWrite, type WriteOutcome } from '../../../src/core/index.ts'
import { contact, described, done, idOf, lead, openStand, orgOf, Rows, refusing, type Salesforce, User } from './writing.ts'

const bare = () =>
  orgOf(described('Lead', { leadsync_contact_id__c: null }), described('Contact', { leadsync_contact_id__c: null }))
const open = (salesforce: Salesforce = {}) => openStand(salesforce, { org: bare() })

function short(judged: readonly Judged<WriteOutcome>[]): unknown[] {
  return judged.map((one) => (one instanceof DeliveryError ? one.code : one.result))
}

/** One without e-mail, told by name and phone. */
function nameless(n: number, fields: Fields = {}): RecordWrite {
  return lead(n, { email: null, fields: { Phone: `+1617555000${n}`, ...fields } })
}

function byEmail(n: number, some: object = {}) {
  return {
    Id: idOf(n),
    Email: `P${n}@contoso.com`,
    LastName: 'X',
    Company: 'Y',
    Phone: null,
    IsConverted: false,
    Status: 'New',
    ...some,
  }
}

function byName(n: number, some: object = {}) {
  const found = { Email: null, LastName: `last${n}`, Company: `Company ${n}`, Phone: `+1617555000${n}`, IsConverted: false }
  return { Id: idOf(n), ...found, Status: 'New', ...some }
}

describe('in an org without a field for the contact id', () => {
  it('people who are not there are created, after one look', async () => {
    const stand = await open()
    expect(short(await stand.write([lead(1), nameless(2), contact(3)]))).toEqual(['created', 'created', 'created'])
    expect(stand.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([`POST ${Rows}`])
    expect(stand.server.asked.filter(({ path }) => path.endsWith('/composite')).length).toBe(2)
  })

  it('are looked for by e-mail, or by name and phone among what our own user made', async () => {
    const stand = await open()
    await stand.write([lead(1, { email: "o'neil\\@contoso.com" }), nameless(2, { LastName: "O'Neil" })])
    const [email, name] = stand.queries()
    expect(email).toContain("FROM Lead WHERE Email IN ('o\\'neil\\\\@contoso.com')")
    expect(name).toContain(`CreatedById = '${User}'`)
    expect(name).toContain("LastName IN ('O\\'Neil') AND Phone IN ('+16175550002')")
  })

  it('who are there by now are left to the next match', async () => {
    const stand = await open({ found: (soql) => (soql.includes('Email IN') ? [byEmail(1)] : [byName(2)]) })
    expect(short(await stand.write([lead(1), nameless(2), lead(3)]))).toEqual(['conflict', 'conflict', 'created'])
    expect(stand.writes()[0]?.body.records).toHaveLength(1)
    expect([stand.holders.of('c-1'), stand.holders.of('c-2')]).toEqual([null, { object: 'lead', id: idOf(2) }])
  })

  it.each([
    ['closed', { Status: 'Unqualified' }],
    ['converted', { IsConverted: true }],
  ])('whose records are %s are entered anew', async (_, state) => {
    const stand = await open({ found: () => [byEmail(1, state)] })
    expect(short(await stand.write([lead(1, { contactId: 'c-1.1' })]))).toEqual(['created'])
  })

  it.each([
    ['company', { Company: 'Another' }],
    ['e-mail', { Email: 'somebody@contoso.com' }],
    ['phone', { Phone: '+49' }],
  ])('are nobody else who has another %s', async (_, other) => {
    const stand = await open({ found: () => [byName(2, other)] })
    expect(short(await stand.write([nameless(2)]))).toEqual(['created'])
  })

  it('are found again by their Account too, whichever spelling its id has in the settings', async () => {
    const Id = idOf(1, '003')
    const earlier = { Id, Email: null, LastName: 'Last1', Phone: '+16175550001', AccountId: idOf(5, '001') }
    const account = idOf(5, '001').slice(0, 15)
    const stand = await openStand({ found: () => [earlier] }, { org: bare(), settings: { target: 'contact', account } })
    const fields = { LastName: 'Last1', Phone: '+16175550001' }
    expect(short(await stand.write([contact(1, { email: null, fields })]))).toEqual(['conflict'])
    expect(stand.writes()).toEqual([])
  })

  it('who are there several times are for a person', async () => {
    const stand = await open({ found: () => [byEmail(1), byEmail(1, { Id: idOf(9) })] })
    expect(short(await stand.write([lead(1)]))).toEqual(['multiple_matches'])
  })

  it('are not created on a guess when the look fails', async () => {
    const stand = await openStand({ found: () => null }, { org: bare() })
    expect(short(await stand.write([lead(1)]))).toEqual(['unavailable'])
    expect(stand.writes()).toEqual([])
  })
})

describe('when no answer says what became of a new record', () => {
  it.each<[string, Salesforce['rows']]>([
    ['a timeout', () => 'hang'],
    ['a broken gateway', () => ({ status: 502, body: '<html>' })],
    ['a row that can’t be read', () => ({ body: [null] })],
  ])('one that was made all the same is found, after %s', async (_, rows) => {
    let made = false
    const stand = await open({
      rows(asked) {
        made = true
        return rows?.(asked) ?? 'hang'
      },
      found: () => (made ? [byEmail(1)] : []),
    })
    expect(await stand.write([lead(1)])).toMatchObject([{ object: 'lead', id: idOf(1), result: 'created' }])
    expect(stand.writes()).toHaveLength(1)
  })

  it('one that is not there is sent later, and only once now', async () => {
    const stand = await open({ rows: () => ({ status: 503, body: [] }) })
    expect(short(await stand.write([lead(1), nameless(2)]))).toEqual(['unavailable', 'unavailable'])
    expect(stand.writes()).toHaveLength(1)
  })

  it('nothing is looked for after a refusal', async () => {
    const stand = await open({ rows: refusing(() => ({ statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' })) })
    expect(short(await stand.write([lead(1)]))).toEqual(['invalid'])
    expect(stand.queries()).toHaveLength(1)
  })

  it('a locked one is sent again, for nothing was made', async () => {
    let times = 0
    const stand = await open({
      rows(asked) {
        times += 1
        return times === 1 ? refusing(() => ({ statusCode: 'UNABLE_TO_LOCK_ROW' }))(asked) : done(asked)
      },
    })
    expect(short(await stand.write([lead(1)]))).toEqual(['created'])
  })
})
