import { describe, expect, it } from 'vitest'
import { DeliveryError, type TaskWrite } from '../../src/core/index.ts'
import { BatchedConnector } from '../../src/delivery/batched-connector.ts'
import { ContactLost } from '../../src/delivery/contact-hold.ts'
import { createMemoryCrm } from '../kit/memory-crm.ts'

function open() {
  const crm = createMemoryCrm()
  crm.aliases.set('eve@contoso.com', '4711')
  return { crm, batched: new BatchedConnector(crm, new AbortController().signal) }
}

describe('people for whom several tasks ask at once', () => {
  it('are asked for once, also while the CRM has not answered yet, and each task is told', async () => {
    const { crm, batched } = open()
    const door = crm.block('assignees')
    const first = [batched.assignee('eve@contoso.com'), batched.assignee('eve@contoso.com'), batched.assignee('bob')]
    await door.reached
    const others = ['eve@contoso.com', 'bob', 'eve@contoso.com'].map((owner) => batched.assignee(owner))
    door.release()
    expect(await Promise.all([...first, ...others])).toEqual(['4711', '4711', 'bob', '4711', 'bob', '4711'])
    expect(crm.asked).toEqual([['eve@contoso.com', 'bob']])
  })

  it('are asked for again once that is answered: who leaves is not kept', async () => {
    const { crm, batched } = open()
    expect(await batched.assignee('eve@contoso.com')).toBe('4711')
    crm.inactive.add('4711')
    expect(await batched.assignee('eve@contoso.com')).toBeNull()
  })

  it('are asked for again when the CRM could not be asked', async () => {
    const { crm, batched } = open()
    crm.fail({ on: 'assignees', error: new DeliveryError('unavailable', 'The CRM is away.') })
    const asked = await Promise.allSettled([batched.assignee('eve@contoso.com'), batched.assignee('eve@contoso.com')])
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await batched.assignee('eve@contoso.com')).toBe('4711')
  })
})

describe('what was held for too long when its batch goes', () => {
  const held = { mayWrite: () => true }
  const lost = { mayWrite: () => false }
  const write = (contactId: string) => ({
    object: 'contact',
    recordId: null,
    contactId,
    email: `${contactId}@contoso.com`,
    fields: { email: `${contactId}@contoso.com` },
    required: [],
  })

  it('is not written, while the others of the batch are, each with its own answer', async () => {
    const { crm, batched } = open()
    const all = [batched.write(write('a'), held), batched.write(write('b'), lost), batched.write(write('c'), held)]
    const [a, b, c] = await Promise.allSettled(all)
    expect([a, c]).toMatchObject([{ value: { result: 'created' } }, { value: { result: 'created' } }])
    expect(b).toMatchObject({ status: 'rejected', reason: expect.any(ContactLost) })
    expect([...crm.records.values()].map(({ fields }) => fields.email).sort()).toEqual(['a@contoso.com', 'c@contoso.com'])
    expect(crm.batches).toEqual([2])
  })

  it('makes no task, and a CRM is not asked for nothing', async () => {
    const { crm, batched } = open()
    const task = { id: 'a.call.first', record: { object: 'contact', id: '1' } } as TaskWrite
    await expect(batched.createTask(task, lost)).rejects.toThrow(ContactLost)
    expect(crm.calls.createTasks).toBe(0)
  })
})
