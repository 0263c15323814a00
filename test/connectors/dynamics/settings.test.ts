import { describe, expect, it } from 'vitest'
import { authorityOf } from '../../../connectors/dynamics/auth/credential.ts'
import { dynamics } from '../../../connectors/dynamics/index.ts'
import { contactIdColumnOf } from '../../../connectors/dynamics/settings.ts'
import { selfSigned } from '../../kit/self-signed.ts'
import { clientId, clientSecret, tenantId } from './tiny-login.ts'

const base = { baseUrl: 'https://acme.crm4.dynamics.com', tenantId, clientId, clientSecret }
const own = selfSigned('rsa')
const certificate = `${own.cert}${own.key}`

function problems(some: Record<string, unknown>): string[] {
  const parsed = dynamics.settings.safeParse({ ...base, ...some })
  return parsed.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? []
}

it('need little', () => {
  expect(dynamics.settings.parse(base)).toEqual({
    ...base,
    auth: 'client-secret',
    target: 'lead',
    onContact: 'task',
    contactIdColumn: 'leadsync_contactid',
    key: 'record-id',
    placeholders: { lastName: '[unknown]', subject: 'Marketplace lead' },
    detectDuplicates: false,
    batchSize: 100,
    concurrentRequests: 4,
    timeoutMs: 60_000,
  })
})

describe('settings', () => {
  it.each([
    [{ baseUrl: 'https://acme.api.crm4.dynamics.com/' }],
    [{ baseUrl: 'https://acme.crm.microsoftdynamics.us' }],
    [{ baseUrl: 'http://127.0.0.1:8001' }],
    [{ tenantId: 'contoso.onmicrosoft.com' }],
    [{ auth: 'client-certificate', clientSecret: undefined, certificate }],
    [{ auth: 'client-certificate', certificate: certificate.replaceAll('\n', '\\n') }],
    [{ auth: 'workload-identity', tokenFile: '/var/run/secrets/azure/tokens/azure-identity-token' }],
    [{ auth: 'managed-identity', tenantId: undefined, clientId: undefined }],
    [{ auth: 'static-token', baseUrl: 'http://localhost:8001', token: 'x' }],
    [{ authorityHost: 'https://login.microsoftonline.us/', authorityCa: own.cert }],
    [{ scope: 'https://acme.crm4.dynamics.com/.default' }],
    [{ contactIdColumn: 'none' }],
    [{ key: 'alternate-key', target: 'contact', batchSize: 1, concurrentRequests: 52 }],
  ])('take %j', (some) => {
    expect(problems(some)).toEqual([])
  })

  it.each([
    [{ baseUrl: 'http://acme.crm4.dynamics.com' }, 'baseUrl must be an https:// address'],
    [{ baseUrl: 'https://acme.crm4.dynamics.com/api/data/v9.2' }, 'baseUrl must not have a path'],
    [{ baseUrl: 'https://make.powerapps.com' }, 'baseUrl must not be make.powerapps.com, which belongs to no environment'],
    [{ baseUrl: 'https://globaldisco.crm.dynamics.com' }, 'baseUrl must not be globaldisco.crm.dynamics.com'],
    [{ baseUrl: 'acme' }, 'baseUrl must be an https:// address'],
    [{ tenantId: undefined }, "tenantId is missing; auth: client-secret needs the tenant's id"],
    [{ tenantId: 'a/b' }, "tenantId must be the tenant's id"],
    [{ clientId: undefined }, 'clientId is missing; auth: client-secret'],
    [{ clientSecret: undefined }, 'clientSecret is missing; auth: client-secret'],
    [{ clientSecret: 'a b' }, 'clientSecret must not be empty, nor contain spaces'],
    [{ auth: 'client-certificate' }, 'certificate is missing; auth: client-certificate'],
    [{ auth: 'client-certificate', certificate: own.cert }, 'certificate must be the PEM text of a certificate and of its own'],
    [{ auth: 'client-certificate', certificate: `${own.cert}${selfSigned().key}` }, 'certificate must be the PEM text'],
    [{ auth: 'workload-identity' }, 'tokenFile is missing; auth: workload-identity'],
    [{ auth: 'static-token', baseUrl: 'http://127.0.0.1:1' }, 'token is missing; auth: static-token'],
    [{ auth: 'static-token', token: 'x' }, 'auth static-token is for a baseUrl on this machine only'],
    [{ authorityHost: 'http://127.0.0.1:1' }, 'authorityHost must be an https:// address without a path'],
    [{ authorityHost: 'https://login.microsoftonline.com/common' }, 'authorityHost must be an https:// address without a path'],
    [{ authorityCa: 'x' }, 'authorityCa must be the PEM text'],
    [{ scope: 'user_impersonation' }, 'scope must be one scope that ends with /.default'],
    [{ contactIdColumn: 'Leadsync_ContactId' }, "contactIdColumn must be a column's logical name"],
    [{ key: 'alternate-key', contactIdColumn: 'none' }, 'key alternate-key needs contactIdColumn'],
    [{ batchSize: 1_001 }, 'batchSize'],
    [{ concurrentRequests: 0 }, 'concurrentRequests'],
    [{ timeoutMs: 10 }, 'timeoutMs'],
  ])('refuse %j, saying what is wrong', (some, sentence) => {
    expect(problems(some)).toEqual([expect.stringContaining(sentence)])
  })

  it('never quote a secret', () => {
    const spaced = {
      clientSecret: 'spaced secret',
      token: 'spaced secret',
      certificate: 'garbage-secret',
      authorityCa: 'garbage-secret',
    }
    const all = problems({ ...spaced, auth: 'client-certificate' })
    expect(all).toHaveLength(4)
    expect(all.join()).not.toMatch(/spaced|garbage/)
  })
})

it.each([
  ['leadsync_contactid', 'leadsync_contactid'],
  ['none', null],
  ['', null],
])('contactIdColumn: %j is the column %j', (contactIdColumn, column) => {
  expect(contactIdColumnOf({ contactIdColumn })).toBe(column)
})

it.each([
  ['https://acme.crm4.dynamics.com', undefined, 'https://login.microsoftonline.com'],
  ['https://acme.crm.dynamics.cn', undefined, 'https://login.partner.microsoftonline.cn'],
  ['https://acme.crm.microsoftdynamics.us', undefined, 'https://login.microsoftonline.us'],
  ['https://acme.crm.appsplatform.us', undefined, 'https://login.microsoftonline.us'],
  ['https://evilmicrosoftdynamics.us', undefined, 'https://login.microsoftonline.com'],
  ['https://acme.crm4.dynamics.com', 'https://login.example/', 'https://login.example'],
])('tokens for %s (authorityHost: %s) come from %s', (baseUrl, authorityHost, from) => {
  expect(authorityOf({ baseUrl, authorityHost })).toBe(from)
})
