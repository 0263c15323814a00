import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTasks } from '../../../connectors/salesforce/tasks/task-states.ts'
import { subjectOf } from '../../../connectors/salesforce/tasks/task-text.ts'
import { createTasks } from '../../../connectors/salesforce/tasks/tasks.ts'
import type { TaskWrite } from '../../../src/core/index.ts'
import type { Told } from '../../kit/tiny-server.ts'
import { composite, type Fault, idField, openTaskOrg, rows, type TaskOrg, type TaskOrgOptions } from './task-org.ts'

const lead = '00Q000000000001AAA'
const otherLead = '00Q000000000002AAA'
const contact = '003000000000001AAA'

function task(some: Partial<TaskWrite> = {}): TaskWrite {
  return {
    id: 'follow-up-1',
    record: { object: 'lead', id: lead },
    subject: 'Call Jane Doe',
    body: 'She asked about "Analytics".\nPLT, 23 Nov',
    dueAt: '2026-11-24T10:00:00.000Z',
    timeZone: 'UTC',
    type: 'call',
    priority: 'high',
    owner: null,
    ...some,
  }
}

const make = (org: TaskOrg, ...tasks: TaskWrite[]) => createTasks(tasks, org.context)

async function oneTask(some: Partial<TaskWrite>, options: TaskOrgOptions = {}) {
  const org = await openTaskOrg(options)
  const [outcome] = await make(org, task(some))
  return { org, outcome, stored: org.tasks[0] }
}

const told = (store: () => Told) => store().body as object[]

const lost: Fault = (_, store) => {
  store()
  return { status: 502, body: '<html>Bad gateway' }
}

describe("tasks that the org's own triggers refuse together", () => {
  const tasks = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      task({ id: `follow-up-${n}`, subject: `Task ${n}`, record: { object: 'lead', id: lead } }),
    )
  const strike = (org: TaskOrg, isStruck: (rows: { Subject: string }[]) => boolean) => {
    const fault: Fault = ({ body }, store) => {
      if (!isStruck(body.records)) return store()
      const error = { statusCode: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', message: 'x', fields: [] }
      return { body: body.records.map(() => ({ success: false, errors: [error] })) }
    }
    org.arm('POST', rows, ...Array.from({ length: 60 }, () => fault))
  }

  it('are sent fewer at a time', async () => {
    const org = await openTaskOrg()
    strike(org, (sent) => sent.length > 2)
    expect(new Set((await make(org, ...tasks(8))).map((one) => 'result' in one && one.result))).toEqual(new Set(['created']))
    expect(org.tasks).toHaveLength(8)
  })

  it('for one of them cost that one only', async () => {
    const org = await openTaskOrg()
    strike(org, (sent) => sent.some(({ Subject }) => Subject === 'Task 3'))
    const made = await make(org, ...tasks(8))
    expect(made.map((one) => ('code' in one ? one.code : one.result))).toEqual(
      tasks(8).map((_, n) => (n === 3 ? 'invalid' : 'created')),
    )
  })

  it('whatever they are do not cost a request for each', async () => {
    const org = await openTaskOrg()
    strike(org, () => true)
    const made = await make(org, ...tasks(200))
    expect(new Set(made.map((one) => 'code' in one && one.code))).toEqual(new Set(['invalid']))
    expect(org.asked.filter((one) => one === `POST ${rows}`).length).toBeLessThan(20)
  })
})

