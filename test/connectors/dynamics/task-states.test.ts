import { describe, expect, it } from 'vitest'
import { readTasks, withdrawTasks } from '../../../connectors/dynamics/tasks/task-states.ts'
import { createTasks } from '../../../connectors/dynamics/tasks/tasks.ts'
import type { RecordRef, TaskWrite } from '../../../src/core/index.ts'
import {
  contact,
  lead,
  nobody,
  openTaskOrg,
  type Row,
  root,
  sam,
  type TaskOrg,
  type TaskOrgOptions,
  team,
  us,
} from './task-org.ts'

const batch = `POST ${root}$batch`
const untouched = { status: 'open', touched: false }
const withdrawn = { status: 'withdrawn', touched: false }
const gone = { status: 'gone', touched: false }

function task(some: Partial<TaskWrite> = {}): TaskWrite {
  return {
    id: '1',
    record: { object: 'lead', id: lead },
    subject: 'Call Jane',
    body: 'a  b\n\n<c>',
    dueAt: '2026-11-24T10:00:00.789Z',
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
  return { org, refs: org.tasks.map(({ activityid }) => ({ object: 'task', id: String(activityid) })) }
}

const written = (org: TaskOrg) => org.written.filter(({ headers }) => headers['if-match'])

describe('reading', () => {
  const urgent = [{ value: 100, label: 'Dringend', labels: ['Dringend'] }]
  it.each<[string, TaskOrgOptions, Partial<TaskWrite>]>([
    ['as it was made', {}, {}],
    ['where batches are not wanted', { settings: { batchSize: 1 } }, {}],
    ['of a contact', {}, { record: { object: 'contact', id: contact } }],
    ['with an owner', {}, { owner: sam.toUpperCase() }],
    ['of a team', {}, { owner: 'Inside sales' }],
    ['of the application user itself', {}, { owner: us }],
    ['with a priority of the environment', { columns: { prioritycode: { options: urgent } } }, {}],
    ['with texts that had to be cut', {}, { subject: 'x y '.repeat(100), body: '👩‍👩‍👧 \n'.repeat(1_000) }],
    ['with a subject that had to be cut within an emoji', {}, { subject: `${'x'.repeat(199)}😀` }],
    ['with half an emoji', {}, { subject: 'x\ud83d', body: '\ude00y' }],
    ['without any text', {}, { subject: '', body: '' }],
  ])('a task %s is open and untouched', async (_, options, some) => {
    const { org, refs } = await withTasks(options, some)
    expect(await readTasks(refs, org.context)).toEqual([untouched])
  })

  it.each<[Row, string, boolean]>([
    [{ statecode: 1, statuscode: 5 }, 'completed', true],
    [{ statecode: 2, statuscode: 6 }, 'withdrawn', false],
    [{ statecode: 2, statuscode: 6, description: 'Not interested' }, 'withdrawn', true],
    [{ statuscode: 3 }, 'open', true],
    [{ statuscode: 7 }, 'open', true],
    [{ subject: 'Call Jane tomorrow' }, 'open', true],
    [{ scheduledend: '2026-11-24T10:00:01Z' }, 'open', true],
    [{ scheduledend: null }, 'open', true],
    [{ prioritycode: 0 }, 'open', true],
    [{ _ownerid_value: sam }, 'open', true],
    [{ _ownerid_value: team }, 'open', true],
    [{ description: 'no longer ours' }, 'open', true],
    [{ description: null }, 'open', true],
    [{ regarding: `contacts ${contact}` }, 'open', false],
    [{ statecode: 9 }, 'open', false],
  ])('after somebody set %j it is %s, touched: %s', async (columns, status, touched) => {
    const { org, refs } = await withTasks()
    org.change(0, columns)
    expect(await readTasks(refs, org.context)).toEqual([{ status, touched }])
  })

  it('takes other line breaks for untouched', async () => {
    const { org, refs } = await withTasks()
    org.change(0, { description: `${String(org.tasks[0]?.description).replaceAll('\n', '\r\n')}\r\n` })
    expect(await readTasks(refs, org.context)).toEqual([untouched])
  })

  it('answers what is not there, and what is no id, as gone, in their places', async () => {
    const { org, refs } = await withTasks()
    const asked = [{ object: 'task', id: nobody }, ...refs, { object: 'task', id: "1') or (1 eq 1" }, ...refs]
    expect(await readTasks(asked, org.context)).toEqual([gone, untouched, gone, untouched])
  })

  it('asks for 1,000 tasks in one request', async () => {
    const { org, refs } = await withTasks()
    const before = org.asked.length
    const ids = Array.from({ length: 999 }, (_, n) => `${nobody.slice(0, -3)}${String(n).padStart(3, '0')}`)
    const many = ids.map((id) => ({ object: 'task', id }))
    const [first, ...rest] = await readTasks([...refs, ...many], org.context)
    expect([first, rest.length]).toEqual([untouched, 999])
    expect(org.asked.slice(before)).toEqual([batch])
    expect(Math.max(...org.read.map((path) => path.length))).toBeLessThan(10_000)
  })

  it.each([
    ['a limit', () => ({ status: 429, body: '' }), 'rate_limited'],
    ['a maintenance page', () => ({ status: 503, headers: { 'retry-after': '60' }, body: '<html>' }), 'unavailable'],
  ])('does not take %s for gone', async (_, told, code) => {
    const { org, refs } = await withTasks()
    org.arm('GET', told)
    expect(await readTasks(refs, org.context)).toMatchObject([{ code }])
  })

  it('does not take a part of a list for all of it', async () => {
    const { org, refs } = await withTasks({ settings: { batchSize: 1 } })
    org.arm('GET', () => ({ body: { value: [], '@odata.nextLink': 'x' } }))
    expect(await readTasks(refs, org.context)).toMatchObject([{ code: 'protocol' }])
  })

  it('asks nothing when nothing is asked for', async () => {
    const { org } = await withTasks()
    const before = org.asked.length
    expect(await readTasks([], org.context)).toEqual([])
    expect(await withdrawTasks([], org.context)).toEqual([])
    expect(org.asked).toHaveLength(before)
  })
})

describe('withdrawing', () => {
  it('cancels what nobody touched, leaves the rest, and may be repeated', async () => {
    const { org, refs } = await withTasks({}, { id: '1' }, { id: '2' }, { id: '3' }, { id: '4' })
    org.change(1, { statuscode: 3 })
    org.change(2, { statecode: 1, statuscode: 5 })
    org.remove(3)
    for (const _ of [1, 2]) {
      expect(await withdrawTasks(refs, org.context)).toEqual([
        withdrawn,
        { status: 'open', touched: true },
        { status: 'completed', touched: true },
        gone,
      ])
    }
    expect(org.tasks.map(({ statecode, statuscode }) => [statecode, statuscode])).toEqual([
      [2, 6],
      [0, 3],
      [1, 5],
    ])
    expect(written(org)).toHaveLength(1)
    expect(await readTasks(refs.slice(0, 1), org.context)).toEqual([withdrawn])
  })

  it('never overwrites what a person did in the moment between the reading and the cancelling', async () => {
    const { org, refs } = await withTasks()
    org.refuseRows({ code: '', before: () => org.change(0, { statuscode: 3, description: 'She calls back' }) })
    expect(await withdrawTasks(refs, org.context)).toEqual([{ status: 'open', touched: true }])
    expect(org.tasks).toMatchObject([{ statecode: 0, statuscode: 3, description: 'She calls back' }])
  })

  it('answers a task that is completed, or deleted, in that moment as it stands then', async () => {
    const { org, refs } = await withTasks({}, { id: '1' }, { id: '2' })
    org.refuseRows({ code: '', before: () => org.remove(1) }, { code: '' })
    expect(await withdrawTasks(refs, org.context)).toEqual([withdrawn, gone])
    const other = await withTasks()
    other.org.refuseRows({ code: '0x80040230', before: () => other.org.change(0, { statecode: 1, statuscode: 5 }) })
    expect(await withdrawTasks(other.refs, other.org.context)).toEqual([{ status: 'completed', touched: true }])
  })

  it('tries again where an automation only looked at it, but not for ever', async () => {
    const { org, refs } = await withTasks()
    const looked = { code: '', before: () => org.change(0, { category: 'seen' }) }
    org.refuseRows(looked)
    expect(await withdrawTasks(refs, org.context)).toEqual([withdrawn])
    const other = await withTasks()
    const again = { code: '', before: () => other.org.change(0, { category: 'seen' }) }
    other.org.refuseRows(again, again, again, again)
    expect(await withdrawTasks(other.refs, other.org.context)).toMatchObject([{ code: 'conflict' }])
    expect(written(other.org)).toHaveLength(3)
  })

  it('says withdrawn although the answer was lost', async () => {
    const { org, refs } = await withTasks()
    org.arm('PATCH', (store) => {
      store()
      return { status: 502, body: '' }
    })
    expect(await withdrawTasks(refs, org.context)).toEqual([withdrawn])
    expect(org.tasks[0]?.statecode).toBe(2)
  })

  it('does not say withdrawn of what is refused', async () => {
    const { org, refs } = await withTasks({}, { id: '1' }, { id: '2' })
    org.refuseRows({ code: '0x80040265' })
    expect(await withdrawTasks(refs, org.context)).toMatchObject([{ code: 'invalid' }, withdrawn])
    expect(org.tasks[0]?.statecode).toBe(0)
  })

  it('does not say withdrawn when Dynamics 365 takes no more requests', async () => {
    const { org, refs } = await withTasks()
    org.arm('PATCH', () => ({ status: 429, body: '' }))
    expect(await withdrawTasks(refs, org.context)).toMatchObject([{ code: 'rate_limited' }])
  })

  it('answers a task that is named twice twice, and cancels it once', async () => {
    const { org, refs } = await withTasks()
    const upper = refs.map(({ object, id }) => ({ object, id: id.toUpperCase() }))
    expect(await withdrawTasks([...refs, ...upper], org.context)).toEqual([withdrawn, withdrawn])
    expect(written(org)).toHaveLength(1)
  })
})
