// One stand-in as a process of its own: `node crm-process.ts NAME DIR`. It tells its URL in a line of JSON and lives until it is ended.
// Without the vendors' limits, for the faults make their own, and with sessions that end in the middle.

import { startDynamicsSandbox } from '../../src/sandbox/dynamics/index.ts'
import { startHubspotSandbox } from '../../src/sandbox/hubspot/index.ts'
import { startSalesforceSandbox } from '../../src/sandbox/salesforce/index.ts'
import type { CrmName } from './crms.ts'
import { CrmToken, SalesforceApp } from './logins.ts'

const SessionMs = 20_000
const SearchLagMs = 500
const Unlimited = 1_000_000_000

const starts: Readonly<Record<CrmName, () => Promise<{ readonly url: string }>>> = {
  hubspot: () =>
    startHubspotSandbox({
      token: CrmToken,
      searchLagMs: SearchLagMs,
      limits: { burst: Unlimited, burstIntervalMs: 100, daily: Unlimited, searchPerSecond: Unlimited },
    }),
  salesforce: () => startSalesforceSandbox({ apps: [SalesforceApp], sessionMs: SessionMs, limits: { daily: Unlimited } }),
  dynamics: () =>
    startDynamicsSandbox({ token: CrmToken, limits: { requests: Unlimited, executionMs: Unlimited, concurrent: 1_000 } }),
}

const [name] = process.argv.slice(2)
const { url } = await starts[name as CrmName]()
process.stdout.write(`${JSON.stringify({ url })}\n`)
