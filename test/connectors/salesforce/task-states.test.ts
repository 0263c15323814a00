import { describe, expect, it } from 'vitest'
import { readTasks, withdrawTasks } from '../../../connectors/salesforce/tasks/task-states.ts'
import { createTasks } from '../../../connectors/salesforce/tasks/tasks.ts'
import type { RecordRef, TaskWrite } from '../../../src/core/index.ts'
import { composite, openTaskOrg, type Row, rows, type TaskOrg, type TaskOrgOptions, us } from './task-org.ts'

const sam = '005000000000009AAI'

function task(some: Partial<TaskWrite> = {}): TaskWrite {
  const record = { object: 'lead', id: '00Q000000000001AAA' }
  const dueAt = '2026-11-24T10:00:00.000Z'
  return {
    id: '1',
    record,
    subject: 'Call Jane',
    body: 'a  b\n\n<c>',
    dueAt,
    timeZone: 'UTC',
    type: 'call',
    priority: 'high',
    owner: null,
    ...some,
  }
}

async function withTasks(
  options: TaskOrgOptions = {},
  ...tasks: Partial<TaskWrite>[]
): Promise<{ org: TaskOrg; refs: RecordRef[] }> {
  const org = await openTaskOrg(options)
  await createTasks((tasks.length === 0 ? [{}] : tasks).map(task), org.context)
  return { org, refs: org.tasks.map(({ Id }) => ({ object: 'task', id: String(Id) })) }
}

const German = [
  { ApiName: 'Nicht begonnen', IsClosed: false, IsDefault: true },
  { ApiName: 'Abgeschlossen', IsClosed: true, IsDefault: false },
  { ApiName: 'Zurückgestellt', IsClosed: false, IsDefault: false },
]

describe('reading', () => {
  it.each<[string, TaskOrgOptions, Partial<TaskWrite>]>([
    ['as it was made', {}, {}],
    ['with an owner', {}, { owner: sam }],
    ['with an owner whose id came in 15 characters', {}, { owner: sam.slice(0, 15) }],
    ['of the integration user itself', {}, { owner: us }],
    ['where the org has no id field', { taskIdField: 'none' }, {}],
    ['with a priority of the org', { priorities: ['Hoch'] }, {}],
    ['where statuses are hidden', { statuses: 'hidden' }, {}],
    ['where statuses have German names', { statuses: German, settings: { withdrawnTaskStatus: 'Zurückgestellt' } }, {}],
    ['with a subject that had to be cut', {}, { subject: 'x'.repeat(400) }],
    ['with a subject that had to be cut after a space', {}, { subject: `${'x'.repeat(242)} y` }],
    ['with a subject that had to be cut within an emoji', {}, { subject: `${'x'.repeat(242)}😀` }],
    ['that is called withdrawn from the start', {}, { subject: '[withdrawn] Call Jane' }],
  ])('a task %s is open and untouched', async (_, options, some) => {
    const { org, refs } = await withTasks(options, some)
    expect(await readTasks(refs, org.context)).toEqual([{ status: 'open', touched: false }])
  })

  it.each<[Row, string, boolean]>([
    [{ Status: 'Completed', IsClosed: true }, 'completed', true],
    [{ Status: 'In Progress' }, 'open', true],
    [{ Status: 'Deferred' }, 'withdrawn', false],
    [{ Status: 'deferred', IsClosed: true }, 'withdrawn', false],
    [{ Subject: 'Call Jane tomorrow' }, 'open', true],
    [{ ActivityDate: '2026-11-25' }, 'open', true],
    [{ Priority: 'Low' }, 'open', true],
    [{ OwnerId: sam }, 'open', true],
    [{ Description: 'no longer ours' }, 'open', true],
    [{ Description: null }, 'open', true],
    [{ IsDeleted: true }, 'gone', false],
    [{ WhoId: '003000000000001AAA', LastModifiedById: sam }, 'open', false],
  ])('after somebody set %j it is %s, touched: %s', async (fields, status, touched) => {
    const { org, refs } = await withTasks()
    Object.assign(org.tasks[0] ?? {}, fields)
    expect(await readTasks(refs, org.context)).toEqual([{ status, touched }])
  })

  it('takes other line breaks for untouched', async () => {
    const { org, refs } = await withTasks()
    const [stored] = org.tasks
    if (stored) stored.Description = `${String(stored.Description).replaceAll('\n', '\r\n')}\r\n`
    expect(await readTasks(refs, org.context)).toEqual([{ status: 'open', touched: false }])
  })

  it('answers what is not there, and what is no id, as gone, in their places', async () => {
    const { org, refs } = await withTasks()
    const asked = [{ object: 'task', id: '00T000000000999AAA' }, ...refs, { object: 'task', id: '999' }]
    const gone = { status: 'gone', touched: false }
    expect(await readTasks(asked, org.context)).toEqual([gone, { status: 'open', touched: false }, gone])
  })

  it('asks for 1,000 tasks in one request', async () => {
    const { org, refs } = await withTasks()
    const before = org.asked.length
    const many = Array.from({ length: 999 }, (_, n) => ({ object: 'task', id: `00T${String(n + 500).padStart(12, '0')}AAA` }))
    expect(await readTasks([...refs, ...many], org.context)).toHaveLength(1_000)
    expect(org.asked.slice(before)).toEqual([`POST ${composite}`])
  })

  it('says why it can not be read', async () => {
    const { org, refs } = await withTasks()
    org.arm('POST', composite, () => ({ status: 429, body: '' }))
    expect(await readTasks(refs, org.context)).toMatchObject([{ code: 'rate_limited' }])
  })
})

