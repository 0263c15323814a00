import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

// A folder with nothing but our scripts, and a PATH with nothing but programs of ours that play npm, apt and Redis: every machine is the same
// bare machine, and no test installs anything.
const source = fileURLToPath(new URL('../..', import.meta.url))

let root: string
let bin: string

beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'leadsync setup ')), 'clone')
  bin = join(root, '..', 'bin')
  mkdirSync(bin)
  cpSync(join(source, 'scripts'), join(root, 'scripts'), { recursive: true })
  writeFileSync(join(root, 'package.json'), JSON.stringify({ type: 'module', packageManager: 'none' }))
  lock('1.0.0')
  symlinkSync(process.execPath, join(bin, 'node'))
  program('npm', `${installing}; log()`)
  program('redis-server', `console.log('Redis server v=7.0.15 sha=0')`)
})

afterEach(() => rmSync(join(root, '..'), { recursive: true, force: true }))

const installing = `
  const { cpSync, mkdirSync } = require('node:fs')
  mkdirSync('node_modules', { recursive: true })
  cpSync('package-lock.json', 'node_modules/.package-lock.json')`

/** Writes a program onto the PATH. `log()` in it notes its arguments, for `calls`. */
function program(name: string, body: string): void {
  const file = join(bin, name)
  const log = `const log = () => require('node:fs').appendFileSync(${JSON.stringify(`${file}.log`)}, JSON.stringify(process.argv.slice(2)) + '\\n')`
  writeFileSync(file, `#!${process.execPath}\n${log}\n${body}\n`)
  chmodSync(file, 0o755)
}

function calls(name: string): string[][] {
  const file = join(bin, `${name}.log`)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}

function lock(version: string): void {
  const packages = {
    '': {},
    'node_modules/here': { version },
    'node_modules/elsewhere': { version, optional: true, os: ['plan9'], cpu: ['mips'] },
  }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }))
}

interface Apt {
  /** Whether the machine's own package lists are there; a fresh container has none. */
  readonly hasLists: boolean
  readonly packages: readonly string[]
}

/** apt-get and dpkg-deb that know `packages`, each with one library. */
function playApt({ hasLists, packages }: Apt): void {
  program(
    'apt-get',
    `log()
    const { existsSync, writeFileSync } = require('node:fs')
    const args = process.argv.slice(2)
    const lists = args.find((arg) => arg.startsWith('Dir::State::lists='))?.split('=')[1]
    const name = args.at(-1)
    if (args.includes('update')) writeFileSync(lists + '/fresh', '')
    if (args.includes('--simulate')) {
      const known = ${JSON.stringify(packages)}.includes(name) && (${hasLists} || existsSync(lists + '/fresh'))
      if (!known) console.error('E: Unable to locate package ' + name)
      else console.log('Inst libc6 [2.1] (2.2 Debian [amd64])\\nInst liblzf1 (3.6-3 Debian [amd64])\\nInst ' + name + ' (5:7.0 Debian [amd64])')
      process.exit(known ? 0 : 100)
    }
    if (args.includes('download')) for (const arg of args.filter((one) => one.includes('=') && !one.includes('::'))) {
      if (arg.startsWith('libc6')) process.exit(100)
      writeFileSync(arg.split('=')[0] + '_1_amd64.deb', '')
    }`,
  )
  program(
    'dpkg-deb',
    `const { mkdirSync, writeFileSync } = require('node:fs')
    const [, deb, root] = process.argv.slice(2)
    const name = require('node:path').basename(deb).split('_')[0]
    mkdirSync(root + '/usr/bin', { recursive: true })
    mkdirSync(root + '/usr/lib/x86_64-linux-gnu', { recursive: true })
    writeFileSync(root + '/usr/lib/x86_64-linux-gnu/lib' + name + '.so.1', '')
    mkdirSync(root + '/usr/lib/chromium', { recursive: true })
    writeFileSync(root + '/usr/lib/chromium/' + name, '#!/bin/sh\\n[ -d "\${LD_LIBRARY_PATH%%:*}" ] && echo "Chromium 150.0.1.2"\\n', { mode: 0o755 })
    const server = '#!/bin/sh\\n[ -d "\${LD_LIBRARY_PATH%%:*}" ] && echo "Redis server v=7.0.15 sha=0"\\n'
    writeFileSync(root + '/usr/bin/' + name, server, { mode: 0o755 })`,
  )
}

function runTool(): string {
  return execFileSync(join(root, '.leadsync', 'tools', 'redis-server'), ['--version'], { encoding: 'utf8' })
}

interface Run {
  readonly code: number | null
  readonly said: string
}

