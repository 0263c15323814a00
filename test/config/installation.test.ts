import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { openInstallation } from '../../src/config/installation.ts'

function emptyDirectory(): string {
  return join(mkdtempSync(join(tmpdir(), 'leadsync-installation-')), 'data')
}

describe('openInstallation', () => {
  it('makes an identity at the first start and finds it at the next', async () => {
    const dataDir = emptyDirectory()
    const first = await openInstallation(dataDir)
    expect(first.secret).toMatch(/^[0-9a-f]{64}$/)
    expect(await openInstallation(dataDir)).toEqual(first)
    expect(JSON.parse(readFileSync(join(dataDir, 'installation.json'), 'utf8'))).toEqual(first)
    expect((await openInstallation(emptyDirectory())).id).not.toBe(first.id)
  })

  it('keeps it from other users', async () => {
    const dataDir = emptyDirectory()
    await openInstallation(dataDir)
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(statSync(join(dataDir, 'installation.json')).mode & 0o777).toBe(0o600)
  })

  it('gives all who start at once the same one, and leaves no other file', async () => {
    const dataDir = emptyDirectory()
    const all = await Promise.all(Array.from({ length: 20 }, () => openInstallation(dataDir)))
    expect(new Set(all.map((each) => each.id)).size).toBe(1)
    expect(readdirSync(dataDir)).toEqual(['installation.json', `redis-unbound.${all[0]?.id}`])
  })

  it('gives processes that start at once the same one', async () => {
    const dataDir = emptyDirectory()
    const module = resolve('src/config/installation.ts')
    const script = `import { openInstallation } from ${JSON.stringify(module)}; console.log((await openInstallation(process.argv[1])).id)`
    const outputs = Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, dataDir], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [output] = await Promise.all([text(child.stdout), once(child, 'exit')])
      return output
    })
    const ids = new Set(await Promise.all(outputs))
    expect(ids.size).toBe(1)
    expect([...ids][0]).toMatch(/^[0-9a-f-]{36}\n$/)
  })

  it.each([
    ['empty', ''],
    ['cut short', '{"id":"4f0c'],
    ['something else', '{"id":"x","secret":"y"}'],
  ])('refuses a file that is %s, and never overwrites it', async (_, content) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'leadsync-installation-'))
    const file = join(dataDir, 'installation.json')
    writeFileSync(file, content)
    await expect(openInstallation(dataDir)).rejects.toThrow(`${file} is damaged; restore it from a backup`)
    expect(readFileSync(file, 'utf8')).toBe(content)
  })

  it('says which directory it can not use', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'leadsync-installation-')), 'file')
    writeFileSync(file, '')
    await expect(openInstallation(join(file, 'data'))).rejects.toThrow("data can't keep the installation's identity")
  })
})
