import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { findBrowser } from './scripts/setup/browser.mjs'

const browser = await findBrowser(fileURLToPath(new URL('.leadsync/tools', import.meta.url)))

// What no other test in the same process can disturb: our modules keep no state, and loading them anew for each file costs as much as running it.
const together = ['test/{core,config,sandbox,connectors}/**/*.test.ts']
// The connector sets the transport that jsforce has but one of, and in its sandbox's tests jsforce's own is wanted; and the login library behind the
// Dynamics connector remembers logins of servers that have stopped since.
const alone = ['test/sandbox/salesforce/**/*.test.ts', 'test/connectors/dynamics/{all,api-sandbox,token,transport}.test.ts']
// Every folder that is not one of those, also a new one.
const others = ['test/!(core|config|sandbox|connectors)/**/*.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'together', include: together, exclude: [...configDefaults.exclude, ...alone], isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: [...others, ...alone],
          // Where no browser can be had; test/kit/browser-tests.ts says so at the end, and .ci/run does not get this far.
          exclude: [...configDefaults.exclude, ...(browser === undefined ? ['test/browser/**'] : [])],
        },
      },
    ],
    globalSetup: ['test/kit/browser-tests.ts'],
    provide: { browser: browser ?? null },
    // Crash tests start whole daemons and spend much of their time waiting for them: on two cores two more files fill the gaps.
    maxWorkers: 4,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
