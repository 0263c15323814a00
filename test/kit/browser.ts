import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { inject } from 'vitest'

/** Starts the Chromium that the set-up found. Close it in `afterAll`. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = inject('browser')
  if (executablePath === null) throw new Error('There is no Chromium: node scripts/setup.mjs --need-browser says why.')
  return await chromium.launch({ executablePath })
}

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** What the page complained about: scripts that threw, and everything that its own policy refused. */
  readonly complaints: readonly string[]
}

/** A person at the board, with nothing that another one left behind. Absent credentials: they are asked for them and have none. */
export async function visit(browser: Browser, credentials?: { username: string; password: string }): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: 1_400, height: 900 },
    ...(credentials ? { httpCredentials: credentials } : {}),
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { context, page, complaints }
}
