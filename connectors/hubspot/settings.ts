import { z } from 'zod'
import { BaseUrl } from '../kit/base-url.ts'

/**
 * HubSpot's dated APIs live 18 months; this is the one that Leadsync was made for. `v3` is the numbered one (unsupported from September 2027),
 * which does not enforce a portal's own rules for required properties.
 * https://developers.hubspot.com/docs/developer-tooling/platform/versioning
 */
const ApiVersions = ['2026-09', 'v3'] as const
export type ApiVersion = (typeof ApiVersions)[number]

/** The keys that HubSpot adds to `config/crm/NAME.yaml`. */
export const Settings = z.strictObject({
  token: z
    .string()
    .min(1, { error: 'must not be empty: a HubSpot service key (pat-…)' })
    // A line break in a header value makes fetch throw an error that quotes the whole token.
    .regex(/^[\x21-\x7e]*$/, { error: 'must not contain spaces, line breaks or other than ASCII characters' })
    .describe('Service key or private app access token (pat-…). Scopes: see connectors/hubspot/readme.md.'),
  baseUrl: BaseUrl.default('https://api.hubapi.com').describe(
    "HubSpot's API address. https, except on this machine itself (the sandbox).",
  ),
  apiVersion: z
    .enum(ApiVersions)
    .default('2026-09')
    .describe("HubSpot API version. `v3` ignores the portal's own rules for required properties."),
  contactIdProperty: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,99}$/, {
      error: "must be a property's internal name: a lower-case letter, then letters, digits and _",
    })
    .default('leadsync_contact_id')
    .describe(
      "Contact property with unique values that holds Leadsync's contact id. Without it contacts are matched by e-mail only.",
    ),
  companies: z
    .enum(['none', 'match-by-domain'])
    .default('none')
    .describe("Links new contacts to the one company that has their e-mail's domain. Companies are never created."),
  timeoutMs: z
    .int()
    .min(1_000)
    .max(300_000)
    .default(30_000)
    .describe('How long one request may take, the answer included, in ms.'),
})
export type Settings = z.infer<typeof Settings>
