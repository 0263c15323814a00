import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { findBrowser } from './scripts/setup/browser.mjs'

const browser = await findBrowser(fileURLToPath(new URL('.leadsync/tools', import.meta.url)))

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Where no browser can be had; test/kit/browser-tests.ts says so at the end, and .ci/run does not get this far.
    exclude: [...configDefaults.exclude, ...(browser === undefined ? ['test/browser/**'] : [])],
    globalSetup: ['test/kit/browser-tests.ts'],
    provide: { browser: browser ?? null },
    // Crash tests start whole daemons and spend much of their time waiting for them: on two cores a third file fills the gaps.
    maxWorkers: 3,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
