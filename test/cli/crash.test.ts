import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { crashText } from '../../src/cli/crash.ts'

const run = promisify(execFile)
const Crash = new URL('../../src/cli/crash.ts', import.meta.url).href
const Jane = 'jane@contoso.com'

it.each([
  ['an exception', `setTimeout(() => { throw failure }, 1)`],
  ['a rejection that nobody handles', `Promise.reject(failure); setInterval(() => 0, 1_000)`],
])('%s ends the process with where it happened, and without what it was about', async (_, code) => {
  const program = `
    const { endAtCrash } = await import('${Crash}')
    endAtCrash('start')
    class ReplyError extends Error { name = 'ReplyError'; code = 'ESCRIPT'; command = { args: ['${Jane}'] } }
    const failure = new ReplyError('ERR user_script: ${Jane}', { cause: new Error('${Jane}') })
    ${code}`
  const ended = run(process.execPath, ['--input-type=module', '--eval', program])
  const {
    code: status,
    stderr,
    stdout,
  } = await ended.then(
    () => expect.unreachable('it did not crash'),
    (error) => error,
  )
  expect(status).toBe(1)
  expect(stderr).toMatch(/^leadsync start: unexpected ReplyError \(ESCRIPT\)\n {4}at /)
  expect(stdout + stderr).not.toContain(Jane)
})

it.each([
  [new Error('The journal can’t be read.'), 'unexpected Error: The journal can’t be read.'],
  [
    Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED', syscall: 'connect' }),
    'unexpected Error (ECONNREFUSED): connect ECONNREFUSED 127.0.0.1:1',
  ],
  [new SyntaxError(`Unexpected token in JSON: ${Jane}`), 'unexpected SyntaxError'],
  [Jane, 'unexpected string'],
])('%s is said as far as it is ours or the system’s', (error, said) => {
  expect(crashText('status', error).split('\n')[0]).toBe(`leadsync status: ${said}`)
})
