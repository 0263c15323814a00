#!/usr/bin/env node
// The `leadsync` command. Plain JavaScript for Node 18: an older Node gets this far and no further, and is replaced by the one in node_modules.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { isNewEnough } from './setup/node-version.mjs'

const Leash = 'LEADSYNC_LEASH'
const packagedNode = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))

/**
 * Node can't replace its own process, so the newer one is a child. Its life hangs on the channel between the two: killing this process with -9
 * must kill the daemon, too, or whoever starts it again finds its ports taken.
 */
function continueOnPackagedNode() {
  const child = spawn(packagedNode, process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [Leash]: '1' },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', () => refuse())
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 9)
  })
}

function dieWithParent() {
  delete process.env[Leash]
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel?.unref()
}

function refuse() {
  console.error(
    `leadsync needs Node 22.19 or newer, this is ${process.version}. Run "node scripts/setup.mjs" in its folder, or install Node 24.`,
  )
  process.exitCode = 2
}

if (isNewEnough(process.version)) {
  if (process.env[Leash]) dieWithParent()
  // Stripping types and compiling is half of a start. Not in the temporary folder, where others of this machine could put code of theirs;
  // where node_modules can't be written to, there is simply no cache.
  module.enableCompileCache?.(fileURLToPath(new URL('../node_modules/.cache/leadsync', import.meta.url)))
  const { endAtCrash } = await import('../src/cli/crash.ts')
  endAtCrash(process.argv[2] ?? '')
  const { main } = await import('../src/cli/main.ts')
  process.exitCode = await main(process.argv.slice(2))
} else if (existsSync(packagedNode)) {
  continueOnPackagedNode()
} else {
  refuse()
}
