import { generateKeyPairSync } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { startSalesforceSandbox } from '../../src/sandbox/salesforce/index.ts'

export interface SalesforceOrg {
  readonly url: string
  /** What the shipped `crm/salesforce.yaml` needs to deliver there. */
  readonly env: Readonly<Record<string, string>>
  /** The same for another file, as keys of that file. */
  readonly settings: Readonly<Record<string, string | boolean>>
  /** E-mails of the Leads that are there, sorted. */
  leads(): Promise<readonly string[]>
  arm(faults: readonly object[]): Promise<void>
}

/** A Salesforce stand-in of its own organization. It ends with the test. */
export async function startSalesforce(organizationId?: string): Promise<SalesforceOrg> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const app = { clientId: 'client-of-the-test', username: 'leadsync@test.example' }
  const { url, stop } = await startSalesforceSandbox({
    apps: [{ ...app, publicKey }],
    limits: { daily: 1_000_000 },
    ...(organizationId ? { org: { organizationId } } : {}),
  })
  onTestFinished(stop)
  return {
    url,
    env: {
      SALESFORCE_ENABLED: 'true',
      SALESFORCE_BASE_URL: url,
      SALESFORCE_CLIENT_ID: app.clientId,
      SALESFORCE_USERNAME: app.username,
      SALESFORCE_PRIVATE_KEY: privateKey,
    },
    settings: { enabled: true, baseUrl: url, clientId: app.clientId, username: app.username, privateKey },
    async leads() {
      const response = await fetch(`${url}/_sandbox/records`)
      const { records } = (await response.json()) as { records: { object: string; fields: { Email?: string } }[] }
      return records.flatMap(({ object, fields }) => (object === 'lead' ? (fields.Email ?? []) : [])).sort()
    },
    async arm(faults) {
      const response = await fetch(`${url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(faults) })
      if (!response.ok) throw new Error(await response.text())
    },
  }
}
