import { describe, expect, it } from 'vitest'
import { DeliveryError } from '../../src/core/index.ts'
import { BatchedConnector } from '../../src/delivery/batched-connector.ts'
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
