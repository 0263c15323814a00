import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
 * Puts a Redis server into `tools` out of the operating system's packages, without root and without installing anything: the packages are
 * unpacked into the folder. Installing them would start a service on 6379 that nobody asked for. Call it under the set-up lock.
 */
export async function fetchRedis(tools, { say }) {
  if ((await findRedis(tools)) !== undefined) return
  if (process.platform !== 'linux' || (await run('apt-get', ['--version'])).code !== 0)
    throw new SetupError(await installSentence())
  say('Fetching a Redis server from the operating system’s packages into .leadsync/tools ...')
  mkdirSync(tools, { recursive: true })
  const work = join(tools, `fetch-${process.pid}`)
  for (const left of readdirSync(tools).filter((entry) => entry.startsWith('fetch-'))) {
    rmSync(join(tools, left), { recursive: true, force: true })
  }
  mkdirSync(work)
  try {
    await fetchWithApt(tools, work)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function fetchWithApt(tools, work) {
  let lastWords = ''
  // The machine's own lists first: no download. A fresh container has none, and old ones name files that are gone: then fresh ones, in our folder.
  for (const lists of [[], privateLists(work)]) {
    if (lists.length > 0) lastWords = (await run('apt-get', [...lists, 'update'])).output
    for (const name of ['redis-server', 'valkey-server']) {
      const failure = await unpack(name, lists, work)
      if (failure === undefined && (await adopt(tools, work, name))) return
      lastWords = failure ?? `The package ${name} of this system is older than 6.2 or does not run.`
    }
  }
  const what = 'Install it with "sudo apt-get install redis-server" (or valkey-server)'
  throw new SetupError(
    `No Redis server could be fetched from the system's packages:\n${lastLines(lastWords, 4)}\n${what}, ${Advice}.`,
  )
}

/** Options that make apt keep its lists and downloads in our folder; the trusted keys and sources stay the machine's. */
function privateLists(work) {
  for (const dir of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(work, 'apt', dir), { recursive: true })
  const places = [`Dir::State::lists=${join(work, 'apt/lists')}`, `Dir::Cache=${join(work, 'apt/cache')}`]
  // As root apt would download as the user _apt, who can't enter a folder below somebody's home.
  const settings = [...places, 'APT::Sandbox::User=root']
  return settings.flatMap((setting) => ['-o', setting])
}

/** Downloads a package with what this machine lacks of its dependencies and unpacks all of it below work/root. Returns apt's words on failure. */
async function unpack(name, lists, work) {
  const plan = await run('apt-get', [...lists, '--simulate', '--no-install-recommends', 'install', name], {
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (plan.code !== 0) return plan.output
  const found = [...plan.stdout.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)/gm)]
  // The C library belongs to the machine's own loader: another one beside it crashes.
  const packages = found
    .filter(([, wanted]) => !/^libc(6|-bin)\b/.test(wanted))
    .map(([, wanted, version]) => `${wanted}=${version}`)
  const debs = join(work, name)
  mkdirSync(debs, { recursive: true })
  const download = await run('apt-get', [...lists, '-o', 'APT::Sandbox::User=root', 'download', ...packages], { cwd: debs })
  if (download.code !== 0) return download.output
  for (const deb of readdirSync(debs).filter((file) => file.endsWith('.deb'))) {
    const unpacked = await run('dpkg-deb', ['-x', join(debs, deb), join(work, 'root')])
    if (unpacked.code !== 0) return unpacked.output
  }
  return undefined
}

/** Moves what was unpacked into place, behind one executable that knows where its libraries are. False when that does not run. */
async function adopt(tools, work, name) {
  if (!existsSync(join(work, 'root', 'usr', 'bin', name))) return false
  mkdirSync(join(work, 'root', 'usr', 'lib'), { recursive: true })
  const triplets = readdirSync(join(work, 'root', 'usr', 'lib')).filter((entry) => entry.includes('-linux-gnu'))
  const libraries = triplets.flatMap((triplet) => [`$here/redis/usr/lib/${triplet}`, `$here/redis/lib/${triplet}`])
  const path = [...libraries, '$here/redis/usr/lib'].join(':')
  rmSync(join(tools, 'redis'), { recursive: true, force: true })
  renameSync(join(work, 'root'), join(tools, 'redis'))
  const draft = join(tools, `redis-server.${process.pid}`)
  const script = `#!/bin/sh
here=$(cd "\${0%/*}" && pwd)
LD_LIBRARY_PATH="${path}" exec "$here/redis/usr/bin/${name}" "$@"
`
  writeFileSync(draft, script)
  chmodSync(draft, 0o755)
  const usable = await isUsable(draft)
  if (usable) renameSync(draft, join(tools, 'redis-server'))
  else rmSync(draft)
  return usable
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
