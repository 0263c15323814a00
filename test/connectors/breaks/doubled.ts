import { randomUUID } from 'node:crypto'
import type { RecordWrite } from '../../../src/core/index.ts'
import { contractOver } from './breaking.ts'

contractOver('a connector that creates anew at every call', ({ write, identity }) => {
  const made = new Set<string>()

  function anew(one: RecordWrite): RecordWrite {
    if (one.recordId !== null || !made.has(one.contactId)) return one
    const { email, contactId } = identity(one.object)
    const id = randomUUID()
    const address = one.email && `${id}-${one.email}`
    return {
      ...one,
      contactId: id,
      email: address,
      fields: { ...one.fields, [contactId]: id, ...(address ? { [email]: address } : {}) },
    }
  }

  return {
    write(writes, signal) {
      const sent = writes.map(anew)
      for (const { contactId } of writes) made.add(contactId)
      return write(sent, signal)
    },
  }
})