describe('a task', () => {
  it('is one that a salesperson can read, on the Lead', async () => {
    const { outcome, stored, org } = await oneTask({})
    expect(outcome).toEqual({ object: 'task', id: stored?.Id, result: 'created', dropped: [] })
    expect(stored).toMatchObject({
      WhoId: lead,
      Subject: 'Call Jane Doe',
      Status: 'Not Started',
      Priority: 'High',
      TaskSubtype: 'Call',
      ActivityDate: '2026-11-24',
      Description: expect.stringMatching(
        /^Due 2026-11-24 10:00 \(UTC\)\n\nShe asked about "Analytics"\.\nPLT, 23 Nov\n\n\[leadsync:[0-9a-f]{24}\.[0-9a-f]{16}\]$/,
      ),
      [idField]: expect.stringMatching(/^leadsync:[0-9a-f]{24}$/),
    })
    expect(org.written[0]).not.toHaveProperty('WhatId')
    expect(org.written[0]).not.toHaveProperty('Status')
  })

  it.each([
    ['low', 'Low'],
    ['medium', 'Normal'],
    ['high', 'High'],
  ] as const)('of %s priority is %s', async (priority, expected) => {
    expect((await oneTask({ priority })).stored?.Priority).toBe(expected)
  })

  it.each([
    ['call', 'Call'],
    ['email', 'Email'],
    ['todo', 'Task'],
  ] as const)('of type %s is of subtype %s', async (type, expected) => {
    expect((await oneTask({ type })).stored?.TaskSubtype).toBe(expected)
  })

  it("has the org's own priority where the org has no such one, which is said", async () => {
    const { outcome, stored } = await oneTask({}, { priorities: ['Hoch', 'Normal', 'Niedrig'] })
    expect(stored?.Priority).toBe('Normal')
    expect(outcome).toMatchObject({ result: 'created', dropped: [{ field: 'Priority' }] })
  })

  it('has no subtype and no id field while nobody knows what fields there are', async () => {
    const { stored } = await oneTask({}, { described: false })
    expect(Object.keys(stored ?? {})).not.toContain('TaskSubtype')
    expect(Object.keys(stored ?? {})).not.toContain(idField)
  })

  it.each([
    ['America/Los_Angeles', '2026-11-25T07:30:00.000Z', '2026-11-24'],
    ['Pacific/Auckland', '2026-11-24T10:30:00.000Z', '2026-11-24'],
    ['America/Los_Angeles', '2026-03-08T07:30:00.000Z', '2026-03-07'],
    ['America/Los_Angeles', '2026-03-09T06:30:00.000Z', '2026-03-08'],
    ['America/Los_Angeles', '2026-11-01T06:30:00.000Z', '2026-10-31'],
    ['America/Los_Angeles', '2026-11-02T07:30:00.000Z', '2026-11-01'],
    ['Pacific/Auckland', '2026-04-05T11:30:00.000Z', '2026-04-05'],
    ['Pacific/Auckland', '2026-09-27T10:30:00.000Z', '2026-09-27'],
  ])('whose owner in %s has until 23:30 (%s) is due on the day that it is there', async (timeZone, dueAt, day) => {
    const { org, outcome, stored } = await oneTask({ dueAt, timeZone }, { timeZone: 'Asia/Tokyo' })
    expect(stored?.ActivityDate).toBe(day)
    expect(stored?.Description).toMatch(new RegExp(`^Due ${day} 23:30 \\(${timeZone}\\)\n\n`))
    const ref = { object: 'task', id: outcome && 'id' in outcome ? outcome.id : '' }
    expect(await readTasks([ref], org.context)).toEqual([{ status: 'open', touched: false }])
  })

  it('has a subject of one line that Salesforce keeps as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 200, maxLength: 300 }), (text) => {
        const subject = subjectOf(text)
        return subject.length <= 255 && subject === subject.replaceAll(/\s+/g, ' ').trim() && !/\p{Cc}|\p{Cs}/u.test(subject)
      }),
      { numRuns: 30 },
    )
  })

  it.each(['<&😀\n'.repeat(20_000), `a\u0000b\u001b[31m${'é'.repeat(40_000)}`])(
    'stays within what Salesforce takes, without control characters, and keeps its marker',
    async (text) => {
      const { stored } = await oneTask({ subject: text, body: text })
      expect(String(stored?.Subject).length).toBeLessThanOrEqual(255)
      expect(String(stored?.Description).length).toBeLessThanOrEqual(32_000)
      expect(String(stored?.Description)).toMatch(/\[leadsync:[0-9a-f.]+\]$/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(`${stored?.Subject}${stored?.Description}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    },
  )
})

describe.each([['unique'], ['plain'], ['none']] as const)('with a task id field that is %s', (taskIdField) => {
  it('makes each task once, however often and by whatever process it is asked for', async () => {
    const org = await openTaskOrg({ taskIdField })
    const tasks = [
      task(),
      task({ id: 'follow-up-2', record: { object: 'contact', id: contact } }),
      task({ id: "o'brien\\'--%", record: { object: 'lead', id: otherLead } }),
      task({ id: 'follow-up-4' }),
      task(),
    ]
    const first = await make(org, ...tasks)
    const again = await make(org, ...tasks)
    expect(first.map((one) => 'result' in one && one.result)).toEqual(Array.from(tasks, () => 'created'))
    expect(again).toEqual(first.map((made) => ({ ...made, result: 'unchanged' })))
    expect(org.tasks).toHaveLength(4)
  })

  it('leaves a task as a person changed it', async () => {
    const org = await openTaskOrg({ taskIdField })
    await make(org, task())
    Object.assign(org.tasks[0] ?? {}, { Subject: 'Called, calls back', Status: 'In Progress' })
    expect(await make(org, task())).toMatchObject([{ result: 'unchanged' }])
    expect(org.tasks).toMatchObject([{ Subject: 'Called, calls back', Status: 'In Progress' }])
  })

  it.each<[string, Fault]>([
    ['a 502 after the work', lost],
    ['a 200 that is no JSON', (_, store) => ({ ...store(), body: '<html>' })],
    ['a 200 that says nothing', (_, store) => ({ ...store(), body: [] })],
    ['a row that says nothing', (_, store) => ({ ...store(), body: [null] })],
    [
      'a 200 with more rows than were sent',
      (_, store) => ({ body: [{ id: '00T000000000999AAA', success: true }, ...told(store)] }),
    ],
    ['a success without id', (_, store) => ({ ...store(), body: [{ success: true, errors: [] }] })],
  ])('finds what was made under %s, and makes no second one', async (_, fault) => {
    const org = await openTaskOrg({ taskIdField })
    org.arm('POST', rows, fault)
    expect(await make(org, task())).toMatchObject([{ object: 'task', id: org.tasks[0]?.Id, result: 'created' }])
    expect(await make(org, task())).toMatchObject([{ result: 'unchanged' }])
    expect(org.tasks).toHaveLength(1)
  })

  it('says that it does not know when nothing was made, sends nothing more, and makes it the next time', async () => {
    const org = await openTaskOrg({ taskIdField })
    org.arm('POST', rows, () => ({ status: 503, body: '<html>' }))
    expect(await make(org, task())).toMatchObject([{ code: 'unavailable' }])
    expect(org.asked.filter((one) => one === `POST ${rows}`)).toHaveLength(1)
    expect(await make(org, task())).toMatchObject([{ result: 'created' }])
    expect(org.tasks).toHaveLength(1)
  })

  it('makes nothing while it can not look up what is there', async () => {
    const org = await openTaskOrg({ taskIdField })
    await make(org, task())
    org.arm('POST', composite, () => ({ status: 429, body: '' }))
    expect(await make(org, task({ id: 'follow-up-2' }))).toMatchObject([{ code: 'rate_limited' }])
    expect(org.tasks).toHaveLength(1)
  })

  it('makes a task that was deleted anew when it is asked for again', async () => {
    const org = await openTaskOrg({ taskIdField })
    await make(org, task())
    Object.assign(org.tasks[0] ?? {}, { IsDeleted: true })
    expect(await make(org, task())).toMatchObject([{ result: 'created' }])
  })

  it('finds the task of a Lead on the Contact that it was converted to', async () => {
    const org = await openTaskOrg({ taskIdField })
    const [made] = await make(org, task())
    Object.assign(org.tasks[0] ?? {}, { WhoId: contact })
    expect(await make(org, task({ record: { object: 'contact', id: contact } }))).toEqual([{ ...made, result: 'unchanged' }])
  })

  it('takes one look-up and one request for 200 tasks', async () => {
    const org = await openTaskOrg({ taskIdField })
    await make(org, task())
    const before = org.asked.length
    await make(org, ...Array.from({ length: 200 }, (_, n) => task({ id: `many-${n}` })))
    expect(org.asked.slice(before)).toEqual([`POST ${composite}`, `POST ${rows}`])
    expect(org.tasks).toHaveLength(201)
  })
})

describe('an org that got a field for task ids', () => {
  it('still finds the tasks that were made before', async () => {
    const org = await openTaskOrg()
    await make(org, task())
    Object.assign(org.tasks[0] ?? {}, { [idField]: null })
    expect(await make(org, task())).toMatchObject([{ result: 'unchanged' }])
    expect(org.tasks).toHaveLength(1)
  })

  it('that is too short, or may not be written, is treated as one without', async () => {
    const org = await openTaskOrg({ settings: { taskIdField: 'Short__c' } })
    await make(org, task())
    expect(org.tasks[0]).not.toHaveProperty('Short__c')
    expect(await make(org, task())).toMatchObject([{ result: 'unchanged' }])
  })
})

describe('a unique task id field', () => {
  it('is what stops a second task when two processes ask at the same moment', async () => {
    const org = await openTaskOrg()
    const [one, two] = await Promise.all([make(org, task()), make(org, task())])
    const results = [...one, ...two].map((made) => ('result' in made ? made.result : made.code)).sort()
    expect(org.tasks).toHaveLength(1)
    expect(['created,unchanged']).toContain(results.join())
  })

  it('that an unseen task holds is a conflict, not a success', async () => {
    const org = await openTaskOrg()
    org.refuseRows({ statusCode: 'DUPLICATE_VALUE' })
    expect(await make(org, task())).toMatchObject([{ code: 'conflict' }])
  })
})

describe('an owner', () => {
  it.each([
    ['sam@org.example', '005000000000009AAI', []],
    ['SAM@org.example', '005000000000009AAI', []],
    ['005000000000009AAI', '005000000000009AAI', []],
    ['nobody@org.example', '005000000000001AAA', ['OwnerId']],
  ])('%s is %s', async (owner, id, dropped) => {
    const { outcome, stored } = await oneTask({ owner })
    expect(stored?.OwnerId).toBe(id)
    expect(outcome && 'dropped' in outcome && outcome.dropped.map(({ field }) => field)).toEqual(dropped)
  })

  it.each(['INACTIVE_OWNER_OR_USER', 'INVALID_OWNER', 'OP_WITH_INVALID_USER_TYPE_EXCEPTION', 'INVALID_CROSS_REFERENCE_KEY'])(
    'that Salesforce refuses with %s is left out, and that is said',
    async (statusCode) => {
      const org = await openTaskOrg()
      org.refuseRows({ statusCode })
      const outcomes = await make(org, task({ owner: '005000000000009AAI' }))
      expect(outcomes).toMatchObject([{ result: 'created', dropped: [{ field: 'OwnerId' }] }])
      expect(org.written[1]).not.toHaveProperty('OwnerId')
    },
  )
})

describe('a row that Salesforce refuses', () => {
  it.each([
    ['CANNOT_UPDATE_CONVERTED_LEAD', 'conflict'],
    ['ENTITY_IS_DELETED', 'conflict'],
    ['INVALID_CROSS_REFERENCE_KEY', 'conflict'],
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'invalid'],
  ])('with %s is %s, alone', async (statusCode, code) => {
    const org = await openTaskOrg()
    org.refuseRows({ statusCode })
    expect(await make(org, task(), task({ id: 'follow-up-2' }))).toMatchObject([{ code }, { result: 'created' }])
  })

  it('because somebody else is writing its person is sent again, it alone', async () => {
    const org = await openTaskOrg()
    org.refuseRows({ statusCode: 'UNABLE_TO_LOCK_ROW' })
    expect(await make(org, task(), task({ id: 'follow-up-2' }))).toMatchObject([{ result: 'created' }, { result: 'created' }])
    expect(org.written).toHaveLength(3)
    expect(org.tasks).toHaveLength(2)
  })

  it('because it is locked for long is a conflict after three tries', async () => {
    const org = await openTaskOrg()
    const locked = { statusCode: 'UNABLE_TO_LOCK_ROW' }
    org.refuseRows(locked, locked, locked)
    expect(await make(org, task())).toMatchObject([{ code: 'conflict' }])
    expect(org.written).toHaveLength(3)
  })

  it('for a field that is not there any more is tried again once the org was looked at again', async () => {
    const org = await openTaskOrg()
    org.arm('POST', rows, () => ({ status: 400, body: [{ errorCode: 'INVALID_FIELD', message: 'no' }] }))
    const before = org.context.org.staleAt
    expect(await make(org, task())).toMatchObject([{ code: 'conflict' }])
    expect(org.context.org.staleAt).toBeLessThan(before)
  })

  it('says nothing of the person, nor what Salesforce said', async () => {
    const org = await openTaskOrg()
    org.refuseRows({ statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' })
    const [refusal] = await make(org, task())
    expect(refusal instanceof Error && refusal.message).toMatch(/^Salesforce \(sales\): (?!.*(jane|contoso|Irgendetwas))/)
  })

  it.each([
    ['account', '001000000000001AAA'],
    ['lead', 'not-an-id'],
    ['contact', lead],
  ])('never leaves when it is about the %s %s', async (object, id) => {
    const org = await openTaskOrg()
    expect(await make(org, task({ record: { object, id } }), task())).toMatchObject([{ code: 'protocol' }, { result: 'created' }])
    expect(org.written).toHaveLength(1)
  })

  it.each([{ timeZone: 'No/Where' }, { dueAt: 'tomorrow' }])('never leaves when it is due %j', async (due) => {
    const org = await openTaskOrg()
    expect(await make(org, task(due), task({ id: 'follow-up-2' }))).toMatchObject([{ code: 'protocol' }, { result: 'created' }])
    expect(org.written).toHaveLength(1)
  })

  it('ends the call: after a used-up quota the next 200 are not sent', async () => {
    const org = await openTaskOrg()
    org.arm('POST', rows, () => ({ status: 429, body: '' }))
    const outcomes = await make(org, ...Array.from({ length: 201 }, (_, n) => task({ id: `many-${n}` })))
    expect(new Set(outcomes.map((one) => 'code' in one && one.code))).toEqual(new Set(['rate_limited']))
    expect(org.asked.filter((one) => one === `POST ${rows}`)).toHaveLength(1)
  })
})
