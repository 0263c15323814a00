import { expect, it, onTestFinished } from 'vitest'
import { type DynamicsSandboxOptions, startDynamicsSandbox } from '../../../src/sandbox/dynamics/index.ts'
import { anySignal, openApi, token } from './tiny-environment.ts'
import { startTinyLogin } from './tiny-login.ts'

async function open(some: Partial<DynamicsSandboxOptions> = {}, own: Record<string, unknown> = {}) {
  const sandbox = await startDynamicsSandbox({ token, ...some })
  onTestFinished(() => sandbox.stop())
  return openApi(sandbox.url, own)
}

const id = (n: number) => `5e9f9b2c-97af-5ab8-b1b2-6e4a0d1b0a1${n}`
const create = (n: number) => ({
  method: 'PATCH' as const,
  path: `leads(${id(n)})?$select=leadid`,
  headers: { 'If-None-Match': '*', Prefer: 'return=representation' },
  body: { lastname: `Person ${n}`, subject: "O'Brien 👋\r\n--x", emailaddress1: `o'person+${n}@example.com` },
})
const statuses = (replies: Awaited<ReturnType<ReturnType<typeof openApi>['all']>>) =>
  replies.map((reply) => (reply.kind === 'ok' ? reply.status : `${reply.error.code} ${reply.error.status}`))

it.each([
  ['in a batch', {}, {}],
  ['one by one', {}, { batchSize: 1 }],
  ['one by one where batches are refused', { batchRefused: 404 as const }, {}],
  ['one by one where something in front refuses batches', { batchRefused: 403 as const }, {}],
])('records are made once, read and changed by what they say, %s', async (_, some, own) => {
  const api = await open(some, own)
  expect(statuses(await api.all([create(1), create(2)], anySignal()))).toEqual([201, 201])
  expect(statuses(await api.all([create(1), create(3)], anySignal()))).toEqual(['conflict 412', 201])
  const update = { method: 'PATCH' as const, headers: { 'If-Match': '*' }, body: { lastname: 'Other' } }
  const updates = [1, 4].map((n) => ({ ...update, path: `leads(${id(n)})` }))
  expect(statuses(await api.all(updates, anySignal()))).toEqual([204, 'conflict 404'])
  const [reply] = await api.all(
    [{ method: 'GET', path: `leads?$select=subject,lastname&$filter=emailaddress1%20eq%20'o''person%2B1%40example.com'` }],
    anySignal(),
  )
  expect(reply).toMatchObject({ kind: 'ok', body: { value: [{ subject: "O'Brien 👋\r\n--x", lastname: 'Other' }] } })
})

it('a refusal names the column that was sent', async () => {
  const api = await open()
  const [long, other] = await api.all(
    [{ ...create(1), body: { subject: 'x'.repeat(301), lastname: 'y' } }, create(2)],
    anySignal(),
  )
  expect(long).toMatchObject({ kind: 'refused', code: '0x80044331', fields: ['subject'], error: { code: 'invalid' } })
  expect(other).toMatchObject({ kind: 'ok' })
})

it('the org says who it is to a token of its login, and nothing to another', async () => {
  const login = await startTinyLogin()
  onTestFinished(() => login.server.stop())
  const guid = expect.stringMatching(/^[0-9a-f-]{36}$/)
  const own = { ...login.settings }
  const welcome = await open({ acceptToken: (given) => given === 'token-1' }, own)
  expect(await welcome.who(anySignal())).toEqual({ org: guid, user: guid, businessUnit: guid })
  const stranger = await open({ acceptToken: () => false }, own)
  await expect(stranger.who(anySignal())).rejects.toMatchObject({ code: 'unauthorized' })
})

it('an app without an application user is told so', async () => {
  const api = await open({ org: { applicationUser: false } })
  await expect(api.who(anySignal())).rejects.toMatchObject({
    code: 'misconfigured',
    message: expect.stringContaining('application user'),
  })
})
