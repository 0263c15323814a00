import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { salesforce } from '../../../connectors/salesforce/index.ts'
import { jwt, privateKey } from './tiny-org.ts'

const base = { baseUrl: 'https://acme.my.salesforce.com', clientId: 'consumer-key', ...jwt }
const pem = (bits: number, passphrase?: string) =>
  generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', ...(passphrase ? { cipher: 'aes-256-cbc', passphrase } : {}) },
  }).privateKey

function problems(some: Record<string, unknown>): string[] {
  const parsed = salesforce.settings.safeParse({ ...base, ...some })
  return parsed.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? []
}

it('need little', () => {
  expect(salesforce.settings.parse(base)).toMatchObject({
    auth: 'jwt-bearer',
    target: 'lead',
    contactIdField: 'leadsync_contact_id__c',
    taskIdField: 'leadsync_task_id__c',
    placeholders: { lastName: '[unknown]', company: '[unknown]' },
    closedStatuses: ['Closed - Not Converted', 'Unqualified'],
    assignmentRules: { onCreate: false },
    withdrawnTaskStatus: 'Deferred',
    withdrawnTaskPrefix: '[withdrawn] ',
    timeoutMs: 30_000,
  })
})

describe('settings', () => {
  it.each([
    [{ baseUrl: 'https://acme.my.salesforce.com/' }],
    [{ baseUrl: 'https://acme--dev.sandbox.my.salesforce.com' }],
    [{ baseUrl: 'http://127.0.0.1:8001' }],
    [{ auth: 'client-credentials', clientSecret: 'x', privateKey: undefined, username: undefined }],
    [{ privateKey: privateKey.replaceAll('\n', '\\n') }],
    [{ privateKey: privateKey.replaceAll('\n', '\r\n') }],
    [{ target: 'contact', account: 'match-by-domain', accountFallback: '0015g00000ABCDE' }],
    [{ target: 'contact', account: '0015g00000ABCDEAAA' }],
    [{ contactIdField: 'none', taskIdField: '' }],
    [{ assignmentRules: { onCreate: '01Q5g000000ABCDEAA' } }],
    [{ audience: 'https://login.salesforce.com' }],
  ])('take %j', (some) => {
    expect(problems(some)).toEqual([])
  })

  it.each([
    [{ baseUrl: 'http://acme.my.salesforce.com' }, 'baseUrl must be an https:// address'],
    [
      { baseUrl: 'https://login.salesforce.com' },
      'baseUrl must not be login.salesforce.com, which belongs to no org; use the My Domain',
    ],
    [{ baseUrl: 'https://test.salesforce.com/' }, 'baseUrl must not be test.salesforce.com'],
    [{ baseUrl: 'https://acme.lightning.force.com' }, 'baseUrl must not be the address that the browser shows'],
    [{ baseUrl: 'https://acme.my.salesforce.com/services' }, 'baseUrl must not have a path'],
    [{ baseUrl: 'acme' }, 'baseUrl must be an https:// address'],
    [{ clientId: 'a b' }, 'clientId must not be empty, nor contain spaces'],
    [{ clientId: '' }, 'clientId must not be empty'],
    [{ username: undefined }, 'username is missing; auth: jwt-bearer'],
    [{ username: 'jane' }, "username must be the integration user's username"],
    [{ privateKey: undefined }, 'privateKey is missing; auth: jwt-bearer'],
    [{ privateKey: 'garbage' }, 'privateKey must be the PEM text of an RSA private key'],
    [{ privateKey: pem(1024) }, 'privateKey must be the PEM text of an RSA private key of 2048 bits'],
    [
      { privateKey: pem(2048, 'secret') },
      'privateKey must be the PEM text of an RSA private key of 2048 bits or more, without a passphrase',
    ],
    [{ auth: 'client-credentials' }, 'clientSecret is missing; auth: client-credentials'],
    [{ target: 'contact' }, 'account is missing; target: contact'],
    [{ account: 'match-by-luck' }, 'account must be match-by-domain, match-by-name'],
    [{ account: '0035g00000ABCDE' }, 'account must be match-by-domain'],
    [{ accountFallback: 'x' }, 'accountFallback must be the id of an Account'],
    [{ contactIdField: 'a b' }, "contactIdField must be a field's API name"],
    [{ assignmentRules: { onCreate: 'yes' } }, 'assignmentRules.onCreate must be false, true (the active rule)'],
    [{ audience: 'login.salesforce.com' }, 'audience must be an address'],
    [{ timeoutMs: 10 }, 'timeoutMs'],
  ])('refuse %j, saying what is wrong', (some, sentence) => {
    expect(problems(some)).toEqual([expect.stringContaining(sentence)])
  })

  it('never quote a secret', () => {
    const all = problems({
      privateKey: 'garbage-secret',
      clientId: 'spaced secret',
      clientSecret: 'spaced secret',
      auth: 'client-credentials',
    })
    expect(all.length).toBeGreaterThan(0)
    expect(all.join()).not.toMatch(/spaced|garbage/)
  })
})