function setUp(args: readonly string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, 'scripts', 'setup.mjs'), ...args], { cwd: '/', env: { PATH: bin, ...env } })
  const done = new Promise<Run>((resolve) => {
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    child.on('close', (code) => resolve({ code, said }))
  })
  return { child, done }
}

describe('the packages', () => {
  it('are installed when they are missing, and the next run is silent and takes under two seconds', async () => {
    expect(await setUp().done).toEqual({ code: 0, said: expect.stringContaining('npm ci') })
    const start = performance.now()
    expect(await setUp().done).toEqual({ code: 0, said: '' })
    expect(performance.now() - start).toBeLessThan(2_000)
    expect(calls('npm').map(([command]) => command)).toEqual(['ci'])
  })

  it('are installed without scripts, which newer npm wants approved, and with the optional ones, which bring Node', async () => {
    await setUp().done
    expect(calls('npm')[0]).toEqual(expect.arrayContaining(['--ignore-scripts', '--include=optional', '--include=dev']))
  })

  it('are installed again when the lock file changes, not when it is only touched', async () => {
    await setUp().done
    utimesSync(join(root, 'package-lock.json'), new Date(), new Date())
    await setUp().done
    expect(calls('npm')).toHaveLength(1)
    lock('1.0.1')
    await setUp().done
    expect(calls('npm')).toHaveLength(2)
  })

  it('are installed again when somebody else’s install left other versions', async () => {
    await setUp().done
    writeFileSync(
      join(root, 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/here': { version: '0.9.0' } } }),
    )
    await setUp().done
    expect(calls('npm')).toHaveLength(2)
  })

  it('are left alone when somebody installed them by hand', async () => {
    mkdirSync(join(root, 'node_modules'))
    writeFileSync(
      join(root, 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/here': { version: '1.0.0' } } }),
    )
    expect(await setUp().done).toEqual({ code: 0, said: '' })
    expect(calls('npm')).toEqual([])
  })

  it('that cannot be installed are a sentence with npm’s last words, and no host of a registry', async () => {
    program('npm', `console.error('npm error request to https://user:secret@registry.corp.example/here failed'); process.exit(1)`)
    const { code, said } = await setUp().done
    expect(code).toBe(1)
    expect(said).toContain('npm ci could not install')
    expect(said).toContain('request to <host>/here failed')
    expect(said).not.toMatch(/corp|secret/)
  })

  it('are installed once by two set-ups at the same time', async () => {
    program('npm', `setTimeout(() => { ${installing}; log() }, 300)`)
    const [a, b] = await Promise.all([setUp().done, setUp().done])
    expect([a.code, b.code]).toEqual([0, 0])
    expect(calls('npm')).toHaveLength(1)
  })

  it('are not touched by a second set-up while the npm of a killed one still works', async () => {
    program('npm', `log(); setTimeout(() => { ${installing} }, 600)`)
    const first = setUp()
    await expect.poll(() => calls('npm').length).toBe(1)
    first.child.kill('SIGKILL')
    expect((await setUp().done).code).toBe(0)
    expect(calls('npm')).toHaveLength(1)
  })

  it('are installed by the next set-up when one was killed with its npm', async () => {
    program('npm', `log(); setTimeout(() => {}, 60_000)`)
    const first = setUp()
    await expect.poll(() => calls('npm').length).toBe(1)
    const lockFile = join(root, '.leadsync', 'tools', 'setup', 'lock.1')
    await expect.poll(() => readFileSync(lockFile, 'utf8').trim().split('\n').length).toBe(2)
    const [, npm = ''] = readFileSync(lockFile, 'utf8').split('\n')
    first.child.kill('SIGKILL')
    process.kill(Number(npm.split(' ')[0]), 'SIGKILL')
    program('npm', `${installing}; log()`)
    expect((await setUp().done).code).toBe(0)
    expect(calls('npm')).toHaveLength(2)
  })
})

describe('Node', () => {
  it('that npm scripts would find, too old, is a sentence on what to install', async () => {
    rmSync(join(bin, 'node'))
    program('node', `console.log('v20.1.0')`)
    const { code, said } = await setUp().done
    expect(code).toBe(2)
    expect(said).toMatch(/needs Node 22\.19 or newer, found v20\.1\.0, .* Install/)
  })

  it('from the packages that does not run here makes way for the one on the PATH', async () => {
    program(
      'npm',
      `${installing}; mkdirSync('node_modules/.bin'); require('node:fs').writeFileSync('node_modules/.bin/node', '', { mode: 0o755 }); log()`,
    )
    expect((await setUp().done).code).toBe(0)
    expect(existsSync(join(root, 'node_modules', '.bin', 'node'))).toBe(false)
  })

  it('from the packages is preferred to an older one on the PATH', async () => {
    rmSync(join(bin, 'node'))
    program('node', `console.log('v20.1.0')`)
    program(
      'npm',
      `${installing}; mkdirSync('node_modules/.bin'); require('node:fs').symlinkSync(process.execPath, 'node_modules/.bin/node'); log()`,
    )
    expect((await setUp().done).code).toBe(0)
  })
})

describe('Redis', () => {
  it.each([
    ['brew', 'brew install valkey'],
    ['dnf', 'dnf install valkey'],
    ['apk', 'apk add valkey'],
  ])('on a machine with %s is a sentence: %s', async (name, sentence) => {
    rmSync(join(bin, 'redis-server'))
    program(name, '')
    const { code, said } = await setUp().done
    expect(code).toBe(2)
    expect(said).toContain(sentence)
    expect(said).toContain('REDIS_URL')
  })

  it('older than 6.2 on the PATH does not do', async () => {
    program('redis-server', `console.log('Redis server v=6.0.16 sha=0')`)
    expect((await setUp().done).code).toBe(2)
  })

  it('may be a Valkey', async () => {
    rmSync(join(bin, 'redis-server'))
    program('valkey-server', `console.log('Valkey server v=8.0.2 sha=0')`)
    expect((await setUp().done).code).toBe(0)
  })

  it('of somebody else is enough for the demo, never for the tests', async () => {
    rmSync(join(bin, 'redis-server'))
    expect((await setUp([], { REDIS_URL: 'redis://127.0.0.1:1' }).done).code).toBe(0)
    expect((await setUp(['--own-redis'], { REDIS_URL: 'redis://127.0.0.1:1' }).done).code).toBe(2)
  })

  it('comes out of the system’s packages without being installed', async () => {
    if (process.platform !== 'linux') return
    rmSync(join(bin, 'redis-server'))
    playApt({ hasLists: true, packages: ['redis-server'] })
    expect((await setUp().done).code).toBe(0)
    expect(runTool()).toContain('v=7.0.15')
    expect(calls('apt-get').filter((args) => args.includes('install') && !args.includes('--simulate'))).toEqual([])
    expect(await setUp().done).toEqual({ code: 0, said: '' })
  })

  it('is a Valkey where the system has no Redis, with lists fetched into our own folder', async () => {
    if (process.platform !== 'linux') return
    rmSync(join(bin, 'redis-server'))
    playApt({ hasLists: false, packages: ['valkey-server'] })
    expect((await setUp().done).code).toBe(0)
    expect(runTool()).toContain('v=7.0.15')
    const updates = calls('apt-get').filter((args) => args.includes('update'))
    expect(updates.map((args) => args.some((arg) => arg.includes(join(root, '.leadsync', 'tools'))))).toEqual([true])
  })

  it('that cannot be fetched is a sentence with apt’s last words, and leaves nothing behind', async () => {
    if (process.platform !== 'linux') return
    rmSync(join(bin, 'redis-server'))
    playApt({ hasLists: true, packages: [] })
    const { code, said } = await setUp().done
    expect(code).toBe(2)
    expect(said).toMatch(/Unable to locate package valkey-server.*apt-get install redis-server/s)
    expect(existsSync(join(root, '.leadsync', 'tools', 'redis-server'))).toBe(false)
  })
})

describe('a browser', () => {
  it('is nobody’s need but the tests’', async () => {
    expect(await setUp().done).toEqual({ code: 0, said: expect.not.stringContaining('Chromium') })
  })

  it('comes out of the system’s packages without being installed', async () => {
    if (process.platform !== 'linux') return
    playApt({ hasLists: true, packages: ['chromium'] })
    expect(await setUp(['--need-browser']).done).toEqual({
      code: 0,
      said: expect.stringContaining('Fetching a headless Chromium'),
    })
    expect(execFileSync(join(root, '.leadsync', 'tools', 'chromium'), { encoding: 'utf8' })).toContain('150.0.1.2')
    expect(await setUp(['--browser']).done).toEqual({ code: 0, said: '' })
  })

  it('that is on the PATH is taken', async () => {
    program('google-chrome', `console.log('Google Chrome 150.0.1.2')`)
    expect(await setUp(['--need-browser']).done).toEqual({ code: 0, said: expect.not.stringContaining('Chromium') })
  })

  it('that cannot be had is a sentence for npm test and the end for .ci/run', async () => {
    program('chromium', `console.error('Command requires the chromium snap to be installed.'); process.exit(1)`)
    expect(await setUp(['--browser']).done).toEqual({
      code: 0,
      said: expect.stringMatching(/test\/browser need a Chromium\. Install .*Going on without/s),
    })
    expect((await setUp(['--need-browser']).done).code).toBe(2)
  })
})
