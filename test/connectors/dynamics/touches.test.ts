import { describe, expect, it } from 'vitest'
import { showTouches } from '../../../connectors/dynamics/tasks/notes.ts'
import { createTasks } from '../../../connectors/dynamics/tasks/tasks.ts'
import { DeliveryError, type Judged, type RecordWrite, type Touch, type WriteOutcome } from '../../../src/core/index.ts'
import { contact, lead, nobody, openTaskOrg, root, type TaskOrg } from './task-org.ts'

const text =
  '2026-11-23 10:00 UTC · AppSource · PLT · Contoso <Analytics> & more\nJane Doe, CTO\n<script>alert("x")</script> &lt;'

function touch(id: string): Touch {
  return { id, at: '2026-11-23T10:00:00.000Z', text }
}

function write(...touches: Touch[]): RecordWrite {
  return { object: 'lead', recordId: lead, contactId: 'c-1', email: null, fields: {}, required: [], touches }
}

function outcome(some: Partial<WriteOutcome> = {}): WriteOutcome {
  return { object: 'lead', id: lead, result: 'updated', dropped: [], ...some }
}

const show = (org: TaskOrg, touches: Touch[], done: Judged<WriteOutcome> = outcome()) =>
  showTouches([write(...touches)], [done], org.context)

describe('touches', () => {
  it('stand as notes in the timeline of the record, each once, however often the write comes', async () => {
    const org = await openTaskOrg()
    await show(org, [touch('lead-1')])
    expect(await show(org, [touch('lead-1'), touch('lead-2')])).toEqual([outcome()])
    expect(org.notes).toHaveLength(2)
    expect(org.notes[0]).toMatchObject({
      subject: 'Marketplace lead',
      isdocument: false,
      'objectid_lead@odata.bind': `/leads(${lead})`,
    })
  })

  it('show what a customer typed as text, never as markup', async () => {
    const org = await openTaskOrg()
    await show(org, [touch('lead-1')])
    expect(org.notes[0]?.notetext).toBe(
      '2026-11-23 10:00 UTC · AppSource · PLT · Contoso &lt;Analytics&gt; &amp; more<br>Jane Doe, CTO<br>&lt;script&gt;alert("x")&lt;/script&gt; &amp;lt;',
    )
  })

  it('stand on a contact too, by the name that the environment has for that', async () => {
    const relationships = [{ column: 'objectid', target: 'contact', navigation: 'objectid_Contact_X' }]
    const org = await openTaskOrg({ navigation: new Map([['annotation', relationships]]) })
    await show(org, [touch('lead-1')], outcome({ object: 'contact', id: contact }))
    expect(org.notes).toMatchObject([{ 'objectid_Contact_X@odata.bind': `/contacts(${contact})` }])
  })

  it('are never taken for a follow-up of the same id', async () => {
    const org = await openTaskOrg()
    await show(org, [touch('1')])
    const about = { id: '1', record: { object: 'lead', id: lead }, subject: 's', body: 'b', owner: null } as const
    const task = { ...about, dueAt: '2026-11-24T10:00:00.000Z', timeZone: 'UTC', type: 'call', priority: 'low' } as const
    const [made] = await createTasks([task], org.context)
    expect(made).toMatchObject({ result: 'created' })
    expect(org.notes[0]?.annotationid).not.toBe(org.tasks[0]?.activityid)
  })

  it('stay within what a note takes', async () => {
    const org = await openTaskOrg()
    await show(org, [{ ...touch('lead-1'), text: '<&😀\n'.repeat(20_000) }])
    expect(String(org.notes[0]?.notetext).length).toBeLessThanOrEqual(100_000)
  })

  it('that could not be made now make the write repeat, and are there once in the end', async () => {
    const org = await openTaskOrg()
    org.arm('PATCH', () => ({ status: 429, headers: { 'retry-after': '0' }, body: '' }))
    expect(await show(org, [touch('lead-1')])).toMatchObject([{ code: 'rate_limited' }])
    await show(org, [touch('lead-1')])
    expect(await show(org, [touch('lead-1')])).toEqual([outcome()])
    expect(org.notes).toHaveLength(1)
  })

  it('whose answer was lost are not made again', async () => {
    const org = await openTaskOrg()
    org.arm('PATCH', (store) => {
      store()
      return { status: 502, body: '' }
    })
    expect(await show(org, [touch('lead-1')])).toEqual([outcome()])
    expect(org.notes).toHaveLength(1)
  })

  it('that Dynamics 365 will never take are left out, and the lead is delivered', async () => {
    const org = await openTaskOrg()
    org.refuseRows({ code: '0x80040265' })
    expect(await show(org, [touch('lead-1')])).toMatchObject([{ result: 'updated', dropped: [{ field: 'annotation' }] }])
  })

  it('of a table that takes no notes are left out, and the others are shown', async () => {
    const relationships = [{ column: 'objectid', target: 'contact', navigation: 'objectid_contact' }]
    const org = await openTaskOrg({ navigation: new Map([['annotation', relationships]]) })
    const onContact = outcome({ object: 'contact', id: contact })
    const shown = await showTouches([write(touch('1')), write(touch('2'))], [outcome(), onContact], org.context)
    expect(shown).toMatchObject([{ dropped: [{ field: 'annotation' }] }, onContact])
    expect(org.notes).toHaveLength(1)
  })

  it('of a record that was deleted meanwhile make the write repeat', async () => {
    const org = await openTaskOrg()
    expect(await show(org, [touch('lead-1')], outcome({ id: nobody }))).toMatchObject([{ code: 'conflict' }])
  })

  it('of a write that failed are not shown', async () => {
    const org = await openTaskOrg()
    const failed = new DeliveryError('invalid', 'Dynamics 365 (sales): no.')
    expect(await show(org, [touch('lead-1')], failed)).toEqual([failed])
    expect(org.asked).toEqual([])
  })

  it('of 200 records take two requests', async () => {
    const org = await openTaskOrg()
    const many = Array.from({ length: 200 }, (_, n) => n)
    await showTouches(
      many.map((n) => write(touch(`lead-${n}`))),
      many.map(() => outcome()),
      org.context,
    )
    expect(org.asked).toEqual([`POST ${root}$batch`, `POST ${root}$batch`])
    expect(org.notes).toHaveLength(200)
  })
})
