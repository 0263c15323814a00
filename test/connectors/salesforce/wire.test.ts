import { describe, expect, it } from 'vitest'
import { CollectionAnswer, decode, encode, QueryPage } from '../../../connectors/salesforce/wire.ts'

describe('values', () => {
  it.each([
    ['2026-11-23T10:00:00.000+0000', 'datetime', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23T10:00:00.000Z', 'datetime', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23T10:00:00.000-0130', 'datetime', '2026-11-23T11:30:00.000Z'],
    ['not a time', 'datetime', 'not a time'],
    ['2026-11-23', 'date', '2026-11-23'],
    ['', 'string', null],
    [null, 'string', null],
    [undefined, 'string', null],
    [false, 'boolean', false],
    [0, 'double', 0],
    [{ street: 'x' }, 'address', null],
    ['2026-11-23T10:00:00.000+0000', undefined, '2026-11-23T10:00:00.000+0000'],
  ])('%j of a %s is read as %j', (value, type, read) => {
    expect(decode(value, type)).toBe(read)
  })

  it.each([
    ['2026-11-23T10:00:00.000Z', 'datetime', '2026-11-23T10:00:00.000Z'],
    ['2026-11-23T10:00:00.000Z', 'date', '2026-11-23'],
    ['2026-11-23', 'date', '2026-11-23'],
    ['42', 'double', 42],
    ['4.5', 'currency', 4.5],
    ['many', 'int', 'many'],
    ['', 'double', ''],
    [42, 'string', '42'],
    [true, 'textarea', 'true'],
    ['true', 'boolean', true],
    ['false', 'boolean', false],
    ['perhaps', 'boolean', 'perhaps'],
    [null, 'double', null],
    [null, 'string', null],
    [42, undefined, 42],
  ])('%j for a %s is sent as %j', (value, type, sent) => {
    expect(encode(value, type)).toBe(sent)
  })
})

describe('answers', () => {
  it('keep the place of a row that can not be read', () => {
    const row = { id: '00Q', success: true, errors: [] }
    expect(CollectionAnswer.parse([row, { success: 'yes' }, row])).toMatchObject([{ id: '00Q' }, null, { id: '00Q' }])
  })

  it.each([
    'https://evil.example/x',
    '//evil.example',
    '@evil.example/services/data/v68.0/query/x',
    '/services/oauth2/token',
    '/services/data/v68.0/../../x',
  ])('are not followed to %s', (nextRecordsUrl) => {
    expect(QueryPage.safeParse({ done: false, records: [], nextRecordsUrl }).success).toBe(false)
  })

  it('are followed to the next page of the API', () => {
    const nextRecordsUrl = '/services/data/v68.0/query/01gRO0000016PIAYA2-2000'
    expect(QueryPage.parse({ done: false, records: [], nextRecordsUrl })).toMatchObject({ nextRecordsUrl })
  })
})
