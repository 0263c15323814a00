import { expect, it } from 'vitest'
import { adminPassword } from '../../src/admin/password.ts'

it('takes the configured password on any host', () => {
  expect(adminPassword({ password: 's3cret', host: '0.0.0.0' })).toEqual({ password: 's3cret', generated: false })
})

it.each(['127.0.0.1', '::1', 'localhost', '127.8.9.1'])('makes a password of its own, new each time, for %s', (host) => {
  const first = adminPassword({ password: null, host })
  const second = adminPassword({ password: '', host })
  expect(first).toEqual({ password: expect.stringMatching(/^leadsync_[\w-]{24}$/), generated: true })
  expect(second.password).not.toBe(first.password)
})

it.each(['0.0.0.0', '::', '10.0.0.5', 'leads.contoso.com', ''])(
  'refuses the address %j without a password and says what to do',
  (host) => {
    expect(() => adminPassword({ password: null, host })).toThrow(
      /admin\.password is not set.*set a password, or admin\.host to 127\.0\.0\.1/,
    )
  },
)
