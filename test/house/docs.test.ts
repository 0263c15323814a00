import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkedIn, root } from '../kit/image.ts'

const pages = [...checkedIn('README.md'), ...checkedIn('docs')].filter((file) => file.endsWith('.md'))

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

describe('the documentation', () => {
  it.each(pages)('%s links to nothing that is not there', (page) => {
    const targets = [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '')
    const missing = targets.filter((target) => !/^https?:/.test(target) && !existsSync(join(root, dirname(page), target)))
    expect(missing).toEqual([])
  })

  it('is all linked from the README', () => {
    const readme = read('README.md')
    const docs = pages.filter((page) => page.startsWith('docs/'))
    expect(docs.length).toBeGreaterThan(5)
    expect(docs.filter((page) => !readme.includes(`](${page})`))).toEqual([])
  })

  it('names for each promise a test that is there', () => {
    const claims = ['docs/guarantees.md', 'docs/security.md'].flatMap((page) => [
      ...read(page).matchAll(/`(test\/[\w/.-]+\.ts)`: ([^|;)\n]+)/g),
    ])
    expect(claims.length).toBeGreaterThan(20)
    const broken = claims.filter(
      ([, file = '', title = '']) => !existsSync(join(root, file)) || !read(file).includes(title.trim()),
    )
    expect(broken.map(([claim]) => claim)).toEqual([])
  })

  it('leaves no row of the failures without a test', () => {
    const rows = read('docs/guarantees.md')
      .split('\n')
      .filter((line) => /^\| (\*\*|…)/.test(line))
    expect(rows.length).toBeGreaterThan(15)
    expect(rows.filter((row) => !/`test\/.*\.test\.ts`: \S/.test(row))).toEqual([])
  })
})

/** Lines that end where the paragraph goes on are one line; so are the spaces of a drawing. */
function flowing(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

describe('what the README promises', () => {
  const readme = read('README.md')
  const [, section = ''] = /^## What the README promises\n(.*?)^## /ms.exec(read('docs/guarantees.md')) ?? []
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')))
  const quotes = rows.map(([, quote = '']) => flowing(quote))

  it('stands there word for word, each once, with the test that shows it', () => {
    expect(rows.length).toBeGreaterThan(70)
    expect(quotes.filter((quote) => !flowing(readme).includes(quote))).toEqual([])
    expect(quotes.filter((quote, index) => quotes.indexOf(quote) !== index)).toEqual([])
    expect(rows.filter(([, , tests = '']) => !/^`test\/[\w/.-]+\.ts`: \S/.test(tests))).toEqual([])
  })

  it('is in the table for every sentence and every row, but for those that are named here as no promise', () => {
    const none = [
      ...['Companies that publish offers', 'It is for the one or two people', 'Remove the folder', 'From a clone to a lead'],
      ...['More in [docs/', 'More: [', 'The Azure Table and CSV channels.', '[CHANGELOG.md]'],
      ...['Nothing could be tried against a real CRM', '`npm run bench` measures', 'MIT licence.'],
    ]
    const text = readme.replaceAll(/^```.*?^```$/gms, '').replaceAll(/^#+ .*$/gm, '')
    const said = text.split(/\n{2,}/).flatMap((block) => {
      if (block.trim().startsWith('|')) return block.trim().split('\n').slice(2)
      return flowing(block).split(/(?<=\.|\.\*\*) (?=[A-Z`*[])/)
    })
    const promises = said.map(flowing).filter((one) => one !== '' && !none.some((start) => one.startsWith(start)))
    expect(promises.length).toBeGreaterThan(60)
    expect(promises.filter((one) => !quotes.some((quote) => one.includes(quote)))).toEqual([])
    expect(none.filter((start) => !said.some((one) => flowing(one).startsWith(start)))).toEqual([])
  })

  it('is to be shown by two commands, and .ci/run is lint, types and tests, each under the name that the README gives it', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...readme.matchAll(/\bnpm (?:run )?(\w+)/g)].map(([, name = '']) => name).filter((name) => name !== 'and')
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([])
    expect(read('.ci/run').match(/^npm .*$/gm)).toEqual(['npm run lint', 'npm run types', 'npm test'])
  })

  it('names every command that there is, and none that there is not; so does the change log', () => {
    const [, table = ''] = /const Commands[^\n]*= \{\n(.*?)\n\}\n/s.exec(read('src/cli/main.ts')) ?? []
    const commands = [...table.matchAll(/^ {2}'?([a-z-]+)'?: \{/gm)].map(([, name = '']) => name)
    expect(commands.length).toBeGreaterThan(10)
    const named = [...readme.matchAll(/\b(?:npx leadsync|scripts\/leadsync\.mjs) ([a-z-]+)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => !commands.includes(name))).toEqual([])
    // The demo is `npm run demo`.
    expect(commands.filter((name) => !named.includes(name) && name !== 'demo')).toEqual([])
    expect(commands.filter((name) => !new RegExp(`\`(leadsync )?${name}\``).test(read('CHANGELOG.md')))).toEqual([])
  })
})
