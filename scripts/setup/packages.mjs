import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lastLines, run } from './run.mjs'
import { SetupError } from './setup-error.mjs'

/**
 * Whether node_modules is what package-lock.json says: a digest of the lock file and of npm's own record of the last install, left by the last
 * set-up. Times are no evidence: git sets them as it likes.
 */
export function packagesAreCurrent(root) {
  const expected = digest(root)
  return expected !== undefined && readIfThere(marker(root)) === expected
}

/** Brings node_modules to package-lock.json. Call it under the set-up lock. Throws a SetupError with npm's last words. */
export async function installPackages(root, { say, guard }) {
  if (packagesAreCurrent(root)) return
  if (!installedByHand(root)) await npmCi(root, { say, guard })
  writeFileSync(`${marker(root)}.new`, digest(root) ?? '')
  renameSync(`${marker(root)}.new`, marker(root))
}

async function npmCi(root, { say, guard }) {
  say('Installing the packages of package-lock.json (npm ci) ...')
  // Scripts are off because none is needed, and newer npm asks a person to approve them. Optional packages are asked for because one of them
  // brings the Node binary; the engine is not checked because that binary is how an older Node gets a new one.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--engine-strict=false']
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const cli = process.env.npm_execpath
  const throughNode = cli?.endsWith('npm-cli.js') && existsSync(cli)
  const command = throughNode ? [process.execPath, cli] : ['npm']
  const result = await run(command[0], [...command.slice(1), ...args, ...quiet], { cwd: root, started: guard })
  if (result.code === 0) return
  const advice =
    'Check that this machine reaches your npm registry, then run the command again. npm keeps the whole story in ~/.npm/_logs.'
  throw new SetupError(`npm ci could not install Leadsync's packages:\n${lastLines(result.output, 6)}\n${advice}`, 1)
}

/** Somebody ran `npm ci` or `npm install` themselves and npm's record agrees with the lock file: nothing to do again. */
function installedByHand(root) {
  const wanted = readLock(join(root, 'package-lock.json'))
  const found = readLock(record(root))
  if (wanted === undefined || found === undefined) return false
  return Object.entries(wanted).every(([path, entry]) => path === '' || isSatisfied(entry, found[path]))
}

function isSatisfied(entry, installed) {
  if (installed !== undefined) return installed.version === entry.version && installed.integrity === entry.integrity
  return entry.optional === true && !isMadeForThisMachine(entry)
}

/** Optional packages that name no platform come along with one that does, or npm could do without them: their absence says nothing. */
function isMadeForThisMachine({ os, cpu, libc }) {
  if (!os?.includes(process.platform) || !cpu?.includes(process.arch)) return false
  return libc === undefined || libc.includes(isGlibc() ? 'glibc' : 'musl')
}

function isGlibc() {
  return process.report.getReport().header.glibcVersionRuntime !== undefined
}

function digest(root) {
  const lock = readIfThere(join(root, 'package-lock.json'))
  const installed = readIfThere(record(root))
  if (lock === undefined || installed === undefined) return undefined
  return createHash('sha256')
    .update(`${process.platform} ${process.arch}\n`)
    .update(lock)
    .update('\n')
    .update(installed)
    .digest('hex')
}

function readLock(file) {
  const text = readIfThere(file)
  return text === undefined ? undefined : JSON.parse(text).packages
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function record(root) {
  return join(root, 'node_modules', '.package-lock.json')
}

function marker(root) {
  return join(root, 'node_modules', '.leadsync-setup')
}
