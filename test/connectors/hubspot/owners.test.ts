import { describe, expect, it } from 'vitest'
import type { Owner } from '../../../src/sandbox/hubspot/owners.ts'
import { good, openPortal } from './portal.ts'
import { anySignal } from './tiny-server.ts'

const owners = { method: 'GET', path: '/crm/owners/2026-09*' }
const forbidden = { match: owners, times: 9, status: 403, body: '{"category":"MISSING_SCOPES"}' }

/** With the ids 1 to `count`, and e-mails p1@ and on. */
function staff(count: number): Owner[] {
  const one = { type: 'PERSON', firstName: 'P', lastName: 'Q', archived: false } as const
  return Array.from({ length: count }, (_, n) => ({
    ...one,
    id: String(n + 1),
    userId: 9_000 + n,
    email: `p${n + 1}@sandbox.example`,
  }))
}

async function asked(portal: { requests(): Promise<string[]> }): Promise<number> {
  return (await portal.requests()).filter((request) => request.includes('/owners/')).length
}

describe('a token that may not read owners', () => {
  it('knows nobody by e-mail, and takes an id on trust', async () => {
    const portal = await openPortal()
    await portal.arm(forbidden)
    const named = ['sam@sandbox.example', '101', '102', 'sam']
    expect(await portal.connector.assignees(named, anySignal())).toEqual([null, '101', '102', null])
  })

  it('makes the task of an owner whom HubSpot refuses all the same, without the owner', async () => {
    const portal = await openPortal()
    const [contact = ''] = await portal.enter('a@contoso.com')
    await portal.arm(forbidden)
    const about = { record: { object: 'contact', id: contact }, subject: 'Call', body: '', timeZone: 'UTC' } as const
    const task = { ...about, id: '1', dueAt: '2026-11-24T10:00:00.000Z', type: 'call', priority: 'high', owner: '102' } as const
    const [made] = good(await portal.connector.createTasks([task], anySignal()))
    expect(made).toMatchObject({ result: 'created', dropped: [{ field: 'hubspot_owner_id' }] })
    const [stored] = await portal.records('task')
    expect(stored?.fields.hubspot_owner_id || undefined).toBeUndefined()
  })
})

describe('a portal with many people', () => {
  it('is read page by page', async () => {
    const portal = await openPortal({ owners: staff(230) })
    const named = ['p1@sandbox.example', 'p150@sandbox.example', '229', '231']
    expect(await portal.connector.assignees(named, anySignal())).toEqual(['1', '150', '229', null])
    expect(await asked(portal)).toBe(3)
  })

  it('is not read to its end where asking for each one is less', async () => {
    const portal = await openPortal({ owners: staff(450) })
    const named = ['p1@sandbox.example', '450']
    expect(await portal.connector.assignees(named, anySignal())).toEqual(['1', '450'])
    expect(await asked(portal)).toBe(3)
  })
})

it('says when it could not ask, and does not take that for an answer', async () => {
  const portal = await openPortal()
  await portal.arm({ match: owners, times: 9, status: 429, body: '{"policyName":"TEN_SECONDLY_ROLLING"}' })
  await expect(portal.connector.assignees(['101'], anySignal())).rejects.toMatchObject({ code: 'rate_limited' })
  await portal.arm()
  expect(await portal.connector.assignees(['102'], anySignal())).toEqual([null])
})
