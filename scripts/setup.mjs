// Sets up what the demo and the tests need and is silent when nothing is missing. It is the first thing that runs on a fresh machine, so it
// is plain JavaScript for Node 18 and imports nothing from node_modules.
//
//   node scripts/setup.mjs               packages, Node, and a Redis server unless REDIS_URL names one
//   node scripts/setup.mjs --own-redis   a server binary in any case: the tests and the bench kill and stop Redis on purpose, which must
//                                        never happen to the server behind REDIS_URL
//   node scripts/setup.mjs --browser     a Chromium for test/browser, where the system's packages have one; without it those tests don't run
//   node scripts/setup.mjs --need-browser   the same, and failing when there is none
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchBrowser, findBrowser } from './setup/browser.mjs'
import { checkNode } from './setup/node-version.mjs'
import { installPackages, packagesAreCurrent } from './setup/packages.mjs'
import { fetchRedis, findRedis } from './setup/redis.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { withSetupLock } from './setup/setup-lock.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const tools = join(root, '.leadsync', 'tools')

function say(sentence) {
  process.stderr.write(`${sentence}\n`)
}

async function setUp(wanted) {
  if (await isReady(wanted)) return
  const waiting = () => say('Another set-up of this folder is running; waiting for it ...')
  await withSetupLock(join(tools, 'setup'), (guard) => fill(wanted, guard), waiting)
}

async function isReady({ redis, browser }) {
  if (!packagesAreCurrent(root)) return false
  await checkNode(root)
  if (redis && (await findRedis(tools)) === undefined) return false
  return !browser || (await findBrowser(tools)) !== undefined
}

async function fill({ redis, browser, needBrowser }, guard) {
  await installPackages(root, { say, guard })
  await checkNode(root)
  if (redis) await fetchRedis(tools, { say })
  if (browser) await fetchBrowser(tools, { say }).catch((error) => goOnWithoutBrowser(error, needBrowser))
}

/** Everything but the board in a real browser can be tried without one: `npm test` says what was left out, `.ci/run` fails. */
function goOnWithoutBrowser(error, needBrowser) {
  if (needBrowser || !(error instanceof SetupError)) throw error
  say(`${error.message}\nGoing on without them.`)
}

try {
  const flags = new Set(process.argv.slice(2))
  const needBrowser = flags.has('--need-browser')
  await setUp({
    redis: flags.has('--own-redis') || !process.env.REDIS_URL,
    browser: needBrowser || flags.has('--browser'),
    needBrowser,
  })
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  say(error.message)
  process.exitCode = error.exitCode
}
