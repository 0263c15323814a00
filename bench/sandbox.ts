// The HubSpot stand-in as a process of its own, without a portal's rate limits: what is measured here is Leadsync, not how well it waits.

import { startHubspotSandbox } from '../src/sandbox/hubspot/index.ts'

const Unlimited = 1_000_000_000

const sandbox = await startHubspotSandbox({
  token: 'bench',
  limits: { burst: Unlimited, burstIntervalMs: 100, daily: Unlimited, searchPerSecond: Unlimited },
})
process.once('disconnect', () => process.exit())
process.send?.({ url: sandbox.url })
