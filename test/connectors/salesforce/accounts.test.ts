import { describe, expect, it } from 'vitest'
import { DeliveryError, type RecordWrite } from '../../../src/core/index.ts'
import { contact, idOf, lead, openStand, planned } from './writing.ts'

const Fallback = '001000000000009AAA'

async function accountOf(write: RecordWrite, settings: Record<string, unknown>, accounts: readonly object[] = []) {
  const stand = await openStand({ found: () => accounts }, { settings: { target: 'contact', ...settings } })
  const [outcome] = await stand.write([write])
  const sent = stand.writes()[0]?.body.records[0]
  return { sent: sent?.AccountId, refused: outcome instanceof DeliveryError ? outcome : null, queries: stand.queries() }
}

function account(n: number, some: object) {
  return { Id: idOf(n, '001'), ...some }
}

describe('the Account of a new Contact, matched by domain,', () => {
  const settings = { account: 'match-by-domain' }

  it.each(['contoso.com', 'www.contoso.com', 'https://www.Contoso.com/en?x=1', 'http://contoso.com:8080', ' contoso.com '])(
    'is the one whose web site is %j',
    async (Website) => {
      const { sent } = await accountOf(contact(1), settings, [account(1, { Website }), account(2, { Website: 'notcontoso.com' })])
      expect(sent).toBe(idOf(1, '001'))
    },
  )

  it.each([
    [
      'nobody’s',
      [
        account(1, { Website: 'shop.contoso.com' }),
        account(2, { Website: 'contoso.com.evil.example' }),
        account(3, { Website: null }),
      ],
    ],
    ['two have it', [account(1, { Website: 'contoso.com' }), account(2, { Website: 'www.contoso.com' })]],
  ])('is not guessed when the site is %s', async (_, accounts) => {
    const { sent, refused } = await accountOf(contact(1), settings, accounts)
    expect(sent).toBeUndefined()
    expect(refused).toMatchObject({ code: 'invalid', fields: ['AccountId'] })
    expect(refused?.message).toContain('accountFallback')
    expect((await accountOf(contact(1), { ...settings, accountFallback: Fallback }, accounts)).sent).toBe(Fallback)
  })

  it.each(['p@gmail.com', null])('is nobody’s for %j, without a question', async (email) => {
    const { sent, refused, queries } = await accountOf(contact(1, { email }), settings, [account(1, { Website: 'gmail.com' })])
    expect([sent, refused?.code, queries]).toEqual([undefined, 'invalid', []])
  })
})

describe('the question for the Account of a domain', () => {
  const settings = { account: 'match-by-domain' }

  it('is for that host only, as a short domain stands in the middle of many others', async () => {
    const { queries } = await accountOf(contact(1, { email: 'p@m.co' }), settings)
    expect(queries[0]).toContain("Website LIKE 'm.co%'")
    expect(queries[0]).not.toContain("'%m.co")
  })

  it('stays within what Salesforce takes, for 200 long domains', async () => {
    const stand = await openStand({}, { settings: { target: 'contact', ...settings } })
    const domain = (n: number) => `${Array.from({ length: 4 }, () => `d${n}`.padEnd(58, 'x')).join('.')}.com`
    await stand.write(Array.from({ length: 200 }, (_, n) => contact(n, { email: `p@${domain(n)}` })))
    expect(stand.queries().length).toBeGreaterThan(1)
    for (const soql of stand.queries()) expect(soql.length).toBeLessThan(100_000)
  })
})

describe('when the user may not see by what Accounts are matched', () => {
  it('the CRM waits for its operator, and no lead is parked', async () => {
    const stand = await openStand(
      { found: () => ({ errorCode: 'INVALID_FIELD' }) },
      { settings: { target: 'contact', account: 'match-by-domain' } },
    )
    const [outcome] = await stand.write([contact(1)])
    expect(outcome).toMatchObject({ code: 'misconfigured' })
    expect(String(outcome)).toContain('Account.Website')
  })
})

describe('the Account of a new Contact, matched by name,', () => {
  const settings = { account: 'match-by-name' }

  it('is the one of exactly that name, in any letter case', async () => {
    const accounts = [account(1, { Name: 'CONTOSO Ltd' }), account(2, { Name: 'Contoso Ltd Holding' })]
    const { sent, queries } = await accountOf(contact(1, { company: ' Contoso Ltd' }), settings, accounts)
    expect(sent).toBe(idOf(1, '001'))
    expect(queries[0]).toContain("Name IN ('contoso ltd')")
  })

  it('escapes the name', async () => {
    const { queries } = await accountOf(contact(1, { company: "O'Brien \\' OR Name != '" }), settings)
    expect(queries[0]).toContain("IN ('o\\'brien \\\\\\' or name != \\'')")
  })

  it('is not asked for by a name that no Account can have, which would have the whole question refused', async () => {
    const stand = await openStand(
      { found: () => [account(1, { Name: 'Contoso' })] },
      { settings: { target: 'contact', ...settings } },
    )
    const judged = await stand.write([contact(1, { company: 'x'.repeat(256) }), contact(2, { company: 'Contoso' })])
    expect(judged).toMatchObject([{ code: 'invalid' }, { result: 'created' }])
    expect(stand.queries()).toEqual(["SELECT Id, Name FROM Account WHERE Name IN ('contoso')"])
  })

  it('is refused where the lead names no company', async () => {
    expect((await accountOf(contact(1), settings)).refused?.message).toContain('names no company')
  })
})

describe('the Account of a Contact', () => {
  it('may be a fixed one', async () => {
    expect(await accountOf(contact(1), { account: Fallback })).toMatchObject({ sent: Fallback, queries: [] })
  })

  it('stays what it is when the Contact exists, and is no matter of Leads', async () => {
    const known = contact(1, { recordId: idOf(1, '003') })
    for (const write of [known, lead(1)]) {
      expect(await accountOf(write, { account: 'match-by-domain' })).toMatchObject({
        sent: undefined,
        refused: null,
        queries: [],
      })
    }
  })

  it('is the mapping’s where the mapping names one', async () => {
    const write = contact(1, { fields: { LastName: 'X', AccountId: idOf(5, '001') } })
    expect((await accountOf(write, { account: Fallback })).sent).toBe(idOf(5, '001'))
  })

  it('is asked for once for all of a batch', async () => {
    const stand = await openStand(
      { found: () => [account(1, { Website: 'contoso.com' }), account(2, { Website: 'fabrikam.com' })] },
      { settings: { target: 'contact', account: 'match-by-domain' } },
    )
    await stand.write([contact(1), contact(2), contact(3, { email: 'p@fabrikam.com' })])
    expect(stand.queries()).toHaveLength(1)
    const sent: { AccountId: string }[] = stand.writes()[0]?.body.records
    expect(sent.map(({ AccountId }) => AccountId)).toEqual([idOf(1, '001'), idOf(1, '001'), idOf(2, '001')])
  })

  it('is waited for when Salesforce can not say', async () => {
    const stand = await openStand({ found: () => null }, { settings: { target: 'contact', account: 'match-by-name' } })
    expect(await stand.write([contact(1, { company: 'Contoso' })])).toMatchObject([{ code: 'unavailable' }])
    expect(stand.writes()).toEqual([])
  })

  it('can not be known in a preview, and is left out', () => {
    const [request] = planned([contact(1)]).requests
    expect(request?.rows[0]?.record).not.toHaveProperty('AccountId')
  })
})
