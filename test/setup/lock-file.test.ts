import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Entry {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

function json(file: string) {
  return JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))
}

const packages: Readonly<Record<string, Entry>> = json('package-lock.json').packages

/** Where node resolves `name` from the package at `path`, among the packages of the lock file. */
function resolved(path: string, name: string): string | undefined {
  for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    const candidate = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`
    if (packages[candidate] !== undefined) return candidate
    if (from === '') return undefined
  }
}

describe('package-lock.json', () => {
  it('names every optional package, also those for other machines: npm ci refuses a lock file with gaps', () => {
    const optional = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).map((name) => ({ path, name })),
    )
    expect(optional.length).toBeGreaterThan(20)
    expect(optional.filter(({ path, name }) => resolved(path, name) === undefined)).toEqual([])
  })

  it('names no registry', () => {
    expect(Object.values(packages).filter((entry) => entry.resolved !== undefined)).toEqual([])
  })
})

describe('package.json', () => {
  it('pins exact versions', () => {
    const { dependencies, devDependencies, optionalDependencies } = json('package.json')
    const versions = Object.entries<string>({ ...dependencies, ...devDependencies, ...optionalDependencies })
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })
})
