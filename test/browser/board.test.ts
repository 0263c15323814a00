import { Worker } from 'bullmq'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { queuePrefix } from '../../src/queue/catalogue.ts'
import {
  arrival,
  lead,
  Operator,
  openParts,
  type Parts,
  Password,
  type RunningAdmin,
  startAdmin,
  unreadable,
} from '../admin/running-admin.ts'
import { launchBrowser, type Visit, visit } from '../kit/browser.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'

const Viewer = { username: 'admin', password: Password }
const Reason = 'hubspot: the field jobtitle was refused.'
const Personal = /secret|contoso\.com|6175550123/i

let redis: TestRedis
let parts: Parts
let admin: RunningAdmin
let browser: Browser

beforeAll(async () => {
  redis = await startTestRedis()
  parts = await openParts(redis.url)
  admin = await startAdmin(parts, { operator: Operator })
  await parts.intake.accept([arrival('accepted', lead('L1')), arrival('held', lead('L2', { test: true })), unreadable('Q1')])
  await failDelivery()
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser.close()
  await admin.app.close()
  await parts.close()
  await redis.stop()
})

async function failDelivery(): Promise<void> {
  const queue = parts.queues.delivery('hubspot')
  await queue.add('deliver', { lead: 'abc' }, { jobId: 'hubspot.abc', attempts: 1 })
  const worker = new Worker(queue.name, () => Promise.reject(new Error(Reason)), {
    connection: parts.redis,
    prefix: queuePrefix(queue.name),
  })
  await new Promise<void>((resolve) => worker.on('drained', () => resolve()))
  await worker.close()
}

async function come(credentials?: { username: string; password: string }): Promise<Visit> {
  const visited = await visit(browser, credentials)
  onTestFinished(() => visited.context.close())
  return visited
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(admin.url + path)
  await page.getByText('Filter queues').or(page.getByPlaceholder('Filter queues')).waitFor()
}

it.each([
  ['no login', undefined],
  ['a wrong password', { username: 'admin', password: 'wrong' }],
  ['a wrong user name', { username: 'root', password: Password }],
])('with %s nothing of the board is seen', async (_, credentials) => {
  const { page } = await come(credentials)
  const answer = await page.goto(`${admin.url}/admin/queues`)
  expect(answer?.status()).toBe(401)
  expect(await page.locator('body').textContent()).not.toMatch(/leads|quarantine|deliver/)
})

it('with the right login every queue is listed, the failed one marked', async () => {
  const { page } = await come(Viewer)
  await open(page, '/')
  const cards = page.locator('main').getByRole('listitem').or(page.locator('main a'))
  await cards.filter({ hasText: 'deliver-hubspot' }).first().waitFor()
  const text = await page.locator('main').textContent()
  for (const queue of ['leads', 'quarantine', 'deliver-hubspot']) expect(text).toContain(queue)
  expect(text).toMatch(/deliver-hubspot.*failed\s*1/is)
})

it('the page is drawn under its own policy: only the web font from elsewhere is refused', async () => {
  const { page, complaints } = await come(Viewer)
  await open(page, '/admin/queues')
  expect(complaints.length).toBeGreaterThan(0)
  expect(complaints.filter((complaint) => !complaint.includes('https://fonts.googleapis.com/'))).toEqual([])
  const side = await page.getByRole('link', { name: 'quarantine' }).first().boundingBox()
  // Without its style sheet the list of queues would be as wide as the window.
  expect(side?.width).toBeLessThan(400)
})

it('a failed delivery tells its reason', async () => {
  const { page } = await come(Viewer)
  await open(page, '/admin/queues')
  await page.getByRole('link', { name: 'deliver-hubspot' }).first().click()
  await page.getByRole('link', { name: 'FAILED' }).click()
  await page.getByText(Reason).waitFor()
})

