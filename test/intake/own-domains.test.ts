import { describe, expect, test } from 'vitest'
import type { OwnDomains } from '../../src/core/index.ts'
import type { Arrival } from '../../src/intake/lead-sink.ts'
import { type Intake, post, postLeads, resultsOf, startIntake } from './support.ts'
import { marketplaceBody } from './support-entries.ts'

function own(leads: OwnDomains['leads']): OwnDomains {
  return { domains: ['contoso.com', 'xn--mller-kva.example'], leads }
}

async function sent(intake: Intake, email: string, more: object = {}): Promise<Arrival> {
  expect((await post(intake, marketplaceBody(email, more))).status).toBe(202)
  return intake.sink.taken.at(-1) ?? expect.unreachable()
}

describe('a lead of our own people', () => {
  test.each([
    ['deliver', 'accepted', ['token:appsource-1', 'web']],
    ['tag', 'accepted', ['token:appsource-1', 'web', 'own-domain']],
    ['hold', 'held', ['token:appsource-1', 'web']],
  ] as const)('with ownDomains.leads: %s is %s', async (leads, kind, tags) => {
    const intake = await startIntake({ ownDomains: own(leads) })
    for (const email of ['a@contoso.com', 'B@Dev.CONTOSO.com', 'c@müller.example']) {
      expect(await sent(intake, email)).toMatchObject({ kind, lead: { tags } })
    }
    expect(await sent(intake, 'jane@fabrikam.com')).toMatchObject({
      kind: 'accepted',
      lead: { tags: ['token:appsource-1', 'web'] },
    })
  })

  test('is held by the API, too, and says so', async () => {
    const intake = await startIntake({ ownDomains: own('hold') })
    const leads = ['jane@contoso.com', 'jane@fabrikam.com'].map((email) => ({ v: 1, person: { email } }))
    expect((await resultsOf(await postLeads(intake, leads))).results.map(({ status }) => status)).toEqual(['held', 'accepted'])
  })

  test('that says no is not held: a no counts at once', async () => {
    const intake = await startIntake({ ownDomains: own('hold') })
    expect(await sent(intake, 'jane@contoso.com', { actionCode: 'DNC' })).toMatchObject({ kind: 'accepted' })
  })

  test('that is a test lead as well is held for either reason', async () => {
    const intake = await startIntake({ ownDomains: own('tag') })
    expect(await sent(intake, 'MSFT_TEST_1@contoso.com')).toMatchObject({ kind: 'held' })
  })
})

test('no sender can claim to be one of us', async () => {
  const intake = await startIntake({ ownDomains: own('tag') })
  await postLeads(intake, [{ v: 1, person: { email: 'jane@fabrikam.com' }, tags: ['Own-Domain', 'fair'] }])
  expect(intake.sink.taken).toMatchObject([{ lead: { tags: ['fair', 'token:crm-import'] } }])
})

test('the same lead is known again after the setting changed', async () => {
  const keys = await Promise.all(
    (['deliver', 'tag', 'hold'] as const).map(async (leads) => {
      const arrival = await sent(await startIntake({ ownDomains: own(leads) }), 'jane@contoso.com')
      return arrival.kind === 'quarantined' ? null : arrival.contentKey
    }),
  )
  expect(new Set(keys).size).toBe(1)
})
