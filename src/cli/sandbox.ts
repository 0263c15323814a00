import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startHubspotSandbox } from '../sandbox/hubspot/index.ts'
import { untilSignal } from './until-signal.ts'
import { WrongUse } from './wrong-use.ts'

/** What a connector must be given as its token to be let in. */
export const SandboxToken = 'sandbox'

/** Stand-ins for the CRMs, one loopback port each, until SIGTERM or SIGINT. With `--data DIR` their records survive a restart. */
export async function sandbox(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      'hubspot-port': { type: 'string', default: '0' },
      data: { type: 'string' },
      latency: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
    },
  })
  const port = wholeNumber(values['hubspot-port'], '--hubspot-port')
  const latencyMs = wholeNumber(values.latency, '--latency')
  if (values.data) await mkdir(values.data, { recursive: true, mode: 0o700 })
  const file = values.data ? { file: join(values.data, 'sandbox-hubspot.json') } : {}
  const hubspot = await startHubspotSandbox({ token: SandboxToken, port, latencyMs, ...file })
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ hubspot: { url: hubspot.url, token: SandboxToken } })}\n`
      : `HubSpot stand-in: ${hubspot.url} (token: ${SandboxToken}); what it holds: ${hubspot.url}/_sandbox/records\n`,
  )
  await untilSignal()
  await hubspot.stop()
  return 0
}

function wholeNumber(text: string, option: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) throw new WrongUse(`${option} takes a whole number, not ${text}`)
  return number
}
