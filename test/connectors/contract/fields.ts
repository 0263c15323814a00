import { describe, expect, it } from 'vitest'
import { DeliveryError } from '../../../src/core/index.ts'
import { anySignal, type Bench, creation, each, good, type Stand } from './bench.ts'

/** A field that can't be written costs that field at most; one that must not be missing costs the delivery, with its name. */
export function fieldGuarantees(bench: Bench): void {
  const { facts, faults } = bench
  const { missing, readOnly, option, text } = facts.fields
  const useless: [string, string, string][] = [
    ['an unknown field', missing, 'a value'],
    ['a read-only field', readOnly, '2026-11-23T10:00:00.000Z'],
    ['a value that is no option', option.name, option.refused],
  ]

  describe.each([
    ['the fields are known', null],
    ['the fields may not be read', faults.catalogForbidden],
  ])('when %s', (_, blind) => {
    it.each(useless)('%s is dropped by name, and the record is written', async (_, field, value) => {
      const stand = await bench.open({ blind })
      const write = creation(bench, stand.connector, 1, { fields: { [text]: 'is kept', [field]: value } })
      const outcome = await stand.batched.write(write)
      expect(outcome).toMatchObject({ result: 'created', dropped: [{ field, reason: expect.stringMatching(/\w \w/) }] })
      expect(await stand.read(outcome.id, text)).toMatchObject({ [text]: 'is kept' })
    })

    it.each(useless)('%s that is required refuses the record and names itself', async (_, field, value) => {
      const stand = await bench.open({ blind })
      const write = creation(bench, stand.connector, 1, { fields: { [field]: value } })
      const refused = stand.batched.write({ ...write, required: [...write.required, field] })
      await expect(refused).rejects.toMatchObject({ code: 'invalid', fields: [field] })
      expect(await stand.records()).toEqual([])
    })

    it('an unknown field of one record leaves the others of its batch alone', async () => {
      const stand = await bench.open({ blind })
      const writes = [1, 2, 3].map((n) => creation(bench, stand.connector, n, n === 2 ? { fields: { [missing]: 'x' } } : {}))
      const [first, second, third] = await each(3, stand.connector.write(writes, anySignal()))
      expect([first, third]).toMatchObject([{ result: 'created' }, { result: 'created' }])
      const named = second instanceof DeliveryError ? second.fields : second?.dropped.map(({ field }) => field)
      expect(named).toEqual([missing])
    })
  })

  const { refusedEmail } = facts
  const addresses = refusedEmail === null ? [] : [refusedEmail]
  it.each(addresses)('a refused address is never dropped for the rest of the record: %s', async (email) => {
    const stand = await bench.open()
    await expect(stand.batched.write(creation(bench, stand.connector, 1, { email }))).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(await stand.records()).toEqual([])
  })

  it('the catalog tells what may be written', async () => {
    const stand = await bench.open()
    const { org, objects } = await stand.connector.catalog(anySignal())
    expect(org).toMatch(/\w/)
    const names = stand.connector.identity(facts.target)
    const field = (name: string) => objects[facts.target]?.find((one) => one.name === name)
    expect(field(names.contactId)).toMatchObject({ writable: true, unique: true })
    expect(field(names.email)).toMatchObject({ writable: true })
    expect(field(readOnly)).toMatchObject({ writable: false })
    expect(field(missing)).toBeUndefined()
    expect(field(option.name)?.options).toContain(option.allowed)
    expect(field(option.name)?.options).not.toContain(option.refused)
    expect(field(text)?.options).toBeNull()
  })

  it('an allowed option is taken', async () => {
    const stand: Stand = await bench.open()
    const write = creation(bench, stand.connector, 1, { fields: { [option.name]: option.allowed } })
    const [outcome] = good(await stand.connector.write([write], anySignal()))
    expect(await stand.read(outcome?.id ?? '', option.name)).toMatchObject({ [option.name]: option.allowed })
  })
}
