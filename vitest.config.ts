import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { findBrowser } from './scripts/setup/browser.mjs'
import { findMemoryFolder } from './test/kit/memory-folder.ts'

const browser = await findBrowser(fileURLToPath(new URL('.leadsync/tools', import.meta.url)))
const memory = findMemoryFolder()

// Our modules keep no state, and loading them anew for each file costs as much as running it: files share processes where they can.
const inner = 'core,config,sandbox,connectors,store,queue,delivery,dnc,follow-ups,intake,admin,cli,model'
const whole = 'daemon,chaos,house,setup'
const contracts = 'test/connectors/*/contract.test.ts'
const waiting = [`test/{${whole}}/**/*.test.ts`, contracts]
// In the sandbox's own tests jsforce's transport is wanted, of which it has but one, and which the connector sets.
const sandbox = 'test/sandbox/salesforce/**/*.test.ts'
// The login library behind the Dynamics connector remembers logins of servers that have stopped since. jsforce reads the environment when it is
// loaded. Timers of BullMQ and connections that the board keeps are somebody else's load in a shared process.
const alone = [
  'test/connectors/dynamics/{all,api-sandbox,token,transport}.test.ts',
  'test/connectors/salesforce/transport.test.ts',
  'test/admin/{access,board}.test.ts',
  'test/queue/job-version.test.ts',
]
// Every folder that is none of those, also a new one.
const others = [`test/!(${`${inner},${whole}`.replaceAll(',', '|')})/**/*.test.ts`]

export default defineConfig({
  test: {
    // Vitest takes them in the order of their names: first those that wait for processes and servers, last those that fill up the end.
    projects: [
      { extends: true, test: { name: '1 waiting', include: waiting, isolate: false } },
      {
        extends: true,
        test: {
          name: '2 apart',
          include: [...others, ...alone],
          // Where no browser can be had; test/kit/browser-tests.ts says so at the end, and .ci/run does not get this far.
          exclude: [...configDefaults.exclude, ...(browser === undefined ? ['test/browser/**'] : [])],
        },
      },
      { extends: true, test: { name: '3 sandbox', include: [sandbox], isolate: false } },
      {
        extends: true,
        test: {
          name: '4 together',
          include: [`test/{${inner}}/**/*.test.ts`],
          exclude: [...configDefaults.exclude, sandbox, contracts, ...alone],
          isolate: false,
        },
      },
    ],
    globalSetup: ['test/kit/browser-tests.ts'],
    provide: { browser: browser ?? null },
    // Crash tests start whole daemons and spend much of their time waiting for them: on two cores three more files fill the gaps.
    maxWorkers: 5,
    env: memory === null ? {} : { TMPDIR: memory },
    testTimeout: 90_000,
    hookTimeout: 90_000,
  },
})
