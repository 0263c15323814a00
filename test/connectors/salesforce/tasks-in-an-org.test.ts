import { describe, expect, it, onTestFinished } from 'vitest'
import { salesforce } from '../../../connectors/salesforce/index.ts'
import type { Connector, Judged, RecordRef, TaskWrite } from '../../../src/core/index.ts'
import { DeliveryError } from '../../../src/core/index.ts'
import { startSalesforceSandbox } from '../../../src/sandbox/salesforce/index.ts'
import { anySignal, clientSecret, dependencies, settings } from './tiny-org.ts'

interface Stored {
  readonly object: string
  readonly fields: Readonly<Record<string, unknown>>
}

async function openOrg(some: Record<string, unknown> = {}) {
  const app = { clientId: 'consumer-key', clientSecret, username: 'leadsync@acme.example' }
  const sandbox = await startSalesforceSandbox({ apps: [app] })
  const connector = salesforce.create(settings(sandbox.url, some), dependencies())
  onTestFinished(async () => {
    await connector.stop()
    await sandbox.stop()
  })
  const read = async (path: string) => (await fetch(`${sandbox.url}${path}`)).json()
  return {
    connector,
    async enter(count: number): Promise<RecordRef[]> {
      const people = Array.from({ length: count }, (_, n) => ({ contactId: `c-${n}`, email: `p${n}@people.example` }))
      const writes = people.map(({ contactId, email }) => {
        const fields = { Email: email, LastName: 'Doe', Company: 'Contoso' }
        return { object: 'lead', recordId: null, contactId, email, fields, required: [] }
      })
      const made: RecordRef[] = []
      for (let from = 0; from < count; from += 200) {
        made.push(...good(await connector.write(writes.slice(from, from + 200), anySignal())))
      }
      return made.map(({ object, id }) => ({ object, id }))
    },
    async tasks(): Promise<Stored[]> {
      const { records } = (await read('/_sandbox/records')) as { records: Stored[] }
      return records.filter(({ object }) => object.toLowerCase() === 'task')
    },
    async requests(): Promise<string[]> {
      const { requests } = (await read('/_sandbox/requests')) as { requests: { method: string; path: string }[] }
      return requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`)
    },
    async convert(leadId: string): Promise<RecordRef> {
      const response = await fetch(`${sandbox.url}/_sandbox/convert`, { method: 'POST', body: JSON.stringify({ leadId }) })
      const { contactId } = (await response.json()) as { contactId: string }
      return { object: 'contact', id: contactId }
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
  const dueAt = '2026-11-24T10:00:00.000Z'
  const about = { id: `follow-up-${n}`, subject: "Call O'Brien", body: 'Asked\nwhen.' }
  return {
    ...about,
    record: record ?? { object: 'lead', id: '' },
    dueAt,
    timeZone: 'UTC',
    type: 'call',
    priority: 'high',
    owner: null,
  }
}

const make = async (connector: Connector, ...tasks: TaskWrite[]) => good(await connector.createTasks(tasks, anySignal()))

describe.each(['leadsync_task_id__c', 'none'])('a task in an org, by taskIdField: %s', (taskIdField) => {
  it('is made once, read and withdrawn', async () => {
    const { connector, enter, tasks } = await openOrg({ taskIdField })
    const [lead] = await enter(1)
    const [made] = await make(connector, task(lead))
    expect(await make(connector, task(lead))).toEqual([{ ...made, result: 'unchanged' }])
    const refs = made ? [made] : []
    expect(await connector.readTasks(refs, anySignal())).toEqual([{ status: 'open', touched: false }])
    expect(await connector.withdrawTasks(refs, anySignal())).toEqual([{ status: 'withdrawn', touched: false }])
    expect((await tasks()).map(({ fields }) => [fields.Status, fields.Subject])).toEqual([
      ['Deferred', "[withdrawn] Call O'Brien"],
    ])
  })

  it('goes with its Lead when that is converted, and is found on the Contact', async () => {
    const { connector, enter, tasks, convert } = await openOrg({ taskIdField })
    const [lead] = await enter(1)
    const [made] = await make(connector, task(lead))
    const contact = await convert(String(lead?.id))
    expect(await make(connector, task(contact))).toEqual([{ ...made, result: 'unchanged' }])
    expect(await connector.createTasks([task(lead, 2)], anySignal())).toMatchObject([{ code: 'conflict' }])
    expect(await tasks()).toHaveLength(1)
  })

  it('takes few requests for many', async () => {
    const { connector, enter, requests, tasks } = await openOrg({ taskIdField })
    const leads = await enter(400)
    await make(connector, task(leads[0], 1_000))
    const before = (await requests()).length
    await make(connector, ...leads.map(task))
    expect((await requests()).slice(before)).toHaveLength(3)
    expect(await tasks()).toHaveLength(401)
  })
})
