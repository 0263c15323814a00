import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { connectors } from '../../connectors/registry.ts'
import { root } from '../kit/image.ts'

const kinds = Object.keys(connectors)
const suite = 'test/connectors/contract'
// `it('…'`, `it.each(table)('…'`, `it.concurrent.each([…])('…'`, over several lines too.
const Title = /\bit(?:\.\w+)*(?:\((?:[^()]|\([^()]*\))*\))?\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

function readme(kind: string): string {
  return read(`connectors/${kind}/readme.md`)
}

function headings(text: string): string[] {
  return [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading)
}

/** A title without what stands for something else in each case. */
function plain(title: string): string {
  return title.replaceAll(/\$\{[^}]*\}|\$\w+|%[sji]/g, '…')
}

describe('the readmes of the connectors', () => {
  it.each(kinds)('%s has the shape of all of them', (kind) => {
    expect(headings(readme(kind))).toEqual([
      'The first hour',
      'Least privileges',
      'Settings',
      'How a person is found',
      'How it is written',
      'Beside the record',
      'The mapping',
      'Field types',
      'Limits',
      'What it never does',
      'Not verified',
    ])
  })

  it.each(kinds)('%s explains every setting that its kind of CRM adds', (kind) => {
    const settings = connectors[kind as keyof typeof connectors].settings.shape
    expect(Object.keys(settings).filter((key) => !readme(kind).includes(`\`${key}`))).toEqual([])
  })

  it.each(kinds)('%s names every field that the shipped file writes', (kind) => {
    const { mapping } = parse(read(`config/crm/${kind}.yaml`)) as { mapping: Record<string, Record<string, unknown>> }
    const [, table = ''] = /^## The mapping\n(.*?)^## /ms.exec(readme(kind)) ?? []
    const names = [...new Set(Object.values(mapping).flatMap((fields) => Object.keys(fields)))]
    expect(names.length).toBeGreaterThan(12)
    // `…_action` stands for a name that begins as the one before it does.
    const isNamed = (name: string) =>
      table.includes(`\`${name}\``) || [...table.matchAll(/`…(_\w+)`/g)].some(([, end = '']) => name.endsWith(end))
    expect(names.filter((name) => !isNamed(name))).toEqual([])
  })
})

describe('the comparison of the connectors', () => {
  const page = read('docs/connectors.md')

  it('has a row for each test of the contract suite, and none for what is not tested', () => {
    const files = readdirSync(join(root, suite)).filter((file) => file.endsWith('.ts'))
    const titles = files.flatMap((file) => [...read(`${suite}/${file}`).matchAll(Title)].map(([, , title = '']) => plain(title)))
    const rows = page
      .split(/^## /m)
      .slice(1)
      .flatMap((section) => [...section.matchAll(/^\| (.+?) \|/gm)].map(([, first = '']) => first))
      .filter((first) => first !== 'the suite says' && first !== '---')
    expect(titles.length).toBeGreaterThan(50)
    expect(rows.toSorted()).toEqual([...new Set(titles)].toSorted())
  })

  it('has the sections of the suite, in their order', () => {
    const sections = [...read('test/connectors/contract.ts').matchAll(/describe\('([^']+)'/g)].map(([, name = '']) => name)
    expect(headings(page)).toEqual(sections)
  })

  it('has a column for each connector', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('|'))
    expect(new Set(rows.map((row) => row.split(/(?<!\\)\|/).length - 2))).toEqual(new Set([kinds.length + 1]))
  })
})
