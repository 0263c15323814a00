import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTasks } from '../../../connectors/dynamics/tasks/tasks.ts'
import type { TaskWrite } from '../../../src/core/index.ts'
import {
  contact,
  type Fault,
  lead,
  nobody,
  openTaskOrg,
  retired,
  root,
  sam,
  type TaskOrg,
  type TaskOrgOptions,
  team,
  us,
} from './task-org.ts'

const batch = `POST ${root}$batch`

function task(some: Partial<TaskWrite> = {}): TaskWrite {
  return {
    id: 'follow-up-1',
    record: { object: 'lead', id: lead },
    subject: 'Call Jane Doe',
    body: 'She asked about "Analytics" & <more>.\nPLT, 23 Nov',
    dueAt: '2026-11-24T10:00:00.789Z',
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

const lost: Fault = (store) => {
  store()
  return { status: 502, body: '<html>Bad gateway' }
}

describe('a task', () => {
  it('is one that a salesperson can read, on the lead, made only where there is none', async () => {
    const { outcome, stored, org } = await oneTask({})
    expect(outcome).toEqual({ object: 'task', id: stored?.activityid, result: 'created', dropped: [] })
    expect(org.written[0]).toMatchObject({ method: 'PATCH', headers: { 'if-none-match': '*' } })
    expect(org.written[0]?.body).toEqual({
      subject: 'Call Jane Doe',
      description: expect.stringMatching(
        /^She asked about "Analytics" & <more>\.\nPLT, 23 Nov\n\n\[leadsync:[0-9a-f]{24}\.[0-9a-f]{16}\]$/,
      ),
      scheduledend: '2026-11-24T10:00:00Z',
      prioritycode: 2,
      category: 'Call',
      'regardingobjectid_lead_task@odata.bind': `/leads(${lead})`,
      regarding: `leads ${lead}`,
    })
  })

  it('of a contact is bound to the contact', async () => {
    const { stored } = await oneTask({ record: { object: 'contact', id: contact.toUpperCase() } })
    expect(stored).toMatchObject({
      'regardingobjectid_contact_task@odata.bind': `/contacts(${contact})`,
      regarding: `contacts ${contact}`,
    })
  })

  it('is bound by the names that the environment has', async () => {
    const relationships = [
      { column: 'regardingobjectid', target: 'lead', navigation: 'Regarding_Lead_X' },
      { column: 'ownerid', target: 'owner', navigation: 'ownerid_x' },
    ]
    const { stored } = await oneTask({ owner: sam }, { navigation: new Map([['task', relationships]]) })
    expect(stored).toMatchObject({
      'Regarding_Lead_X@odata.bind': `/leads(${lead})`,
      'ownerid_x@odata.bind': `/systemusers(${sam})`,
    })
  })

  it.each([
    ['low', 0],
    ['medium', 1],
    ['high', 2],
  ] as const)('of %s priority has prioritycode %i', async (priority, expected) => {
    expect((await oneTask({ priority })).stored?.prioritycode).toBe(expected)
  })

  it.each([
    ['call', 'Call'],
    ['email', 'E-mail'],
    ['todo', undefined],
  ] as const)('of type %s is of category %s', async (type, expected) => {
    expect((await oneTask({ type })).stored?.category).toBe(expected)
  })

  it("has the environment's own priority where it has no such one, which is said", async () => {
    const options = [{ value: 100, label: 'Dringend', labels: ['Dringend'] }]
    const { outcome, stored } = await oneTask({}, { columns: { prioritycode: { options } } })
    expect(stored?.prioritycode).toBe(1)
    expect(outcome).toMatchObject({ result: 'created', dropped: [{ field: 'prioritycode' }] })
  })

  it('has texts of whole characters: half an emoji would not come back as it was sent', async () => {
    const { stored } = await oneTask({ subject: 'x\ud83d', body: '\ude00y' })
    expect(stored).toMatchObject({ subject: 'x\ufffd', description: expect.stringMatching(/^\ufffdy\n\n\[/) })
  })

  it('has no category where the environment has none', async () => {
    expect(Object.keys((await oneTask({}, { columns: { category: null } })).stored ?? {})).not.toContain('category')
  })

  it.each([
    ['the lengths that every environment has', {}, 200, 2_000],
    ['own lengths', { subject: { length: 40 }, description: { length: 120 } }, 40, 120],
    ['hardly any room', { description: { length: 20 } }, 200, 20],
  ])('stays within %s, whatever the text', async (_, columns, subjectLength, textLength) => {
    const org = await openTaskOrg({ columns })
    const texts = fc.string({ unit: 'binary', maxLength: 3_000 })
    await fc.assert(
      fc.asyncProperty(texts, fc.constantFrom('', '<&😀\n', '👩‍👩‍👧'), async (some, filler) => {
        const text = `${some}${filler.repeat(1_000)}`
        await make(org, task({ id: text, subject: text, body: text }))
        const { subject, description } = org.tasks.at(-1) ?? {}
        expect(String(subject).length).toBeLessThanOrEqual(subjectLength)
        expect(String(description).length).toBeLessThanOrEqual(textLength)
        expect(`${subject}${String(description).replaceAll('\n', '')}`).not.toMatch(/[\p{Cs}]|[^\P{Cc}\t]/u)
        if (textLength > 100) expect(description).toMatch(/\[leadsync:[0-9a-f.]+\]$/)
      }),
      { numRuns: 15 },
    )
  })
})

describe.each([
  ['in batches', {}],
  ['singly', { batchSize: 1 }],
])('tasks that are sent %s', (_, settings) => {
  it('are made once, however often and by whatever process they are asked for', async () => {
    const org = await openTaskOrg({ settings })
    const tasks = [
      task(),
      task({ id: 'follow-up-2', record: { object: 'contact', id: contact } }),
      task({ id: "o'brien\\'--%" }),
      task(),
    ]
    const first = await make(org, ...tasks)
    const again = await make(org, ...tasks)
    expect(first.map((one) => 'result' in one && one.result)).toEqual(Array.from(tasks, () => 'created'))
    expect(again).toEqual(first.map((made) => ({ ...made, result: 'unchanged' })))
    expect(org.tasks).toHaveLength(3)
  })

  it('stay as a person changed them', async () => {
    const org = await openTaskOrg({ settings })
    await make(org, task())
    org.change(0, { subject: 'Called, calls back', statuscode: 3 })
    expect(await make(org, task())).toMatchObject([{ result: 'unchanged' }])
    expect(org.tasks).toMatchObject([{ subject: 'Called, calls back', statuscode: 3 }])
  })

  it('are there once although the answer was lost', async () => {
    const org = await openTaskOrg({ settings })
    org.arm('PATCH', lost)
    expect(await make(org, task())).toMatchObject([{ object: 'task', id: org.tasks[0]?.activityid }])
    expect(await make(org, task())).toMatchObject([{ result: 'unchanged' }])
    expect(org.tasks).toHaveLength(1)
  })
})

describe('the id of a task', () => {
  it('is the same in every process, for ever', async () => {
    const { outcome } = await oneTask({ id: 'follow-up-1' })
    expect(outcome).toMatchObject({ id: '4670681f-bbb3-5a87-ba1c-ba711ed78c07' })
  })

  it('is another one for each task', async () => {
    const org = await openTaskOrg()
    await make(org, task({ id: 'a' }), task({ id: 'A' }), task({ id: 'a ' }))
    expect(new Set(org.tasks.map(({ activityid }) => activityid)).size).toBe(3)
  })
})

describe('a task that is said to be there', () => {
  it.each(['0x0', '0x80040237'])('by a 412 with the code %s is there', async (code) => {
    const org = await openTaskOrg()
    await make(org, task())
    org.refuseRows({ status: 412, code })
    expect(await make(org, task())).toMatchObject([{ result: 'unchanged' }])
  })

  it.each(['0x80060892', '0x80040237'])('with %s and is not is a conflict, not a success', async (code) => {
    const org = await openTaskOrg()
    org.refuseRows({ status: 412, code })
    expect(await make(org, task())).toMatchObject([{ code: 'conflict' }])
    expect(await make(org, task())).toMatchObject([{ result: 'created' }])
  })

  it('is not taken for there while that can not be read', async () => {
    const org = await openTaskOrg()
    await make(org, task())
    org.arm('GET', () => ({ status: 429, headers: { 'retry-after': '7' }, body: '' }))
    expect(await make(org, task())).toMatchObject([{ code: 'rate_limited', retryAfterMs: 7_000 }])
  })
})

describe('a task that somebody deleted', () => {
  it('is made anew when it is asked for again: Dataverse keeps no trace of it', async () => {
    const org = await openTaskOrg()
    await make(org, task())
    org.remove(0)
    expect(await make(org, task())).toMatchObject([{ result: 'created' }])
  })
})

describe('an owner', () => {
  it.each([
    ['sam@org.example', `/systemusers(${sam})`, []],
    ['SAM@Corp.example', `/systemusers(${sam})`, []],
    [sam.toUpperCase(), `/systemusers(${sam})`, []],
    ['inside sales', `/teams(${team})`, []],
    [team, `/teams(${team})`, []],
    ['nobody@org.example', undefined, ['ownerid']],
    [retired, undefined, ['ownerid']],
    [null, undefined, []],
  ])('%s is %s', async (owner, bound, dropped) => {
    const { outcome, stored } = await oneTask({ owner })
    expect(stored?.['ownerid_task@odata.bind']).toBe(bound)
    expect(stored?._ownerid_value).toBe(bound === undefined ? us : bound.replace(/.*\(|\)/g, ''))
    expect(outcome && 'dropped' in outcome && outcome.dropped.map(({ field }) => field)).toEqual(dropped)
  })

  it.each([
    ['is disabled', 403, '0x80040225'],
    ['has no licence', 409, '0x8004d24b'],
    ['is gone', 404, '0x80040217'],
    ['has no role for tasks', 403, '0x80040220'],
    ['has no access', 403, '0x80048306'],
  ])('who %s meanwhile is left out, and that is said', async (_, status, code) => {
    const org = await openTaskOrg()
    org.refuseRows({ status, code })
    const outcomes = await make(org, task({ owner: sam }), task({ id: 'follow-up-2', owner: sam }))
    expect(outcomes).toMatchObject([
      { result: 'created', dropped: [{ field: 'ownerid' }] },
      { result: 'created', dropped: [] },
    ])
    expect(org.tasks.map(({ _ownerid_value }) => _ownerid_value).sort()).toEqual([us, sam].sort())
  })

  it('is not what is wrong when the same is refused without one', async () => {
    const org = await openTaskOrg()
    const refusal = { status: 403, code: '0x80040220' }
    org.refuseRows(refusal, refusal)
    expect(await make(org, task({ owner: sam }))).toMatchObject([{ code: 'misconfigured' }])
    expect(org.written.map(({ body }) => 'ownerid_task@odata.bind' in body)).toEqual([true, false])
  })

  it('is asked for once for many tasks', async () => {
    const org = await openTaskOrg()
    await make(org, ...Array.from({ length: 50 }, (_, n) => task({ id: `many-${n}`, owner: 'sam@org.example' })))
    expect(org.asked).toEqual([batch, batch])
  })
})

describe('a task that Dynamics 365 refuses', () => {
  it.each([
    ['0x80040217', 404, 'conflict'],
    ['0x80040230', 400, 'conflict'],
    ['0x80040265', 400, 'invalid'],
    ['0x80040220', 403, 'misconfigured'],
  ])('with %s is %s %s, alone', async (code, status, expected) => {
    const org = await openTaskOrg()
    org.refuseRows({ status, code })
    const outcomes = await make(org, task(), task({ id: 'follow-up-2' }))
    expect(outcomes).toMatchObject([{ code: expected }, { result: 'created' }])
  })

  it('because the lead is not there any more is a conflict: it is looked up again', async () => {
    const { outcome, org } = await oneTask({ record: { object: 'lead', id: nobody }, owner: sam })
    expect(outcome).toMatchObject({ code: 'conflict' })
    expect(org.tasks).toEqual([])
  })

  it('for a column that is not there any more is tried again once the tables were looked at again', async () => {
    const org = await openTaskOrg()
    org.refuseRows({ code: '0x80048d19' }, { code: '0x80048d19' })
    expect(await make(org, task())).toMatchObject([{ code: 'conflict' }])
    expect(org.context.org.staleAt).toBeLessThanOrEqual(Date.now())
    const reading = { lead: org.context.org.table('lead'), contact: org.context.org.table('contact') }
    const tables = { ...reading, task: org.context.org.table('task') }
    org.context.org.learn({ tables, relationships: new Map(), catalog: { org: null, objects: {} } }, Date.now())
    expect(await make(org, task())).toMatchObject([{ code: 'invalid' }])
  })

  it('says nothing of the person, nor what Dynamics 365 said', async () => {
    const org = await openTaskOrg()
    org.refuseRows({ code: '0x80040265' })
    const [refusal] = await make(org, task())
    expect(refusal instanceof Error && refusal.message).toMatch(/^Dynamics 365 \(sales\): (?!.*(jane|contoso|Irgendetwas))/i)
  })

  it.each([
    ['account', lead, '2026-11-24T10:00:00.000Z'],
    ['task', lead, '2026-11-24T10:00:00.000Z'],
    ['lead', 'not-an-id', '2026-11-24T10:00:00.000Z'],
    ['lead', `${lead})/x(`, '2026-11-24T10:00:00.000Z'],
    ['lead', lead, 'tomorrow'],
  ])('never leaves when it is about the %s %s, due %s', async (object, id, dueAt) => {
    const org = await openTaskOrg()
    expect(await make(org, task({ id: 'x', record: { object, id }, dueAt }), task())).toMatchObject([
      { code: 'protocol' },
      { result: 'created' },
    ])
    expect(org.written).toHaveLength(1)
  })

  it('because the environment takes no tasks about leads parks with what to do', async () => {
    const relationships = [{ column: 'regardingobjectid', target: 'contact', navigation: 'regardingobjectid_contact_task' }]
    const { outcome, org } = await oneTask({}, { navigation: new Map([['task', relationships]]) })
    expect(outcome).toMatchObject({ code: 'invalid', fields: ['regardingobjectid'] })
    expect(org.asked).toEqual([])
  })
})

describe('many tasks', () => {
  it('take one request for 100', async () => {
    const org = await openTaskOrg()
    const outcomes = await make(org, ...Array.from({ length: 200 }, (_, n) => task({ id: `many-${n}` })))
    expect(outcomes.every((one) => 'result' in one && one.result === 'created')).toBe(true)
    expect(org.asked).toEqual([batch, batch])
  })

  it('are not sent one after the other into a limit', async () => {
    const org = await openTaskOrg({ settings: { concurrentRequests: 1 } })
    org.arm('PATCH', () => ({ status: 429, headers: { 'retry-after': '240' }, body: '' }))
    const outcomes = await make(org, ...Array.from({ length: 201 }, (_, n) => task({ id: `many-${n}` })))
    expect(new Set(outcomes.map((one) => 'code' in one && `${one.code} ${one.retryAfterMs}`))).toEqual(
      new Set(['rate_limited 240000']),
    )
    expect(org.asked).toEqual([batch])
  })
})
