import { expect, it } from 'vitest'
import { base, openInstance, type TestInstance } from './instance.ts'

async function fill(org: TestInstance, count: number): Promise<void> {
  for (let from = 0; from < count; from += 200) {
    const length = Math.min(200, count - from)
    const record = (n: number) => ({ attributes: { type: 'Lead' }, LastName: `Doe ${from + n}`, Company: 'Contoso' })
    const reply = await org.call('POST', 'composite/sobjects', { records: Array.from({ length }, (_, n) => record(n)) })
    if (!reply.text.startsWith('[{"id"')) throw new Error(reply.text)
  }
}

it('finds records with jsforce, with their attributes', async () => {
  const org = await openInstance()
  const id = await org.make('Lead', { LastName: "O'Doe", Company: 'Contoso', Email: 'jane@contoso.com' })

  const soql = "SELECT Id, IsConverted, Owner.Name FROM Lead WHERE Email IN ('JANE@contoso.com') AND LastName = 'O\\'Doe'"
  const found = await org.connect().query(soql)

  expect(found).toMatchObject({ totalSize: 1, done: true })
  expect(found.records).toMatchObject([
    {
      attributes: { type: 'Lead', url: `${base}/sobjects/Lead/${id}` },
      Id: id,
      IsConverted: false,
      Owner: { Name: expect.any(String) },
    },
  ])
})

it('pages by 2,000 rows, and by fewer on request', async () => {
  const org = await openInstance()
  await fill(org, 2100)
  const soql = 'SELECT Id, LastName FROM Lead'

  const first = await org.call('GET', `query?q=${encodeURIComponent(soql)}`)
  const second = await org.call('GET', first.json.nextRecordsUrl)
  const small = await org.call('GET', `query?q=${encodeURIComponent(soql)}`, undefined, {
    'Sforce-Query-Options': 'batchSize=200',
  })
  const all = await org.connect().query(soql, { autoFetch: true, maxFetch: 10_000 })

  expect(first.json).toMatchObject({ totalSize: 2100, done: false })
  expect(first.json.nextRecordsUrl).toMatch(/^\/services\/data\/v68\.0\/query\/01g\w+-2000$/)
  expect(first.json.records).toHaveLength(2000)
  expect(second.json).toMatchObject({ totalSize: 2100, done: true })
  expect(second.json.records.at(-1).LastName).toBe('Doe 2099')
  expect(small.json.records).toHaveLength(200)
  expect(new Set(all.records.map(({ Id }) => Id)).size).toBe(2100)
})

it('counts, and sees deleted records in queryAll only', async () => {
  const org = await openInstance()
  await fill(org, 3)
  const [first] = await org.records()
  await org.call('DELETE', `sobjects/Lead/${first?.id}`)
  const soql = encodeURIComponent('SELECT COUNT() FROM Lead')

  expect((await org.call('GET', `query?q=${soql}`)).json).toEqual({ totalSize: 2, done: true, records: [] })
  expect((await org.call('GET', `queryAll?q=${soql}`)).json.totalSize).toBe(3)
})

it.each([
  ['query', 'MALFORMED_QUERY'],
  ['query?q=SELECT', 'MALFORMED_QUERY'],
  ['query?q=SELECT+Dragon+FROM+Lead', 'INVALID_FIELD'],
  ['query?q=SELECT+Id+FROM+Dragon', 'INVALID_TYPE'],
  ["query?q=SELECT+Id+FROM+Lead+WHERE+LastName='x'+OR+Description='x'", 'INVALID_FIELD'],
  ['query/01g000000000009AAA-2000', 'INVALID_QUERY_LOCATOR'],
])('answers 400 to %s', async (path, errorCode) => {
  const org = await openInstance()

  const reply = await org.call('GET', path)

  expect([reply.status, reply.json[0].errorCode]).toEqual([400, errorCode])
})

it('tells whether the user may see all records', async () => {
  const org = await openInstance()
  const [userId] = (await org.query("SELECT Id FROM User WHERE Username = 'leadsync@example.com'")).map(({ Id }) => Id)

  const permissions = await org.query(
    `SELECT PermissionsViewAllRecords, SobjectType FROM ObjectPermissions WHERE SobjectType IN ('Lead', 'Contact') AND ParentId IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = '${userId}')`,
  )

  expect(permissions.map(({ SobjectType }) => SobjectType)).toEqual(expect.arrayContaining(['Lead', 'Contact']))
  expect(permissions.filter(({ PermissionsViewAllRecords }) => PermissionsViewAllRecords === true).length).toBeGreaterThanOrEqual(
    2,
  )
})
