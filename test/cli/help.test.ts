import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CommandName, Usages } from '../../src/cli/usages.ts'
import { callLeadsync } from '../kit/called-command.ts'
import type { Home } from '../kit/home.ts'

/** Nothing is read for help. */
const nowhere = { env: {} } as Home
const Folder = new URL('../../src/cli/', import.meta.url)
const names = Object.keys(Usages) as CommandName[]

/** The options that a command's own file gives to `parseArgs`. */
function optionsOf(name: CommandName): readonly string[] {
  const [file = ''] = readdirSync(Folder, { recursive: true, encoding: 'utf8' }).filter((one) =>
    [`${name}.ts`, `${name}/${name}.ts`].includes(one),
  )
  const text = readFileSync(new URL(file, Folder), 'utf8')
  const found = [...text.matchAll(/^ {2,6}'?([a-z-]+)'?: \{ type: /gm)].map(([, option = '']) => option)
  return found.filter((option) => option !== 'config')
}

describe.each(names)('leadsync %s --help', (name) => {
  it('tells how it is called, with every option that it takes', async () => {
    const { code, stdout, stderr } = await callLeadsync(nowhere, [name, '--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`\n\nUsage: leadsync ${name}`)
    const options = optionsOf(name)
    expect(options.filter((option) => !stdout.includes(`--${option}`) && !stdout.includes(`--no-${option}`))).toEqual([])
  })
})

it('without a command all are listed', async () => {
  const { code, stdout } = await callLeadsync(nowhere, ['help'])
  expect(code).toBe(0)
  for (const name of names) expect(stdout).toContain(`\n  ${name} `)
})

it.each(['constructor', 'frobnicate'])('%s is no command', async (name) => {
  const { code, stderr } = await callLeadsync(nowhere, [name])
  expect([code, stderr.split('\n')[0]]).toEqual([2, `There is no command ${name}.`])
})
