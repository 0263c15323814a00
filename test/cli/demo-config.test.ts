import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'
import { demoConfig } from '../../src/cli/demo/config.ts'

/** The keys, three deep, under which two files say different things. */
function differences(one: unknown, other: unknown, depth = 2): readonly string[] {
  if (JSON.stringify(one) === JSON.stringify(other)) return []
  if (depth === 0 || !isMap(one) || !isMap(other)) return ['']
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  return keys.flatMap((key) => differences(one[key], other[key], depth - 1).map((rest) => (rest ? `${key}.${rest}` : key)))
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

it('the demo has the shipped configuration but for a few keys of followUps and accept:', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'leadsync-demo-config-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const made = await demoConfig(dir)
  expect(made).toBe(join(dir, 'config'))
  const files = (await readdir('config', { recursive: true })).filter((name) => name.endsWith('.yaml'))
  expect((await readdir(made, { recursive: true })).filter((name) => name.endsWith('.yaml')).sort()).toEqual(files.sort())
  const changed: Record<string, readonly string[]> = {}
  for (const file of files) {
    const [shipped, demo] = await Promise.all(
      ['config', made].map(async (from) => parse(await readFile(join(from, file), 'utf8'))),
    )
    changed[file] = differences(shipped, demo)
  }
  expect(changed).toEqual({
    'leadsync.yaml': expect.arrayContaining([expect.stringMatching(/^followUps\./)]),
    'crm/hubspot.yaml': [],
    'crm/salesforce.yaml': [expect.stringMatching(/^accept/)],
    'crm/dynamics.yaml': [expect.stringMatching(/^accept/)],
  })
  expect(changed['leadsync.yaml']?.filter((key) => !key.startsWith('followUps.'))).toEqual([])
})
