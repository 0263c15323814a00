import { spawnSync } from 'node:child_process'
import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Instruction {
  readonly word: string
  readonly rest: string
}

/** The instructions of the Dockerfile's last stage: what the image is. */
export function lastStage(text: string): readonly Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
  const all = lines.map((line) => ({ word: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1) }))
  return all.slice(all.findLastIndex(({ word }) => word === 'FROM'))
}

export function envOf(stage: readonly Instruction[]): Readonly<Record<string, string>> {
  const pairs = stage.filter(({ word }) => word === 'ENV').flatMap(({ rest }) => rest.split(' '))
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

/** The array of an instruction in exec form, behind its options. */
export function execForm(stage: readonly Instruction[], word: string): readonly string[] {
  const found = stage.findLast((instruction) => instruction.word === word)
  if (found === undefined) throw new Error(`The Dockerfile has no ${word}.`)
  return JSON.parse(found.rest.slice(found.rest.indexOf('[')))
}

/** What COPY takes from the checkout, each with its place in the image. */
export function copied(stage: readonly Instruction[]): readonly { readonly source: string; readonly target: string }[] {
  const copies = stage.filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from='))
  return copies.flatMap(({ rest }) => {
    const parts = rest.split(' ')
    const target = parts.at(-1) ?? ''
    return parts.slice(0, -1).map((source) => ({ source, target: target.endsWith('/') ? join(target, source) : target }))
  })
}

/** The files below `source` that a clean checkout has, and those that are about to be committed; all that are there where there is no git. */
export function checkedIn(source: string): readonly string[] {
  const isFile = (file: string) => statSync(join(root, file), { throwIfNoEntry: false })?.isFile() === true
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', source]
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  if (status === 0) return stdout.split('\0').filter((file) => file !== '' && isFile(file))
  if (isFile(source)) return [source]
  return readdirSync(join(root, source), { recursive: true, encoding: 'utf8' })
    .map((file) => join(source, file))
    .filter(isFile)
}

/**
 * What `npm ci --omit=dev --omit=optional` leaves: npm goes by the same flags of the lock file. A real one takes half a minute and the
 * registry. Hard links where it is the same disk, because a symbolic link would let a package find the development packages beside it.
 */
export function installProduction(target: string): number {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
  const paths = Object.entries(lock.packages).filter(
    ([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional,
  )
  for (const [path] of paths) link(join(root, path), join(target, path))
  return paths.length
}

interface Locked {
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
}

function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    // A package's own packages have their own entries in the lock file.
    if (entry.name === 'node_modules') continue
    if (entry.isDirectory()) link(join(from, entry.name), join(to, entry.name))
    else linkFile(join(from, entry.name), join(to, entry.name))
  }
}

function linkFile(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

/** Puts the image's files below `target`, as COPY would from a clean checkout. */
export function copyInto(target: string, stage: readonly Instruction[]): void {
  for (const { source, target: place } of copied(stage)) {
    for (const file of checkedIn(source)) {
      const to = join(target, file === source ? (place === './' ? source : place) : join(place, file.slice(source.length)))
      mkdirSync(dirname(to), { recursive: true })
      copyFileSync(join(root, file), to)
    }
  }
}
