// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts under test hold ${…}, which is not JavaScript's
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Environment, interpolate } from '../../src/config/interpolate.ts'

function read(text: string, env: Environment = {}, files: Environment = {}) {
  return interpolate(text, {
    env,
    readSecret: (path) => {
      const content = files[path]
      return content === undefined ? { problem: `no ${path}` } : { text: content }
    },
  })
}

describe('interpolate', () => {
  it.each<[string, string]>([
    ['${A}', 'one'],
    ['x${A}y${A}z', 'xoneyonez'],
    ['${ A }', 'one'],
    ['${UNSET:-two}', 'two'],
    ['${EMPTY:-two}', 'two'],
    ['${UNSET:-}', ''],
    ['${A:-two}', 'one'],
    ['${UNSET:-a:-b}', 'a:-b'],
    ['${UNSET:-https://api.example/x?y=1}', 'https://api.example/x?y=1'],
    ['$${A}', '${A}'],
    ['$$${A}', '$${A}'],
    ['$A and $ and $$', '$A and $ and $$'],
    ['${file:secret}', 'line 1\nline 2'],
    ['{{ person.email }}', '{{ person.email }}'],
  ])('makes of %s %j', (text, expected) => {
    const env = { A: 'one', EMPTY: '' }
    expect(read(text, env, { secret: 'line 1\nline 2\r\n' })).toMatchObject({ ok: true, text: expected })
  })

  it('takes NAME from the file that NAME_FILE names, as container images do', () => {
    const env = { TOKEN_FILE: 'secret', EMPTY: '', EMPTY_FILE: '' }
    expect(read('${TOKEN}', env, { secret: 'abc\n' })).toEqual({ ok: true, text: 'abc', replaced: true })
    expect(read('${TOKEN:-none}', env, { secret: 'abc' })).toMatchObject({ text: 'abc' })
    expect(read('${EMPTY:-none}', env)).toMatchObject({ text: 'none' })
  })

  it('does not choose between NAME and NAME_FILE, nor a default where the file is missing', () => {
    expect(read('${A}', { A: 'one', A_FILE: 'secret' }, { secret: 'two' })).toEqual({
      ok: false,
      message: 'A and A_FILE are both set in the environment; unset one of them',
    })
    expect(read('${A:-x}', { A_FILE: 'gone' })).toEqual({ ok: false, message: 'no gone' })
  })

  it('says that an empty secret file is empty', () => {
    expect(read('${file:secret}', {}, { secret: '\n' })).toEqual({
      ok: false,
      message: 'the file secret is empty; put the value into it',
    })
  })

  it('puts any value in as it is, even one that looks like a placeholder', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        expect(read('<${A}>', { A: value })).toEqual({ ok: true, text: `<${value}>`, replaced: true })
      }),
    )
    expect(read('${A}', { A: '${B}', B: 'x' })).toMatchObject({ text: '${B}' })
  })

  it('never throws, and leaves text without ${ alone', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = read(text)
        if (!text.includes('${')) expect(result).toEqual({ ok: true, text, replaced: false })
      }),
    )
    fc.assert(
      fc.property(fc.array(fc.constantFrom('$', '{', '}', 'A', ':-', 'file:', ' ')), (parts) => void read(parts.join(''))),
    )
  })
})
