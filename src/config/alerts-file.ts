import { z } from 'zod'
import { AlertEvents, type AlertSettings, isListedHost } from '../core/index.ts'
import { isLoopbackHost } from './loopback.ts'
import type { Finding } from './problem.ts'

/** Shorter ones can be guessed by who has seen one signed request. */
const ShortestSecret = 16

const HostSetting = z
  .string()
  .refine(
    (text) => text === '' || (/^[^\s/?#@\\*]+$/.test(text) && URL.canParse(`https://${text}`)),
    'must be one exact host, without https:// and path, e.g. hooks.example.com or hooks.example.com:8443',
  )

/** `alerts:` of `leadsync.yaml`. */
export const AlertsSetting = z.strictObject({
  webhook: z
    .strictObject({
      url: z.string().default('').describe('Where alerts are posted to; https. Empty: nowhere.'),
      secret: z.string().default('').describe('Signs every request (docs/alerts.md); at least 16 characters.'),
      hosts: z
        .array(HostSetting)
        .default([])
        .describe(
          "The only hosts that are ever called: NAME, or NAME:PORT where it is not https's own. The url's must be one of them. Empty: left out.",
        ),
      events: z
        .array(z.enum(AlertEvents))
        .min(1)
        .default([...AlertEvents])
        .describe('What is told.'),
      gatherSeconds: z
        .number()
        .min(0)
        .max(3_600)
        .default(30)
        .describe('Alerts of one kind and one CRM within that time are one request. A blocked CRM is told at once.'),
      timeoutSeconds: z.number().min(1).max(120).default(10).describe('For each try.'),
    })
    .prefault({}),
})

type AlertsFile = z.output<typeof AlertsSetting>

/** Fills in nothing but the units: without an address the rest means nothing. */
export function alertSettings({ webhook }: AlertsFile): AlertSettings {
  const { url, secret, events, gatherSeconds, timeoutSeconds } = webhook
  if (url === '') return { webhook: null }
  const hosts = webhook.hosts.filter((host) => host !== '')
  return { webhook: { url, secret, hosts, events, gatherMs: gatherSeconds * 1_000, timeoutMs: timeoutSeconds * 1_000 } }
}

/** An alert tells strangers how business goes, and its address is often a secret itself: neither may go astray or in the clear. */
export function alertFindings({ alerts: { webhook } }: { readonly alerts: AlertsFile }): readonly Finding[] {
  if (webhook.url === '') return []
  const short = 'must be at least 16 characters, since alerts.webhook.url is set, e.g. `openssl rand -hex 24`'
  const secret = webhook.secret.length < ShortestSecret ? [short] : []
  return [
    ...urlFaults(webhook).map((message) => ({ path: ['alerts', 'webhook', 'url'], message })),
    ...secret.map((message) => ({ path: ['alerts', 'webhook', 'secret'], message })),
  ]
}

function urlFaults({ url: text, hosts }: AlertsFile['webhook']): readonly string[] {
  const url = URL.parse(text)
  if (url === null) return ['must be an address that begins with https://']
  const faults: string[] = []
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname)))
    faults.push('must begin with https://; plain http:// is allowed for 127.0.0.1 and localhost only')
  if (url.username !== '' || url.password !== '') faults.push('must not hold a user name or password')
  if (!isListedHost(url, hosts))
    faults.push('has a host that is not in alerts.webhook.hosts; add it there, with its port if it has one')
  return faults
}
