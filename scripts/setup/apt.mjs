import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.mjs'

/** Whether this is a system with apt. */
export async function hasApt() {
  return process.platform === 'linux' && (await run('apt-get', ['--version'])).code === 0
}

/**
 * Puts a program into `tools` out of the operating system's packages, without root and without installing anything: the packages are unpacked
 * into the folder. Installing them might start a service that nobody asked for. Call it under the set-up lock.
 *
 * `wanted`: `name` of the executable in `tools`, `packages` to try in their order, `program(package)` the file inside it, `isUsable(file)`,
 * `leaveOut` a pattern of packages that are not needed, `prelude(folder)` shell lines to go before it. Returns undefined when it is there, else apt's last words.
 */
export async function fetchWithApt(tools, wanted) {
  mkdirSync(tools, { recursive: true })
  for (const left of readdirSync(tools).filter((entry) => entry.startsWith('fetch-'))) {
    rmSync(join(tools, left), { recursive: true, force: true })
  }
  const work = join(tools, `fetch-${process.pid}`)
  mkdirSync(work)
  try {
    return await fetchInto(tools, work, wanted)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function fetchInto(tools, work, wanted) {
  let lastWords = ''
  // The machine's own lists first: no download. A fresh container has none, and old ones name files that are gone: then fresh ones, in our folder.
  for (const lists of [[], privateLists(work)]) {
    if (lists.length > 0) lastWords = (await run('apt-get', [...lists, 'update'])).output
    for (const name of wanted.packages) {
      const failure = await unpack(name, lists, work, wanted.leaveOut)
      if (failure === undefined && (await adopt(tools, work, name, wanted))) return undefined
      lastWords = failure ?? `The package ${name} of this system is too old or does not run.`
    }
  }
  return lastWords
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
async function unpack(name, lists, work, leaveOut) {
  const plan = await run('apt-get', [...lists, '--simulate', '--no-install-recommends', 'install', name], {
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (plan.code !== 0) return plan.output
  const found = [...plan.stdout.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)/gm)]
  // The C library belongs to the machine's own loader: another one beside it crashes.
  const packages = found
    .filter(([, wanted]) => !/^libc(6|-bin)\b/.test(wanted) && leaveOut?.test(wanted) !== true)
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
async function adopt(tools, work, unpacked, { name, program, isUsable, prelude = () => '' }) {
  const folder = `${name}.files`
  if (!existsSync(join(work, 'root', program(unpacked)))) return false
  const libraries = libraryFolders(join(work, 'root')).map((path) => `$here/${folder}/${path}`)
  rmSync(join(tools, folder), { recursive: true, force: true })
  renameSync(join(work, 'root'), join(tools, folder))
  const draft = join(tools, `${name}.${process.pid}`)
  const script = `#!/bin/sh
here=$(cd "\${0%/*}" && pwd)
${prelude(`$here/${folder}`)}LD_LIBRARY_PATH="${libraries.join(':')}" exec "$here/${folder}/${program(unpacked)}" "$@"
`
  writeFileSync(draft, script)
  chmodSync(draft, 0o755)
  const usable = await isUsable(draft)
  if (usable) renameSync(draft, join(tools, name))
  else rmSync(draft)
  return usable
}

/** Every folder with a shared library in it, since some packages keep theirs one level down (libpulse0). Paths are relative to `root`. */
function libraryFolders(root) {
  const folders = new Set()
  for (const top of ['usr/lib', 'lib'].filter((path) => existsSync(join(root, path)))) {
    for (const path of readdirSync(join(root, top), { recursive: true })) {
      if (/\.so(\.[\d.]+)?$/.test(path)) folders.add(join(top, path, '..'))
    }
  }
  return [...folders].sort()
}
