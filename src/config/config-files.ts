import { readdirSync, readFileSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { Surroundings } from './interpolate.ts'
import type { Problem } from './problem.ts'
import { readYaml, type YamlSource } from './yaml-source.ts'

/** Queue names, metrics and Redis keys carry it. */
const CrmName = /^[a-z][a-z0-9-]{0,30}$/
const NameRule = 'the name must be NAME.yaml: a letter a-z, then up to 30 of a-z, 0-9 and -; rename or remove it'

/** Which CRMs there are. A file that looks like a CRM but can't be one is an error, since its leads would silently go nowhere. */
export function listCrmFiles(dir: string): { names: readonly string[]; problems: readonly Problem[] } {
  let entries: string[]
  try {
    entries = readdirSync(dir).sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { names: [], problems: [] }
    return { names: [], problems: [fileProblem(dir, `the directory can't be read: ${reason(error)}`)] }
  }
  const names: string[] = []
  const problems: Problem[] = []
  for (const entry of entries) {
    if (entry.startsWith('.') || !/\.ya?ml$/i.test(entry)) continue
    const name = entry.replace(/\.ya?ml$/i, '')
    if (entry === `${name}.yaml` && CrmName.test(name)) names.push(name)
    else problems.push(fileProblem(join(dir, entry), NameRule))
  }
  return { names, problems }
}

/** A file as data with its places, or why it can't be opened. */
export function readSource(file: string, surroundings: Surroundings): YamlSource | Problem[] {
  try {
    return readYaml(shown(file), readFileSync(file, 'utf8'), surroundings)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return [fileProblem(file, `can't be read: ${reason(error)}`)]
    return [fileProblem(file, 'there is no such file; create it, or name its directory with --config DIR')]
  }
}

/** For `${file:PATH}`; `written` is the path as the person wrote it. */
export function readSecret(file: string, written: string): { text: string } | { problem: string } {
  try {
    return { text: readFileSync(file, 'utf8') }
  } catch (error) {
    return { problem: `the file ${written} of \${file:…} can't be read: ${reason(error)}` }
  }
}

function fileProblem(file: string, message: string): Problem {
  return { file: shown(file), line: null, column: null, key: '', message }
}

/** Relative to the working directory where it is below it: that is what a person typed and an editor opens. */
function shown(file: string): string {
  const path = relative('', file)
  return path.startsWith('..') || isAbsolute(path) ? resolve(file) : path
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}

function reason(error: unknown): string {
  const code = codeOf(error)
  if (code === undefined) throw error
  return Reasons[code] ?? code
}

const Reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a directory',
  ENOTDIR: 'it, or a part of its path, is no directory',
}
