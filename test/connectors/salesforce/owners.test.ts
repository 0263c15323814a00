import { expect, it } from 'vitest'
import { createOwners } from '../../../connectors/salesforce/write/owners.ts'
import { DeliveryError, type RecordWrite } from '../../../src/core/index.ts'
import { anySignal, openOrg } from './described-org.ts'
import { contact, idOf, lead, openStand } from './writing.ts'

const Users = [
  { Id: idOf(1, '005'), Username: 'jane@contoso.com.crm', Email: 'jane@contoso.com' },
  { Id: idOf(2, '005'), Username: 'shared@contoso.com', Email: 'sales@contoso.com' },
  { Id: idOf(3, '005'), Username: 'other@contoso.com', Email: 'sales@contoso.com' },
]
const Queues = [
  { Id: idOf(4, '00G'), Name: 'EMEA Leads', DeveloperName: 'EMEA_Leads' },
  { Id: idOf(5, '00G'), Name: 'Twins', DeveloperName: 'Twins_1' },
  { Id: idOf(6, '00G'), Name: 'Twins', DeveloperName: 'Twins_2' },
]

const open = () => openStand({ found: (soql) => (soql.includes('FROM User') ? Users : Queues) })

async function ownerOf(write: (some: Partial<RecordWrite>) => RecordWrite, owner: string) {
  const stand = await open()
  const [outcome] = await stand.write([write({ fields: { LastName: 'X', OwnerId: owner } })])
  if (outcome instanceof DeliveryError) throw outcome
  return { sent: stand.writes()[0]?.body.records[0].OwnerId, dropped: outcome?.dropped.map(({ field }) => field) }
}

it.each([
  ['a username', 'Jane@Contoso.com.crm', idOf(1, '005')],
  ['an e-mail', 'jane@contoso.com', idOf(1, '005')],
  ['a queue’s name', 'emea leads', idOf(4, '00G')],
  ['a queue’s developer name', 'EMEA_Leads', idOf(4, '00G')],
  ['the id of a user', '005000000000008', '005000000000008'],
  ['the id of a queue', '00G000000000008AAA', '00G000000000008AAA'],
])('%s is an owner of Leads', async (_, owner, id) => {
  expect(await ownerOf((some) => lead(1, some), owner)).toEqual({ sent: id, dropped: [] })
})

it.each([
  ['nobody', 'gone@contoso.com'],
  ['two users with one e-mail', 'sales@contoso.com'],
  ['two queues with one name', 'Twins'],
])('%s is no owner: the lead goes without', async (_, owner) => {
  expect(await ownerOf((some) => lead(1, some), owner)).toEqual({ sent: undefined, dropped: ['OwnerId'] })
})

it.each(['EMEA Leads', '00G000000000008AAA'])('a queue (%s) is no owner of Contacts', async (owner) => {
  expect(await ownerOf((some) => contact(1, some), owner)).toEqual({ sent: undefined, dropped: ['OwnerId'] })
})

it('is found under whatever letters the mapping spells the field with', async () => {
  const stand = await open()
  await stand.write([lead(1, { fields: { ownerid: 'jane@contoso.com' } })])
  expect(stand.writes()[0]?.body.records[0]).toMatchObject({ OwnerId: idOf(1, '005') })
})

it('is asked for once, and remembered', async () => {
  const stand = await open()
  const write = (n: number, OwnerId: string) => lead(n, { fields: { OwnerId } })
  await stand.write([write(1, 'jane@contoso.com'), write(2, 'JANE@contoso.com'), write(3, 'EMEA_Leads')])
  await stand.write([write(4, 'jane@contoso.com'), write(5, 'EMEA_Leads')])
  expect(stand.queries()).toHaveLength(2)
  expect(stand.server.asked.filter(({ path }) => path.endsWith('/composite'))).toHaveLength(1)
})

it('is escaped in the question', async () => {
  const stand = await open()
  await stand.write([lead(1, { fields: { OwnerId: "x' OR Name != '\\" } })])
  expect(stand.queries()[1]).toContain("'x\\' or name != \\'\\\\'")
})

it.each(['INVALID_TYPE', 'INSUFFICIENT_ACCESS'])(
  'where users are hidden (%s) nobody has a name, and an id is taken on trust',
  async (errorCode) => {
    const { api } = await openOrg({ records: () => ({ status: 400, errorCode }) })
    const owners = createOwners(api, 'sales', Date.now)
    const named = [idOf(1, '005'), 'jane@contoso.com']
    await owners.learn(named, anySignal())
    expect(named.map((name) => owners.of(name, 'task'))).toEqual([idOf(1, '005'), undefined])
  },
)

it('is not said to be nobody when Salesforce could not be asked', async () => {
  const { api } = await openOrg({ records: () => ({ status: 400, errorCode: 'QUERY_TIMEOUT' }) })
  const owners = createOwners(api, 'sales', Date.now)
  await expect(owners.learn([idOf(1, '005')], anySignal())).rejects.toMatchObject({ code: 'unavailable' })
})

it('is one user by either spelling of the id, once it was asked for', async () => {
  const org = await openOrg({
    records: () => [{ Id: idOf(1, '005'), Username: 'jane@contoso.com.crm', Email: 'jane@contoso.com' }],
  })
  const owners = createOwners(org.api, 'sales', Date.now)
  const [id, nobody] = [idOf(1, '005'), idOf(9, '005').slice(0, 15)]
  // Excel and URLs lose the letter case, which 18 characters survive.
  const spellings = [id, id.slice(0, 15), id.toLowerCase(), nobody]
  await owners.learn(spellings, anySignal())
  expect(spellings.map((one) => owners.of(one, 'task'))).toEqual([id, id, id, undefined])
  expect(org.queries).toHaveLength(1)
  expect(org.queries[0]?.split(',').filter((part) => part.includes("'005"))).toHaveLength(2)
})
