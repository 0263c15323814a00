import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const self = fileURLToPath(import.meta.url)

interface Line {
  readonly at: string
  readonly text: string
}

function linesBelow(folders: readonly string[], except: readonly string[] = []): Line[] {
  return folders.flatMap(filesBelow).flatMap((file) => {
    const name = relative(root, file)
    if (file === self || except.some((prefix) => name.startsWith(prefix))) return []
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((text, index) => ({ at: `${name}:${index + 1}`, text }))
  })
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /\.(ts|mjs|lua|md|ya?ml)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
}

function matches(lines: readonly Line[], pattern: RegExp): string[] {
  return lines.filter(({ text }) => pattern.test(text)).map(({ at, text }) => `${at} ${text.trim()}`)
}

const product = ['src', 'connectors']
const everything = [...product, 'test', 'bench', 'scripts', 'config', 'docs']

interface Rule {
  readonly sentence: string
  readonly lines: Line[]
  readonly pattern: RegExp
  /** A line that breaks the rule: a pattern that matches nothing would be content with everything. */
  readonly broken: string
}

/** In pieces: this file is searched, too. */
const RegistryHosts = [
  ['registry', 'npmjs', 'org'],
  ['deb', 'debian', 'org'],
].map((parts) => parts.join('.'))

const rules: readonly Rule[] = [
  {
    sentence: 'nothing is exported as default',
    lines: linesBelow(everything),
    pattern: /^\s*export default\b|\bas default\b/,
    broken: 'export default {}',
  },
  {
    sentence: 'there are no enums',
    lines: linesBelow(everything),
    pattern: /^\s*(export )?(declare )?(const )?enum \w/,
    broken: 'export const enum A {}',
  },
  {
    sentence: 'the environment is read in src/config only',
    lines: linesBelow(product, ['src/config/']),
    pattern: /\bprocess\.env\b|\bimport\b.*\benv\b.*from 'node:process'/,
    broken: 'const url = process.env.URL',
  },
  {
    sentence: 'no test is skipped, left for later or run alone',
    lines: linesBelow(['test']),
    pattern:
      /\b(it|test|describe|suite|bench)(\.\w+)*\.(skip|only|todo|skipIf|runIf|fails)\b|^\s*(xit|xdescribe|fit|fdescribe)\(/,
    broken: "it.skip('x', () => {})",
  },
  {
    sentence: 'nothing is marked for later',
    lines: linesBelow(everything),
    pattern: /(\/\/|\/?\*|#|--|<!--)\s*(TODO|FIXME|XXX|HACK)\b/,
    broken: '// TODO later',
  },
  {
    sentence: 'no path of somebody’s machine is written down',
    lines: linesBelow(everything),
    pattern: /(^|[\s'"`(=:])(\/work|\/root|\/home\/\w+|\/Users\/\w+)(\/|$)|\b[A-Z]:\\\w/,
    broken: 'cd /home/jane/leadsync',
  },
  {
    sentence: 'no registry or mirror is written down',
    lines: linesBelow(everything),
    pattern: new RegExp(`${RegistryHosts.join('|').replaceAll('.', '\\.')}|artifact-?registry|\\.pkg\\.dev\\b`, 'i'),
    broken: `npm ci --registry https://${RegistryHosts[0]}`,
  },
  {
    sentence: 'nothing asserts that a value is not null',
    lines: linesBelow(product),
    pattern: /[\w\])]!(\.|\[|;|,|\)|$)/,
    broken: 'return lead!.id',
  },
]

describe('the house style', () => {
  it.each(rules)('$sentence', ({ lines, pattern }) => {
    expect(matches(lines, pattern)).toEqual([])
  })

  it.each(rules)('is checked by a pattern that can match: $sentence', ({ pattern, broken }) => {
    expect(pattern.test(broken)).toBe(true)
  })

  it('is asked of all the code', () => {
    expect(new Set(linesBelow(everything).map(({ at }) => at.split(':')[0])).size).toBeGreaterThan(100)
  })
})
