import { realpathSync, unlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.mjs'
import { SetupError } from './setup-error.mjs'

const Needed = [22, 19]

/** True for 'v22.19.0' and everything newer. */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major > Needed[0] || (major === Needed[0] && minor >= Needed[1])
}

/** Where npm scripts look for `node`, in their order: the packages' own, then the PATH. */
function candidates(root, path) {
  return [join(root, 'node_modules', '.bin'), ...path.split(delimiter).filter((dir) => dir !== '')].map((dir) =>
    join(dir, 'node'),
  )
}

/**
 * Checks that the `node` which npm scripts will find is new enough. Throws a SetupError saying what to install. Costs nothing when this very
 * process runs on that node, which is the rule from the second command on.
 */
export async function checkNode(root, path = process.env.PATH ?? '') {
  const packaged = join(root, 'node_modules', '.bin', 'node')
  for (const candidate of candidates(root, path)) {
    const file = resolveLink(candidate)
    if (file === undefined) continue
    const version = file === realpathSync(process.execPath) ? process.version : await versionOf(file)
    if (version !== undefined && isNewEnough(version)) return
    if (candidate !== packaged) throw new SetupError(sentence(version ?? 'one that does not run'))
    // The packaged binary is linked against glibc. On musl, or an old glibc, it doesn't run and, being first on the PATH, would hide one that does.
    unlinkSync(packaged)
  }
  throw new SetupError(sentence('none'))
}

function resolveLink(file) {
  try {
    return realpathSync(file)
  } catch {
    return undefined
  }
}

async function versionOf(file) {
  const { code, stdout } = await run(file, ['--version'])
  return code === 0 ? stdout.trim() : undefined
}

/** What to install, in one sentence per platform. `found` is the version that is there, or `none`. */
function sentence(found) {
  const { platform } = process
  const intro = `Leadsync needs Node ${Needed.join('.')} or newer, found ${found}, and npm has no ready binary for this machine (${platform} ${process.arch}).`
  if (platform === 'darwin')
    return `${intro} Install one with "brew install node@24" or from https://nodejs.org/, then run the command again.`
  if (platform === 'linux')
    return `${intro} Install Node 24 from your distribution (Alpine: "apk add nodejs") or from https://nodejs.org/, then run the command again.`
  return `${intro} Install Node 24 from https://nodejs.org/, then run the command again.`
}
