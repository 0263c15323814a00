import { describe, expect, it } from 'vitest'
import type { TaskWrite } from '../../../src/core/index.ts'
import { good, objects, openPortal, type TestPortal } from './portal.ts'
import { anySignal, connect } from './tiny-server.ts'

function task(contactId: string | undefined, some: Partial<TaskWrite> = {}): TaskWrite {
  return {
    id: 'follow-up-1',
    record: { object: 'contact', id: contactId ?? '' },
    subject: 'Call Jane Doe',
    body: 'She asked about "Analytics" & <reports>.\nPLT, 23 Nov',
    dueAt: '2026-11-24T10:00:00.000Z',
    timeZone: 'UTC',
    type: 'call',
    priority: 'high',
    owner: null,
    ...some,
  }
}

const create = { method: 'POST', path: objects('tasks/batch/create') }

async function withOneTask(
  some: Partial<TaskWrite> = {},
  options = {},
): Promise<{ portal: TestPortal; id: string; contactId: string }> {
  const portal = await openPortal(options)
  const [contactId = ''] = await portal.enter('jane@contoso.com')
  const [made] = good(await portal.connector.createTasks([task(contactId, some)], anySignal()))
  return { portal, id: made?.id ?? '', contactId }
}

describe('createTasks', () => {
  it('makes a task that a salesperson can read, on the contact', async () => {
    const { portal, id, contactId } = await withOneTask()
    const [stored] = await portal.records('task')
    expect(stored?.fields).toMatchObject({
      hs_task_subject: 'Call Jane Doe',
      hs_task_status: 'NOT_STARTED',
      hs_task_priority: 'HIGH',
      hs_task_type: 'CALL',
      hs_timestamp: expect.stringContaining('2026-11-24T10:00:00'),
      hs_task_body: expect.stringMatching(
        /^She asked about "Analytics" &amp; &lt;reports&gt;\.<br>PLT, 23 Nov<br><br>\[leadsync:[0-9a-f]{24}\.[0-9a-f]{16}\]$/,
      ),
    })
    const linked = await portal.call('POST', '/crm/associations/2026-09/contacts/tasks/batch/read', {
      inputs: [{ id: contactId }],
    })
    expect(linked).toMatchObject({ results: [{ to: [{ toObjectId: id, associationTypes: [{ typeId: 203 }] }] }] })
  })

  it.each(['2026-09', 'v3'])(
    '%s: makes each task once, however often it is asked for, and two of one contact',
    async (apiVersion) => {
      const portal = await openPortal({}, { apiVersion })
      const [one, two] = await portal.enter('a@contoso.com', 'b@contoso.com')
      const tasks = [task(one), task(two, { id: 'follow-up-2' }), task(one, { id: 'follow-up-3' })]
      const first = good(await portal.connector.createTasks(tasks, anySignal()))
      const again = good(await connect(portal.url, { apiVersion }).createTasks(tasks, anySignal()))
      expect(first.map(({ object, result }) => [object, result])).toEqual(Array.from(tasks, () => ['task', 'created']))
      expect(again).toEqual(first.map((made) => ({ ...made, result: 'unchanged' })))
      expect(await portal.records('task')).toHaveLength(3)
      expect((await portal.requests()).filter((request) => request.includes('search'))).toEqual([])
    },
  )

  it('answers a task that is asked for twice in one call with the same task', async () => {
    const portal = await openPortal()
    const [contact] = await portal.enter('a@contoso.com')
    const [one, two] = good(await portal.connector.createTasks([task(contact), task(contact)], anySignal()))
    expect(one?.id).toBe(two?.id)
    expect(await portal.records('task')).toHaveLength(1)
  })

  it.each([
    ['an answer that was cut off', { reset: true, commit: true }],
    ['a 502 without content type', { status: 502, commit: true, body: '', headers: {} }],
    ['a 500 after the work', { status: 500, commit: true, body: '{"message":"internal error"}' }],
    ['a 201 that says nothing', { status: 201, commit: true, body: '{"status":"COMPLETE","results":[]}' }],
    ['a 201 that is no JSON', { status: 201, commit: true, body: '<html>' }],
  ])('finds by its marker what was made under %s, and makes no second one', async (_, fault) => {
    const portal = await openPortal()
    const [contact] = await portal.enter('a@contoso.com')
    await portal.arm({ match: create, times: 1, ...fault })
    expect(await portal.connector.createTasks([task(contact)], anySignal())).toMatchObject([
      { object: 'task', result: 'created' },
    ])
    expect(await portal.connector.createTasks([task(contact)], anySignal())).toMatchObject([{ result: 'unchanged' }])
    expect(await portal.records('task')).toHaveLength(1)
  })

  it('says that it does not know when nothing was made, and makes it the next time', async () => {
    const portal = await openPortal()
    const [contact] = await portal.enter('a@contoso.com')
    await portal.arm({ match: create, times: 1, status: 503, body: '' })
    expect(await portal.connector.createTasks([task(contact)], anySignal())).toMatchObject([{ code: 'unavailable' }])
    expect(await portal.connector.createTasks([task(contact)], anySignal())).toMatchObject([{ result: 'created' }])
    expect(await portal.records('task')).toHaveLength(1)
  })

  it('makes nothing while it can not look up what is there', async () => {
    const portal = await openPortal()
    const [contact] = await portal.enter('a@contoso.com')
    const lookUp = { method: 'POST', path: '/crm/associations/2026-09/contacts/tasks/batch/read' }
    await portal.arm({ match: lookUp, times: 9, status: 429, body: '{"policyName":"TEN_SECONDLY_ROLLING"}' })
    expect(await portal.connector.createTasks([task(contact)], anySignal())).toMatchObject([{ code: 'rate_limited' }])
    expect(await portal.records('task')).toEqual([])
  })

  it('fails a task of a contact that is gone alone', async () => {
    const portal = await openPortal()
    const [one, two] = await portal.enter('a@contoso.com', 'b@contoso.com')
    await portal.call('DELETE', objects(`contacts/${two}`))
    const tasks = [task(one), task(two, { id: 'follow-up-2' }), task('not-an-id', { id: 'follow-up-3' })]
    const outcomes = await portal.connector.createTasks(tasks, anySignal())
    expect(outcomes).toMatchObject([{ result: 'created' }, { code: 'conflict' }, { code: 'protocol' }])
  })

  it('finds its task on the contact that the other was merged into', async () => {
    const { portal, contactId } = await withOneTask()
    const [survivor] = await portal.enter('b@contoso.com')
    await portal.call('POST', objects('contacts/merge'), { primaryObjectId: survivor, objectIdToMerge: contactId })
    expect(await portal.connector.createTasks([task(survivor)], anySignal())).toMatchObject([{ result: 'unchanged' }])
  })

  it.each([
    ['sam@sandbox.example', '101', []],
    ['SAM@sandbox.example', '101', []],
    ['101', '101', []],
    ['gone@sandbox.example', undefined, ['hubspot_owner_id']],
    ['nobody@sandbox.example', undefined, ['hubspot_owner_id']],
    ['999', undefined, ['hubspot_owner_id']],
  ])('gives it to the owner %s, or to nobody and says so', async (owner, ownerId, dropped) => {
    const portal = await openPortal()
    const [contact] = await portal.enter('a@contoso.com')
    const [made] = good(await portal.connector.createTasks([task(contact, { owner })], anySignal()))
    expect(made?.dropped.map(({ field }) => field)).toEqual(dropped)
    const [stored] = await portal.records('task')
    expect(stored?.fields.hubspot_owner_id || undefined).toBe(ownerId)
    expect(portal.logged.join()).not.toMatch(/sandbox\.example|contoso/i)
  })

  it('is looked for among hundreds of others, and among all of a full batch of busy contacts', async () => {
    const portal = await openPortal()
    const contacts = await portal.enter('a@contoso.com', 'b@contoso.com', 'c@contoso.com')
    const tasks = contacts.flatMap((id) => Array.from({ length: 330 }, (_, n) => task(id, { id: `${id}-${n}` })))
    const made = good(await portal.connector.createTasks(tasks, anySignal()))
    expect(new Set(made.map(({ id }) => id)).size).toBe(990)
    const again = good(
      await portal.connector.createTasks(
        contacts.map((id) => task(id, { id: `${id}-0` })),
        anySignal(),
      ),
    )
    expect(again.map(({ result }) => result)).toEqual(['unchanged', 'unchanged', 'unchanged'])
  })

  it('stays within what HubSpot takes for a body, and keeps its marker', async () => {
    const { portal } = await withOneTask({ body: '<&😀\n'.repeat(20_000) })
    const [stored] = await portal.records('task')
    expect(stored?.fields.hs_task_body?.length).toBeLessThan(65_536)
    expect(stored?.fields.hs_task_body).toMatch(/\[leadsync:[0-9a-f.]+\]$/)
  })
})