describe('withdrawing', () => {
  it('puts aside what nobody touched, leaves the rest, and may be repeated', async () => {
    const { org, refs } = await withTasks({}, { id: '1' }, { id: '2' }, { id: '3' }, { id: '4' })
    Object.assign(org.tasks[1] ?? {}, { Status: 'In Progress' })
    Object.assign(org.tasks[2] ?? {}, { IsDeleted: true })
    Object.assign(org.tasks[3] ?? {}, { Status: 'Completed', IsClosed: true })
    for (const _ of [1, 2]) {
      expect(await withdrawTasks(refs, org.context)).toEqual([
        { status: 'withdrawn', touched: false },
        { status: 'open', touched: true },
        { status: 'gone', touched: false },
        { status: 'completed', touched: true },
      ])
    }
    expect(org.tasks.map(({ Status, Subject }) => [Status, Subject])).toEqual([
      ['Deferred', '[withdrawn] Call Jane'],
      ['In Progress', 'Call Jane'],
      ['Not Started', 'Call Jane'],
      ['Completed', 'Call Jane'],
    ])
    expect(await readTasks(refs.slice(0, 1), org.context)).toEqual([{ status: 'withdrawn', touched: false }])
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['a long subject keeps its end', {}, `[withdrawn] ${'x'.repeat(243)}`],
    ['no prefix is wanted', { withdrawnTaskPrefix: '' }, 'x'.repeat(255)],
  ])('%s', async (_, settings, subject) => {
    const { org, refs } = await withTasks({ settings }, { subject: 'x'.repeat(400) })
    await withdrawTasks(refs, org.context)
    expect(org.tasks[0]?.Subject).toBe(subject)
    expect(await readTasks(refs, org.context)).toEqual([{ status: 'withdrawn', touched: false }])
  })

  it('uses the status as the org spells it', async () => {
    const { org, refs } = await withTasks({ settings: { withdrawnTaskStatus: 'deferred' } })
    expect(await withdrawTasks(refs, org.context)).toEqual([{ status: 'withdrawn', touched: false }])
    expect(org.tasks[0]?.Status).toBe('Deferred')
  })

  it('says which setting is wrong when the org has no such status, and changes nothing', async () => {
    const { org, refs } = await withTasks({ settings: { withdrawnTaskStatus: 'Put aside' } })
    const [refusal] = await withdrawTasks(refs, org.context)
    expect(refusal).toMatchObject({ code: 'invalid', message: expect.stringContaining('withdrawnTaskStatus') })
    expect(org.tasks[0]?.Status).toBe('Not Started')
  })

  it('answers a task that is deleted at the same moment as gone', async () => {
    const { org, refs } = await withTasks()
    org.refuseRows({ statusCode: 'ENTITY_IS_DELETED' })
    expect(await withdrawTasks(refs, org.context)).toEqual([{ status: 'gone', touched: false }])
  })

  it('tries again what somebody else is writing', async () => {
    const { org, refs } = await withTasks({}, { id: '1' }, { id: '2' })
    org.refuseRows({ statusCode: 'UNABLE_TO_LOCK_ROW' })
    const withdrawn = { status: 'withdrawn', touched: false }
    expect(await withdrawTasks(refs, org.context)).toEqual([withdrawn, withdrawn])
  })

  it.each([
    ['refuses', { status: 429, body: '' }, 'rate_limited'],
    ['answers of other rows', { body: [] }, 'unavailable'],
  ])('does not say withdrawn when Salesforce %s', async (_, told, code) => {
    const { org, refs } = await withTasks()
    org.arm('PATCH', rows, () => told)
    expect(await withdrawTasks(refs, org.context)).toMatchObject([{ code }])
  })
})
