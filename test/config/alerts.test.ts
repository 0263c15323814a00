import { describe, expect, it } from 'vitest'
import { describeConfig } from '../../src/config/describe.ts'
import { loaded, problemsOf } from './fixture.ts'

const Secret = 'a secret of 24 characters'

function webhook(text: string): string {
  return `alerts:\n  webhook: { ${text} }\n`
}

function alerts(text: string, env: Record<string, string> = {}) {
  return loaded({ 'leadsync.yaml': text }, env).leadsync.alerts
}

it('without an address nobody is told, whatever else stands there', () => {
  expect(loaded({}).leadsync.alerts).toEqual({ webhook: null })
  expect(alerts(webhook('url: "", secret: short, hosts: [hooks.example.com]'))).toEqual({ webhook: null })
})

it('fills in everything but address, secret and hosts, in milliseconds', () => {
  expect(alerts(webhook(`url: https://hooks.example.com/a, secret: ${Secret}, hosts: [hooks.example.com]`))).toEqual({
    webhook: {
      url: 'https://hooks.example.com/a',
      secret: Secret,
      hosts: ['hooks.example.com'],
      events: ['sla-missed', 'crm-blocked', 'parked', 'unrouted'],
      gatherMs: 30_000,
      timeoutMs: 10_000,
    },
  })
})

it('leaves out a host whose variable is empty, so that the shipped file works with and without one', () => {
  const text = webhook(`url: "\${URL:-}", secret: "\${SECRET:-}", hosts: ["\${HOST:-}"]`)
  expect(alerts(text)).toEqual({ webhook: null })
  const env = { URL: 'https://hooks.example.com/a', SECRET: Secret, HOST: 'hooks.example.com' }
  expect(alerts(text, env)).toMatchObject({ webhook: { hosts: ['hooks.example.com'] } })
  expect(problemsOf({ 'leadsync.yaml': text }, { ...env, HOST: '' })).toHaveLength(1)
})

describe('an address is taken', () => {
  it.each([
    ['with its host in other letters', 'https://Hooks.Example.com/a', 'hooks.example.COM'],
    ['with the port of https written out', 'https://hooks.example.com:443/a', 'hooks.example.com'],
    ['when the entry writes that port out', 'https://hooks.example.com/a', 'hooks.example.com:443'],
    ['with another port that is listed', 'https://hooks.example.com:8443/a', 'hooks.example.com:8443'],
    ['in plain http on this machine', 'http://127.0.0.1:9000/a', '127.0.0.1:9000'],
    ['in plain http on this machine by its sixth address', 'http://[::1]:9000/a', '"[::1]:9000"'],
    ['with a name that is not ASCII', 'https://hooks.müller.example/a', 'hooks.xn--mller-kva.example'],
  ])('%s', (_, url, host) => {
    expect(alerts(webhook(`url: "${url}", secret: ${Secret}, hosts: [${host}]`)).webhook?.url).toBe(url)
  })
})

const NotListed = 'has a host that is not in alerts.webhook.hosts; add it there, with its port if it has one'

describe('an address is refused', () => {
  it.each([
    ['that is none', 'hooks', 'hooks.example.com', 'must be an address that begins with https://'],
    [
      'in plain http',
      'http://hooks.example.com/a',
      'hooks.example.com',
      'must begin with https://; plain http:// is allowed for 127.0.0.1 and localhost only',
    ],
    [
      'of another scheme',
      'ftp://hooks.example.com/a',
      'hooks.example.com',
      'must begin with https://; plain http:// is allowed for 127.0.0.1 and localhost only',
    ],
    ['with a password', 'https://me:word@hooks.example.com/a', 'hooks.example.com', 'must not hold a user name or password'],
    ['whose host is not listed', 'https://elsewhere.example/a', 'hooks.example.com', NotListed],
    ['whose host is below one that is', 'https://a.hooks.example.com/a', 'hooks.example.com', NotListed],
    ['whose host only begins like one that is', 'https://hooks.example.com.evil.example/a', 'hooks.example.com', NotListed],
    ['whose port is not listed', 'https://hooks.example.com:8443/a', 'hooks.example.com', NotListed],
  ])('%s', (_, url, host, message) => {
    const text = webhook(`url: "${url}", secret: ${Secret}, hosts: [${host}]`)
    expect(problemsOf({ 'leadsync.yaml': text })).toEqual([`leadsync.yaml:2:14 alerts.webhook.url: ${message}`])
  })
})

describe('says what is wrong with', () => {
  it.each([
    [
      'a secret that is too short for an address that is set',
      webhook('secret: fifteen-letters, url: https://hooks.example.com, hosts: [hooks.example.com]'),
      'leadsync.yaml:2:14 alerts.webhook.secret: must be at least 16 characters, since alerts.webhook.url is set, e.g. `openssl rand -hex 24`',
    ],
    [
      'a host that is an address',
      webhook('hosts: ["https://hooks.example.com"]'),
      'leadsync.yaml:2:22 alerts.webhook.hosts[0]: must be one exact host, without https:// and path, e.g. hooks.example.com or hooks.example.com:8443',
    ],
    [
      'a host that means many',
      webhook('hosts: ["*.example.com"]'),
      'leadsync.yaml:2:22 alerts.webhook.hosts[0]: must be one exact host, without https:// and path, e.g. hooks.example.com or hooks.example.com:8443',
    ],
    [
      'an event that there is not',
      webhook('events: [park]'),
      'leadsync.yaml:2:23 alerts.webhook.events[0]: must be one of sla-missed, crm-blocked, parked, unrouted; did you mean "parked"?',
    ],
    ['a key that there is not', 'alerts: { web: {} }\n', 'leadsync.yaml:1:11 alerts.web: unknown key; known here: webhook'],
  ])('%s', (_, text, problem) => {
    expect(problemsOf({ 'leadsync.yaml': text })).toEqual([problem])
  })
})

it('quotes neither secret nor address, not even where they are wrong', () => {
  const text = webhook('url: http://hooks.example.com/T0KEN, secret: too-short, hosts: []')
  const said = problemsOf({ 'leadsync.yaml': text }).join('\n')
  expect(said).toContain('alerts.webhook.url')
  expect(said).not.toMatch(/T0KEN|too-short/)
  const fine = loaded({
    'leadsync.yaml': webhook(`url: https://hooks.example.com/T0KEN, secret: ${Secret}, hosts: [hooks.example.com]`),
  })
  expect(describeConfig(fine).join('\n')).not.toMatch(new RegExp(`T0KEN|${Secret}`))
})
