import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'

/** Runs the broken contracts, as `vitest run` would, and prints which tests of which of them failed, as JSON. */
const folder = 'test/connectors/breaks'
const names = process.argv.slice(2)
const vitest = await startVitest('test', [], {
  config: false,
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  include: names.map((name) => `${folder}/${name}.ts`),
  watch: false,
  reporters: [{}],
  // The groups that the breaks are to be seen in, and the one that looks back at all: the others take most of the time, waiting.
  testNamePattern: / (a batch|a repeated call|the whole run) /,
  maxWorkers: names.length,
  testTimeout: 20_000,
})
const broken = vitest.state.getTestModules().map((module) => ({
  name: basename(module.moduleId, '.ts'),
  tests: [...module.children.allTests()].filter((test) => test.result().state !== 'skipped').length,
  failed: [...module.children.allTests('failed')].map(({ fullName }) => fullName),
  errors: module.errors().map(({ message }) => message),
}))
await vitest.close()
process.stdout.write(`${JSON.stringify(broken)}\n`)
