import { join } from 'node:path'
import { fetchWithApt, hasApt } from './apt.mjs'
import { lastLines, run } from './run.mjs'
import { SetupError } from './setup-error.mjs'

const Oldest = [6, 2]
const Advice =
  'or set REDIS_URL to a Redis >= 6.2 or Valkey >= 8 that you run yourself (the tests still need a server binary of their own)'

/** The executable of a new enough Redis or Valkey: on the PATH, else the one an earlier set-up put into `tools`; undefined when there is none. */
export async function findRedis(tools) {
  for (const file of ['redis-server', 'valkey-server', join(tools, 'redis-server')]) {
    if (await isUsable(file)) return file
  }
  return undefined
}

async function isUsable(file) {
  const { code, stdout } = await run(file, ['--version'])
  const version = /\bv=(\d+)\.(\d+)/.exec(stdout)
  if (code !== 0 || version === null) return false
  const [major, minor] = [Number(version[1]), Number(version[2])]
  return major > Oldest[0] || (major === Oldest[0] && minor >= Oldest[1])
}

/**
 * Puts a Redis server into `tools` out of the operating system's packages. Installing one would start a service on 6379 that nobody asked for.
 * Call it under the set-up lock. Throws a SetupError that says what to install.
 */
export async function fetchRedis(tools, { say }) {
  if ((await findRedis(tools)) !== undefined) return
  if (!(await hasApt())) throw new SetupError(await installSentence())
  say('Fetching a Redis server from the operating system’s packages into .leadsync/tools ...')
  const packages = ['redis-server', 'valkey-server']
  const lastWords = await fetchWithApt(tools, { name: 'redis-server', packages, program: (name) => `usr/bin/${name}`, isUsable })
  if (lastWords === undefined) return
  const what = 'Install it with "sudo apt-get install redis-server" (or valkey-server)'
  throw new SetupError(
    `No Redis server could be fetched from the system's packages:\n${lastLines(lastWords, 4)}\n${what}, ${Advice}.`,
  )
}

async function installSentence() {
  const known = [
    ['brew', 'brew install valkey'],
    ['apk', 'apk add valkey'],
    ['dnf', 'dnf install valkey'],
    ['pacman', 'pacman -S valkey'],
    ['zypper', 'zypper install valkey'],
  ]
  for (const [program, command] of known) {
    if ((await run(program, ['--version'])).code === 0)
      return `Leadsync needs a Redis server. Install one with "${command}", ${Advice}.`
  }
  const start =
    process.platform === 'darwin'
      ? 'Install Homebrew (https://brew.sh) and run "brew install valkey"'
      : 'Install redis-server or valkey-server'
  return `Leadsync needs a Redis server. ${start}, ${Advice}.`
}
