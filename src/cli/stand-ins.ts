import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDynamicsSandbox } from '../sandbox/dynamics/index.ts'
import type { RunningSandbox } from '../sandbox/exchange.ts'
import { startHubspotSandbox } from '../sandbox/hubspot/index.ts'
import { startSalesforceSandbox } from '../sandbox/salesforce/index.ts'

export interface StandInOptions {
  /** 0: any free one. */
  readonly port: number
  readonly latencyMs: number
  /** Where its records persist; null: nowhere. */
  readonly dataDir: string | null
}

/** A running stand-in and what the shipped `config/crm/NAME.yaml` must find in the environment to deliver to it. */
export interface StandIn {
  readonly sandbox: RunningSandbox
  readonly env: Readonly<Record<string, string>>
}

/** How each CRM's stand-in is started, by the CRM's name in the shipped configuration. */
export const standIns = {
  hubspot: { title: 'HubSpot', start: startHubspot },
  salesforce: { title: 'Salesforce', start: startSalesforce },
  dynamics: { title: 'Dynamics 365', start: startDynamics },
} satisfies Record<string, { title: string; start(options: StandInOptions): Promise<StandIn> }>

export type StandInName = keyof typeof standIns

async function startHubspot({ dataDir, ...rest }: StandInOptions): Promise<StandIn> {
  const token = 'sandbox'
  const sandbox = await startHubspotSandbox({ token, ...rest, ...recordsIn(dataDir, 'hubspot') })
  return { sandbox, env: { HUBSPOT_ENABLED: 'true', HUBSPOT_BASE_URL: sandbox.url, HUBSPOT_TOKEN: token } }
}

async function startSalesforce({ dataDir, ...rest }: StandInOptions): Promise<StandIn> {
  const privateKey = privateKeyIn(dataDir)
  const app = { clientId: 'sandbox', username: 'leadsync@sandbox.example' }
  const publicKey = createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }).toString()
  const sandbox = await startSalesforceSandbox({ apps: [{ ...app, publicKey }], ...rest, ...recordsIn(dataDir, 'salesforce') })
  const env = {
    SALESFORCE_ENABLED: 'true',
    SALESFORCE_BASE_URL: sandbox.url,
    SALESFORCE_CLIENT_ID: app.clientId,
    SALESFORCE_USERNAME: app.username,
    // On one line, as a shell or an env file takes it.
    SALESFORCE_PRIVATE_KEY: privateKey.trim().replaceAll('\n', '\\n'),
  }
  return { sandbox, env }
}

async function startDynamics({ dataDir, ...rest }: StandInOptions): Promise<StandIn> {
  const token = 'sandbox'
  const sandbox = await startDynamicsSandbox({ token, ...rest, ...recordsIn(dataDir, 'dynamics') })
  const env = {
    DYNAMICS_ENABLED: 'true',
    DYNAMICS_BASE_URL: sandbox.url,
    DYNAMICS_AUTH: 'static-token',
    DYNAMICS_TOKEN: token,
  }
  return { sandbox, env }
}

function recordsIn(dataDir: string | null, crm: string): { file?: string } {
  return dataDir === null ? {} : { file: join(dataDir, `sandbox-${crm}.json`) }
}

/** The key outlives a restart like the records, so that a daemon which was given it stays let in. */
function privateKeyIn(dataDir: string | null): string {
  const file = dataDir === null ? null : join(dataDir, 'sandbox-salesforce-key.pem')
  if (file !== null && existsSync(file)) return readFileSync(file, 'utf8')
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  if (file !== null) writeFileSync(file, privateKey, { mode: 0o600 })
  return privateKey
}
