// Sets up what the demo and the tests need and is silent when nothing is missing. It is the first thing that runs on a fresh machine, so it
// is plain JavaScript for Node 18 and imports nothing from node_modules.
//
//   node scripts/setup.mjs               packages, Node, and a Redis server unless REDIS_URL names one
//   node scripts/setup.mjs --own-redis   a server binary in any case: the tests and the bench kill and stop Redis on purpose, which must
//                                        never happen to the server behind REDIS_URL
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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

async function setUp({ ownRedis }) {
  const needsRedis = ownRedis || !process.env.REDIS_URL
  if (await isReady(needsRedis)) return
  const waiting = () => say('Another set-up of this folder is running; waiting for it ...')
  await withSetupLock(join(tools, 'setup'), (guard) => fill(needsRedis, guard), waiting)
}

async function isReady(needsRedis) {
  if (!packagesAreCurrent(root)) return false
  await checkNode(root)
  return !needsRedis || (await findRedis(tools)) !== undefined
}

async function fill(needsRedis, guard) {
  await installPackages(root, { say, guard })
  await checkNode(root)
  if (needsRedis) await fetchRedis(tools, { say })
}

try {
  await setUp({ ownRedis: process.argv.includes('--own-redis') })
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  say(error.message)
  process.exitCode = error.exitCode
}
