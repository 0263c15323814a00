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
      ...read(page).matchAll(/`(test\/[\w/.-]+\.test\.ts)`: ([^|;)\n]+)/g),
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