describe('readTasks', () => {
  it('says that a task is open and untouched, as soon as it is there', async () => {
    const { portal, id } = await withOneTask({ owner: 'sam@sandbox.example', body: 'a  b\n\n<c> &amp; "d"' })
    const refs = [
      { object: 'task', id: '999' },
      { object: 'task', id },
    ]
    expect(await portal.connector.readTasks(refs, anySignal())).toEqual([
      { status: 'gone', touched: false },
      { status: 'open', touched: false },
    ])
  })

  it.each([
    [{ hs_task_status: 'COMPLETED' }, 'completed', true],
    [{ hs_task_status: 'IN_PROGRESS' }, 'open', true],
    [{ hs_task_status: 'WAITING' }, 'open', true],
    [{ hs_task_status: 'DEFERRED' }, 'withdrawn', false],
    [{ hs_task_subject: 'Call Jane tomorrow' }, 'open', true],
    [{ hs_timestamp: '2026-11-25T10:00:00.000Z' }, 'open', true],
    [{ hubspot_owner_id: '101' }, 'open', true],
    [{ hs_task_body: 'no longer ours' }, 'open', true],
  ])('after somebody set %j it is %s, touched: %s', async (properties, status, touched) => {
    const { portal, id } = await withOneTask()
    await portal.call('PATCH', objects(`tasks/${id}`), { properties })
    expect(await portal.connector.readTasks([{ object: 'task', id }], anySignal())).toEqual([{ status, touched }])
  })

  it('takes the same text in other tags for untouched', async () => {
    const { portal, id } = await withOneTask()
    const [stored] = await portal.records('task')
    const lines = stored?.fields.hs_task_body?.split('<br>') ?? []
    const properties = { hs_task_body: lines.map((line) => `<p>${line.replaceAll('"', '&quot;')}</p>`).join('\n') }
    await portal.call('PATCH', objects(`tasks/${id}`), { properties })
    expect(await portal.connector.readTasks([{ object: 'task', id }], anySignal())).toEqual([{ status: 'open', touched: false }])
  })
})

