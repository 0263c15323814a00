import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const Module = new URL('../../src/cli/log.ts', import.meta.url).href
const Root = fileURLToPath(new URL('../..', import.meta.url))

/** What a process of its own, which is what writes to standard output, logs of the very things that must not be there. */
const Script = `
import { createLog } from '${Module}'
const log = createLog('info')
const person = { email: 'jane@contoso.example', firstName: 'Marker' }
log.info({ crm: 'hubspot', token: 'Marker', lead: { person }, person, raw: 'Marker', url: 'http://Marker' }, 'two\\nlines')
log.error({ error: new TypeError('Marker said {"jane@contoso.example"}\\nMarker'), entry: { body: 'Marker', verbatim: 'Marker' } }, 'it failed')
log.debug('not asked for')
`

it('the log is one line of JSON on standard output for each thing that is said, without what names a person or a secret', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', Script], { cwd: Root, encoding: 'utf8' })
  expect(stderr).toBe('')
  const lines = stdout.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), crm: 'hubspot', msg: 'two\nlines' },
    { level: 'error', msg: 'it failed' },
  ])
  expect(stdout).not.toMatch(/Marker|jane@/)
})
