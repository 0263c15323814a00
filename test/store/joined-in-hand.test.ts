import { describe, expect, it } from 'vitest'
import { hours, makeLead } from '../kit/made-lead.ts'
import { arriving, Crm, onEmptyStore, type StoreParts } from '../kit/store-parts.ts'

let store: StoreParts

onEmptyStore((opened) => {
  store = opened
})

const phone = '+16175550123'
const byEmail = makeLead({ id: 'by-email', person: { email: 'jane@contoso.com' } })
const byPhone = makeLead({ id: 'by-phone', person: { phone, lastName: 'Doe' } })
const byBoth = makeLead({ id: 'by-both', person: { email: 'jane@contoso.com', phone, lastName: 'Doe' } })

function claim(key: string, holder = key) {
  return store.ledger.claim(Crm, key, holder)
}

describe('two contacts that are joined while one of them is in hand', () => {
  it('are in hand together: the other one’s delivery finds who has it, and goes on when that is done', async () => {
    const [phoneKey, emailKey] = [await store.enter(byPhone), await store.enter(byEmail)]
    expect(await claim(phoneKey)).toMatchObject({ kind: 'claimed' })
    const from = await store.contactOf(byPhone)
    const bothKey = await store.enter(byBoth)
    expect(await claim(emailKey)).toEqual({ kind: 'locked', holder: phoneKey })
    expect(await claim(bothKey)).toEqual({ kind: 'locked', holder: phoneKey })
    await store.lock.unlock(Crm, from, phoneKey)
    expect(await claim(emailKey)).toMatchObject({ kind: 'claimed', claim: { joinedIds: [from], tries: 0 } })
    expect(await claim(bothKey)).toEqual({ kind: 'locked', holder: emailKey })
  })

  it('are in hand together also when it is the one that is left that was claimed', async () => {
    const [phoneKey, emailKey] = [await store.enter(byPhone), await store.enter(byEmail)]
    await claim(emailKey)
    await store.enter(byBoth)
    expect(await claim(phoneKey)).toEqual({ kind: 'locked', holder: emailKey })
  })

  it('are locked when both of them were claimed, until both are done', async () => {
    const [phoneKey, emailKey] = [await store.enter(byPhone), await store.enter(byEmail)]
    await claim(emailKey)
    await claim(phoneKey)
    const [into, from] = [await store.contactOf(byEmail), await store.contactOf(byPhone)]
    const bothKey = await store.enter(byBoth)
    await store.lock.unlock(Crm, into, emailKey)
    expect(await claim(bothKey)).toEqual({ kind: 'locked', holder: phoneKey })
    await store.lock.unlock(Crm, from, phoneKey)
    expect(await claim(bothKey)).toMatchObject({ kind: 'claimed' })
  })

  it('stay in the hands of a delivery that comes again after a crash', async () => {
    const phoneKey = await store.enter(byPhone)
    await claim(phoneKey)
    await store.enter(byEmail)
    await store.enter(byBoth)
    expect(await claim(phoneKey)).toMatchObject({ kind: 'claimed', claim: { tries: 1 } })
  })
})

it('a do-not-contact behind ten thousand leads that wait to be routed is seen by an older lead of that person at once', async () => {
  const older = await store.enter(byEmail)
  const others = Array.from({ length: 10_000 }, (_, index) =>
    makeLead({ id: `other-${index}`, person: { email: `person-${index}@contoso.com` } }),
  )
  const admitted = others.map((lead) => store.register.admit(arriving(lead)))
  const no = makeLead({ ...byEmail, id: 'no', action: 'DNC', occurredAt: hours(1), receivedAt: hours(1) })
  await store.register.admit(arriving(no))
  expect(await claim(older)).toMatchObject({
    kind: 'claimed',
    claim: { suppression: [{ source: 'marketplace', since: hours(1), liftedAt: null }] },
  })
  await Promise.all(admitted)
  expect(await store.counters()).toMatchObject({ accepted: 10_002, crms: { [Crm]: { waiting: 1 } } })
})