describe('withdrawTasks', () => {
  it('defers what nobody touched, leaves the rest, and may be repeated', async () => {
    const portal = await openPortal()
    const [contact] = await portal.enter('a@contoso.com')
    const made = good(
      await portal.connector.createTasks(
        ['1', '2', '3'].map((id) => task(contact, { id })),
        anySignal(),
      ),
    )
    await portal.call('PATCH', objects(`tasks/${made[1]?.id}`), { properties: { hs_task_status: 'IN_PROGRESS' } })
    await portal.call('DELETE', objects(`tasks/${made[2]?.id}`))
    for (const _ of [1, 2]) {
      expect(await portal.connector.withdrawTasks(made, anySignal())).toEqual([
        { status: 'withdrawn', touched: false },
        { status: 'open', touched: true },
        { status: 'gone', touched: false },
      ])
    }
    const stored = await portal.records('task')
    expect(stored.map(({ fields }) => fields.hs_task_status).sort()).toEqual(['DEFERRED', 'IN_PROGRESS'])
  })

  it('does not say withdrawn when HubSpot did not', async () => {
    const { portal, id } = await withOneTask()
    await portal.arm({
      match: { method: 'POST', path: objects('tasks/batch/update') },
      times: 1,
      status: 429,
      body: '{"policyName":"SECONDLY"}',
    })
    expect(await portal.connector.withdrawTasks([{ object: 'task', id }], anySignal())).toMatchObject([{ code: 'rate_limited' }])
  })
})
