import { expect, test } from 'vitest'
import { emailsOf, postLeads, resultsOf, startIntake } from './support.ts'

function lead(email: string, more: object = {}): object {
  return { v: 1, person: { email }, ...more }
}

test('1,000 leads in one request are kept one by one and answered in order', async () => {
  const intake = await startIntake()
  const leads = Array.from({ length: 1_000 }, (_, index) => lead(`person-${index}@contoso.com`))
  const response = await postLeads(intake, leads)
  expect(response.status).toBe(202)
  const { results } = await resultsOf(response)
  expect(results.map((result) => result.index)).toEqual(leads.map((_, index) => index))
  expect(new Set(results.map((result) => result.status))).toEqual(new Set(['accepted']))
  expect(new Set(results.map((result) => result.leadId)).size).toBe(1_000)
  expect(emailsOf(intake.sink.taken)).toEqual(leads.map((_, index) => `person-${index}@contoso.com`))
})

test('what is wrong with a lead is said by field, and costs only that lead', async () => {
  const intake = await startIntake()
  const response = await postLeads(intake, [lead('jane@contoso.com'), { v: 2, person: {} }, 'text', lead('john@contoso.com')])
  expect(response.status).toBe(202)
  const { results } = await resultsOf(response)
  expect(results).toMatchObject([
    { index: 0, status: 'accepted' },
    { index: 1, status: 'rejected', errors: expect.arrayContaining([{ path: 'v', message: expect.any(String) }]) },
    { index: 2, status: 'rejected', errors: [{ path: '', message: expect.any(String) }] },
    { index: 3, status: 'accepted' },
  ])
  expect(emailsOf(intake.sink.taken)).toEqual(['jane@contoso.com', 'john@contoso.com'])
})

test('422 only when nothing was taken, and then nothing is journaled as a lead', async () => {
  const intake = await startIntake()
  const response = await postLeads(intake, [{ v: 1 }, { v: 1, person: { email: 'nonsense' } }])
  expect(response.status).toBe(422)
  const answer = await resultsOf(response)
  expect(answer.error).toMatch(/\.$/)
  expect(answer.results).toHaveLength(2)
  expect(intake.sink.taken).toEqual([])
  expect(intake.reception.state().backlog).toBe(0)
})

test.each([
  ['no JSON', 'leads'],
  ['no list', '{"leads":{}}'],
  ['null', 'null'],
  ['no leads', '{"leads":[]}'],
  ['1,001 leads', JSON.stringify({ leads: Array.from({ length: 1_001 }, () => lead('jane@contoso.com')) })],
])('a body that can not be taken (%s) is refused in a sentence', async (_, body) => {
  const intake = await startIntake()
  const response = await postLeads(intake, body)
  expect(response.status).toBe(422)
  expect(await response.json()).toEqual({ error: expect.stringMatching(/leads.*\.$/) })
})

test('a lead over the limit is refused by itself', async () => {
  const intake = await startIntake()
  const response = await postLeads(intake, [
    lead('jane@contoso.com', { notes: 'x'.repeat(256 * 1024) }),
    lead('john@contoso.com'),
  ])
  expect((await resultsOf(response)).results).toMatchObject([{ status: 'rejected' }, { status: 'accepted' }])
})

test.each([
  ['none', ''],
  ['another scheme', 'Basic YTpi'],
  ['a wrong one', 'Bearer wrong'],
  ['a part of the right one', 'Bearer an-api'],
])('without a valid token (%s) it answers 401 and says how to ask', async (_, authorization) => {
  const intake = await startIntake()
  const response = await postLeads(intake, [lead('jane@contoso.com')], { authorization })
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toContain('Bearer')
  expect(intake.sink.taken).toEqual([])
})

test('the lead id is the given one, else made from externalId, else new', async () => {
  const apiTokens = ['one', 'two'].map((name) => ({ name, value: `${name}-value`, tags: [name] }))
  const intake = await startIntake({ apiTokens })
  const send = async (token: string, body: object) => {
    const response = await postLeads(intake, [body], { authorization: `Bearer ${token}-value` })
    return (await resultsOf(response)).results[0]?.leadId
  }
  expect(await send('one', lead('a@contoso.com', { id: 'my:id' }))).toBe('my:id')
  const external = await send('one', lead('b@contoso.com', { externalId: '17' }))
  expect(await send('one', lead('b@contoso.com', { externalId: '17' }))).toBe(external)
  expect(await send('two', lead('c@contoso.com', { externalId: '17' }))).not.toBe(external)
  expect(await send('one', lead('d@contoso.com'))).toMatch(/^[0-9A-Z]{26}$/)
  expect(intake.sink.taken[0]).toMatchObject({ contentKey: null, lead: { channel: 'api', tags: ['token:one', 'one'] } })
})

test('where a lead came in is ours to say', async () => {
  const intake = await startIntake()
  await postLeads(intake, [lead('jane@contoso.com', { channel: 'azure-table', tags: ['fair', 'token:appsource-1'] })])
  expect(intake.sink.taken).toMatchObject([{ lead: { channel: 'api', tags: ['fair', 'token:crm-import'] } }])
})

test('an Idempotency-Key answers a batch again, takes what was not taken, and refuses another body', async () => {
  const intake = await startIntake()
  const leads = [lead('jane@contoso.com'), { v: 1 }, lead('john@contoso.com')]
  const headers = { 'idempotency-key': 'batch-1' }
  const first = await resultsOf(await postLeads(intake, leads, headers))
  const again = await resultsOf(await postLeads(intake, leads, headers))
  expect(again.results).toEqual([
    { ...first.results[0], status: 'duplicate' },
    first.results[1],
    { ...first.results[2], status: 'duplicate' },
  ])
  expect((await postLeads(intake, [lead('jill@contoso.com')], headers)).status).toBe(422)
  expect(intake.sink.taken).toHaveLength(2)
})

test('a batch while the queue is away waits in the journal, one entry per lead', async () => {
  const intake = await startIntake()
  intake.sink.up = false
  const response = await postLeads(intake, [lead('jane@contoso.com', { id: 'mine' }), lead('john@contoso.com')])
  expect((await resultsOf(response)).results).toMatchObject([{ leadId: 'mine', status: 'accepted' }, { status: 'accepted' }])
  intake.sink.up = true
  await expect.poll(() => emailsOf(intake.sink.taken)).toEqual(['jane@contoso.com', 'john@contoso.com'])
  expect(intake.sink.taken[0]).toMatchObject({ lead: { id: 'mine', channel: 'api' } })
})
