import { describe, expect, it, onTestFinished } from 'vitest'
import { dynamics } from '../../../connectors/dynamics/index.ts'
import { type Connector, DeliveryError, type Judged, type RecordRef, type TaskWrite } from '../../../src/core/index.ts'
import { startDynamicsSandbox } from '../../../src/sandbox/dynamics/index.ts'
import { recordedLog } from '../../kit/recorded-log.ts'

const token = 'a-bearer-token-of-this-test'
const anySignal = () => new AbortController().signal

interface Stored {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

async function openOrg(some: Record<string, unknown> = {}) {
  const sandbox = await startDynamicsSandbox({ token })
  const settings = dynamics.settings.parse({ baseUrl: sandbox.url, auth: 'static-token', token, ...some })
  const connector = dynamics.create(settings, { crm: 'sales', fetch: globalThis.fetch, now: Date.now, log: recordedLog().log })
  onTestFinished(async () => {
    await connector.stop()
    await sandbox.stop()
  })
  const call = (path: string, init?: RequestInit) =>
    fetch(`${sandbox.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
    })
  async function read<T>(path: string): Promise<T> {
    return (await (await call(path)).json()) as T
  }
  return {
    connector,
    call,
    async enter(count: number): Promise<RecordRef[]> {
      const people = Array.from({ length: count }, (_, n) => ({ contactId: `c-${n}`, email: `p${n}@people.example` }))
      const writes = people.map(({ contactId, email }) => {
        const fields = { emailaddress1: email, lastname: 'Doe', leadsync_contactid: contactId }
        const touches = [{ id: `lead-${contactId}`, at: '2026-11-23T10:00:00.000Z', text: 'AppSource · <b>PLT</b>\nJane' }]
        return { object: 'lead', recordId: null, contactId, email, fields, required: [], touches }
      })
      return good(await connector.write(writes, anySignal())).map(({ object, id }) => ({ object, id }))
    },
    async stored(object: string): Promise<Stored[]> {
      const { records } = await read<{ records: Stored[] }>('/_sandbox/records')
      return records.filter((record) => record.object === object)
    },
    async requests(): Promise<string[]> {
      const { requests } = await read<{ requests: { method: string; path: string }[] }>('/_sandbox/requests')
      return requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)
    },
  }
}

function good<T>(judged: readonly Judged<T>[]): T[] {
  return judged.map((one) => {
    if (one instanceof DeliveryError) throw one
    return one
  })
}

function task(record: RecordRef | undefined, n = 0): TaskWrite {
  const about = { id: `follow-up-${n}`, subject: "Call O'Brien", body: 'Asked\nwhen & <how>.', dueAt: '2026-11-24T10:00:00.123Z' }
  return { ...about, timeZone: 'UTC', record: record ?? { object: 'lead', id: '' }, type: 'call', priority: 'high', owner: null }
}

const make = async (connector: Connector, ...tasks: TaskWrite[]) => good(await connector.createTasks(tasks, anySignal()))

describe.each([100, 1])('a task in an environment, by batchSize: %i', (batchSize) => {
  it('is made once, read and withdrawn', async () => {
    const { connector, enter, stored } = await openOrg({ batchSize })
    const [lead] = await enter(1)
    const refs = await make(connector, task(lead))
    expect(await make(connector, task(lead))).toEqual([{ ...refs[0], result: 'unchanged' }])
    expect(await connector.readTasks(refs, anySignal())).toEqual([{ status: 'open', touched: false }])
    expect(await connector.withdrawTasks(refs, anySignal())).toEqual([{ status: 'withdrawn', touched: false }])
    expect(await connector.readTasks(refs, anySignal())).toEqual([{ status: 'withdrawn', touched: false }])
    const tasks = await stored('task')
    expect(tasks.map(({ fields }) => [fields.statecode, fields.statuscode, fields._regardingobjectid_value])).toEqual([
      [2, 6, lead?.id],
    ])
  })

  it('that a person worked on is left alone', async () => {
    const { connector, enter, call } = await openOrg({ batchSize })
    const [lead] = await enter(1)
    const refs = await make(connector, task(lead))
    await call(`/api/data/v9.2/tasks(${refs[0]?.id})`, { method: 'PATCH', body: JSON.stringify({ statuscode: 3 }) })
    expect(await connector.withdrawTasks(refs, anySignal())).toEqual([{ status: 'open', touched: true }])
  })
})

describe('a lead in an environment', () => {
  it('that is deleted takes its tasks with it, and gets no new ones', async () => {
    const { connector, enter, call } = await openOrg()
    const [lead] = await enter(1)
    const refs = await make(connector, task(lead))
    await call(`/api/data/v9.2/leads(${lead?.id})`, { method: 'DELETE' })
    expect(await connector.readTasks(refs, anySignal())).toEqual([{ status: 'gone', touched: false }])
    expect(await connector.createTasks([task(lead, 2)], anySignal())).toMatchObject([{ code: 'conflict' }])
  })

  it('shows each touch once in its timeline, as text', async () => {
    const { enter, stored } = await openOrg()
    const [lead] = await enter(1)
    await enter(1)
    const notes = await stored('note')
    expect(notes.map(({ fields }) => [fields.notetext, fields._objectid_value])).toEqual([
      ['AppSource · &lt;b&gt;PLT&lt;/b&gt;<br>Jane', lead?.id],
    ])
  })

  it('costs few requests for many tasks', async () => {
    const { connector, enter, requests, stored } = await openOrg()
    const leads = await enter(100)
    const before = (await requests()).length
    await make(connector, ...leads.map(task))
    expect((await requests()).slice(before)).toHaveLength(1)
    expect(await stored('task')).toHaveLength(100)
  })
})
