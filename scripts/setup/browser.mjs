import { join } from 'node:path'
import { fetchWithApt, hasApt } from './apt.mjs'
import { lastLines, run } from './run.mjs'
import { SetupError } from './setup-error.mjs'

const Programs = ['chromium-headless-shell', 'chromium', 'google-chrome']

/** The executable of a Chromium: on the PATH, else the one an earlier set-up put into `tools`; undefined when there is none. */
export async function findBrowser(tools) {
  for (const file of [...Programs, join(tools, 'chromium')]) {
    if (await isUsable(file)) return file
  }
  return undefined
}

/** Ubuntu's `chromium` is a note that one should install the snap: it is there and does not run. */
async function isUsable(file) {
  const { code, stdout } = await run(file, ['--version'])
  return code === 0 && /\b\d+\.\d+\.\d+\.\d+\b/.test(stdout)
}

/**
 * Puts a headless Chromium into `tools` out of the operating system's packages; playwright's own download would come from a host that is
 * neither npm's nor the system's. Call it under the set-up lock. Throws a SetupError that says what to install.
 */
export async function fetchBrowser(tools, { say }) {
  if ((await findBrowser(tools)) !== undefined) return
  const how = 'Install Chromium or Chrome so that "chromium" or "google-chrome" is on the PATH'
  const none = 'The tests in test/browser need a Chromium'
  if (!(await hasApt())) throw new SetupError(`${none}. ${how}.`)
  say('Fetching a headless Chromium from the operating system’s packages into .leadsync/tools ...')
  const lastWords = await fetchWithApt(tools, {
    name: 'chromium',
    packages: ['chromium-headless-shell', 'chromium'],
    program: (name) => `usr/lib/chromium/${name}`,
    isUsable,
    // A bare container has neither fonts nor a list of them, and a page without letters can't be looked at: these come along.
    prelude: (folder) => `[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_SYSROOT="${folder}"\n`,
    // What opens links on a desktop draws in a compiler of shaders, half of the whole download.
    leaveOut: /^(xdg-utils|x11-utils|libgl1-mesa-dri|libllvm\d+|libz3-4)\b/,
  })
  if (lastWords === undefined) return
  throw new SetupError(`${none}, and none could be fetched from the system's packages:\n${lastLines(lastWords, 4)}\n${how}.`)
}
