import { describe, expect, it } from 'vitest'
import { showTouches } from '../../../connectors/salesforce/tasks/notes.ts'
import { createTasks } from '../../../connectors/salesforce/tasks/tasks.ts'
import { DeliveryError, type Judged, type RecordWrite, type Touch, type WriteOutcome } from '../../../src/core/index.ts'
import { composite, idField, openTaskOrg, rows, type TaskOrg } from './task-org.ts'

const lead = '00Q000000000001AAA'

function touch(id: string): Touch {
  return { id, at: '2026-11-23T10:00:00.000Z', text: '2026-11-23 10:00 UTC · AppSource · PLT · Contoso Analytics\nJane Doe, CTO' }
}

function write(...touches: Touch[]): RecordWrite {
  return { object: 'lead', recordId: lead, contactId: 'c-1', email: null, fields: {}, required: [], touches }
}

function outcome(result: WriteOutcome['result'] = 'updated'): WriteOutcome {
  return { object: 'lead', id: lead, result, dropped: [] }
}

const show = (org: TaskOrg, touches: Touch[], done: Judged<WriteOutcome> = outcome()) =>
  showTouches([write(...touches)], [done], org.context)

describe.each(['unique', 'none'] as const)('touches where the task id field is %s', (taskIdField) => {
  it('stand as completed tasks on the record, each once, however often the write comes', async () => {
    const org = await openTaskOrg({ taskIdField })
    await show(org, [touch('lead-1')])
    expect(await show(org, [touch('lead-1'), touch('lead-2')])).toEqual([outcome()])
    expect(org.tasks).toHaveLength(2)
    expect(org.tasks[0]).toMatchObject({
      WhoId: lead,
      Status: 'Completed',
      IsClosed: true,
      ActivityDate: '2026-11-23',
      Subject: 'Marketplace lead: 2026-11-23 10:00 UTC · AppSource · PLT · Contoso Analytics',
      Description: expect.stringMatching(/^2026-11-23 .*\nJane Doe, CTO\n\n\[leadsync:[0-9a-f]{24}\]$/),
    })
  })

  it('are never taken for a follow-up of the same id', async () => {
    const org = await openTaskOrg({ taskIdField })
    await show(org, [touch('1')])
    const due = { dueAt: '2026-11-24T10:00:00.000Z', timeZone: 'UTC' }
    const task = { id: '1', record: { object: 'lead', id: lead }, subject: 's', body: 'b', ...due, owner: null } as const
    expect(await createTasks([{ ...task, type: 'call', priority: 'low' }], org.context)).toMatchObject([{ result: 'created' }])
  })

  it('that could not be made now make the write repeat, and are there once in the end', async () => {
    const org = await openTaskOrg({ taskIdField })
    org.arm('POST', rows, () => ({ status: 429, body: '' }))
    expect(await show(org, [touch('lead-1')])).toMatchObject([{ code: 'rate_limited' }])
  })

  it('whose answer was lost are found, not made again', async () => {
    const org = await openTaskOrg({ taskIdField })
    org.arm('POST', rows, (_, store) => {
      store()
      return { status: 502, body: '' }
    })
    expect(await show(org, [touch('lead-1')])).toEqual([outcome()])
    expect(org.tasks).toHaveLength(1)
  })
})

describe('touches', () => {
  it('are looked for only where some can be: a record made in this call has none', async () => {
    const org = await openTaskOrg()
    await show(org, [touch('lead-1')], outcome('created'))
    const asked = org.asked.length
    await show(org, [touch('lead-2')], outcome('created'))
    expect(org.asked.slice(asked)).toEqual([`POST ${rows}`])
  })

  it.each([
    ['America/Los_Angeles', '2026-11-22'],
    ['UTC', '2026-11-23'],
    ['No/Where', '2026-11-23'],
  ])('of half past midnight UTC stand on the day that it is in %s then, where the org is', async (timeZone, day) => {
    const org = await openTaskOrg({ timeZone })
    await show(org, [{ ...touch('lead-1'), at: '2026-11-23T00:30:00.000Z' }])
    expect(org.tasks[0]?.ActivityDate).toBe(day)
  })

  it('are closed as the org calls it', async () => {
    const statuses = [
      { ApiName: 'Offen', IsClosed: false, IsDefault: true },
      { ApiName: 'Erledigt', IsClosed: true, IsDefault: false },
    ]
    const org = await openTaskOrg({ statuses })
    await show(org, [touch('lead-1')])
    expect(org.tasks[0]?.Status).toBe('Erledigt')
  })

  it('that Salesforce will never take are left out, and the lead is delivered', async () => {
    const org = await openTaskOrg()
    org.refuseRows({ statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' })
    expect(await show(org, [touch('lead-1')])).toMatchObject([{ result: 'updated', dropped: [{ field: 'Task' }] }])
  })

  it('of a Lead that was converted meanwhile make the write repeat, for its Contact', async () => {
    const org = await openTaskOrg()
    org.refuseRows({ statusCode: 'CANNOT_UPDATE_CONVERTED_LEAD' })
    expect(await show(org, [touch('lead-1')])).toMatchObject([{ code: 'conflict' }])
  })

  it('of a write that failed are not shown', async () => {
    const org = await openTaskOrg()
    const failed = new DeliveryError('invalid', 'Salesforce (sales): no.')
    expect(await show(org, [touch('lead-1')], failed)).toEqual([failed])
    expect(org.asked).toEqual([])
  })

  it('wait while nobody can say what the org calls a completed task', async () => {
    const org = await openTaskOrg()
    org.arm('POST', composite, () => ({ status: 429, body: '' }))
    expect(await show(org, [touch('lead-1')])).toMatchObject([{ code: 'rate_limited' }])
    expect(org.tasks).toEqual([])
  })

  it('of 400 records take two requests and a look-up', async () => {
    const org = await openTaskOrg()
    await show(org, [touch('lead-0')])
    const asked = org.asked.length
    const many = Array.from({ length: 400 }, (_, n) => n + 1)
    const writes = many.map((n) => write(touch(`lead-${n}`)))
    await showTouches(
      writes,
      many.map(() => outcome()),
      org.context,
    )
    expect(org.asked.slice(asked)).toEqual([`POST ${composite}`, `POST ${rows}`, `POST ${rows}`])
    expect(new Set(org.tasks.map((task) => task[idField])).size).toBe(401)
  })
})