it('a viewer finds nothing to press that changes anything, and the server refuses what a page could send', async () => {
  const { page } = await come(Viewer)
  await open(page, '/admin/queues/queue/deliver-hubspot?status=failed')
  await page.getByText(Reason).waitFor()
  const buttons = await page.getByRole('button').all()
  const names = await Promise.all(
    buttons.map(async (button) => `${await button.getAttribute('aria-label')} ${await button.textContent()}`),
  )
  expect(names.length).toBeGreaterThan(3)
  expect(
    names.filter((name) => /retry|promote|pause|resume|clean|empty|obliterate|remove|delete|edit|add|duplicate/i.test(name)),
  ).toEqual([])

  const api = '/admin/queues/api/queues'
  const changes = [
    ['PUT', `${api}/deliver-hubspot/hubspot.abc/retry`],
    ['PUT', `${api}/deliver-hubspot/hubspot.abc/clean`],
    ['PUT', `${api}/deliver-hubspot/obliterate`],
    ['PATCH', `${api}/deliver-hubspot/hubspot.abc/update-data`],
    ['PUT', `${api}/leads/pause`],
  ]
  for (const [method, path] of changes) {
    const status = await page.evaluate(`fetch('${path}', { method: '${method}' }).then(({ status }) => status)`)
    expect([method, path, status]).toEqual([method, path, 405])
  }
  expect(await parts.queues.delivery('hubspot').getJobCounts('failed')).toEqual({ failed: 1 })
  expect(await parts.queues.leads.isPaused()).toBe(false)
})

it('a lead shows its offer and nobody’s name, e-mail or number, whatever is opened', async () => {
  const { page } = await come(Viewer)
  for (const queue of ['leads', 'quarantine']) {
    await open(page, `/admin/queues/queue/${queue}?status=waiting`)
    await page.getByRole('tab', { name: 'Data' }).first().waitFor()
    for (const name of ['Data', 'Options', 'Progress', 'Logs']) {
      for (const tab of await page.getByRole('tab', { name }).all()) await tab.click()
      expect((await page.content()).match(Personal)?.[0], `${queue}, ${name}`).toBeUndefined()
    }
  }
  await open(page, '/admin/queues/queue/leads?status=waiting')
  await page.getByRole('tab', { name: 'Data' }).first().click()
  await page.getByText('Contoso Analytics').waitFor()
})

it('a viewer does not get to the operator’s board', async () => {
  const { page } = await come(Viewer)
  const answer = await page.goto(`${admin.url}/admin/operate`)
  expect([401, 403]).toContain(answer?.status())
  expect(await page.locator('body').textContent()).not.toMatch(/leads|quarantine|deliver/)
})

it('an operator retries a failed delivery by its button, and can neither edit a job nor obliterate a queue', async () => {
  const queue = parts.queues.delivery('hubspot')
  const { page } = await come(Operator)
  await open(page, '/admin/operate/queue/deliver-hubspot?status=failed')
  await page.getByText(Reason).waitFor()
  const api = '/admin/operate/api/queues/deliver-hubspot'
  for (const [method, path] of [
    ['PATCH', `${api}/hubspot.abc/update-data`],
    ['PUT', `${api}/hubspot.abc/clean`],
    ['PUT', `${api}/obliterate`],
  ]) {
    const status = await page.evaluate(`fetch('${path}', { method: '${method}' }).then(({ status }) => status)`)
    expect([method, path, status]).toEqual([method, path, 403])
  }
  expect(await queue.getJobCounts('failed')).toEqual({ failed: 1 })

  await pressAndConfirm(page, 'Clean all', 403)
  expect(await queue.getJobCounts('failed')).toEqual({ failed: 1 })

  await pressAndConfirm(page, 'Retry all', 200)
  expect(await queue.getJobCounts('failed', 'waiting')).toEqual({ failed: 0, waiting: 1 })
})

async function pressAndConfirm(page: Page, name: string, status: number): Promise<void> {
  await page.getByRole('button', { name }).click()
  const answered = page.waitForResponse((response) => response.request().method() === 'PUT')
  await page.getByRole('button', { name: 'Confirm' }).click()
  expect((await answered).status(), name).toBe(status)
}
