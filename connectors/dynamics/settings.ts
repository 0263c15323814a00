import { z } from 'zod'
import { BaseUrl, isLoopback } from '../kit/base-url.ts'
import { isCertificateWithKey } from './auth/certificate.ts'

const Secret = z
  .string()
  .regex(/^[\x21-\x7e]+$/, { error: 'must not be empty, nor contain spaces, line breaks or other than ASCII characters' })

/** Empty is absent: the shipped file names every key, and which of them have a value is the environment's matter. */
function orEmpty(schema: z.ZodString) {
  return z.union([z.literal(''), schema]).transform((text) => (text === '' ? undefined : text))
}

/** The keys that Dynamics 365 adds to `config/crm/NAME.yaml`. */
export const Settings = z
  .strictObject({
    baseUrl: BaseUrl.refine((text) => hostFault(text) === null, {
      error: ({ input }) => hostFault(String(input)) ?? "must be the environment's address",
    }).describe(
      "The environment's address, e.g. https://acme.crm4.dynamics.com. https, except on this machine itself (the sandbox).",
    ),
    auth: z
      .enum(['client-secret', 'client-certificate', 'workload-identity', 'managed-identity', 'static-token'])
      .default('client-secret')
      .describe('How Leadsync proves who it is to Microsoft Entra ID. static-token is for the sandbox only.'),
    tenantId: orEmpty(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, { error: "must be the tenant's id (a guid) or one of its domains" }),
    )
      .optional()
      .describe('The Entra tenant in which the app is registered: its id, or one of its domains. Not for managed-identity.'),
    clientId: orEmpty(Secret)
      .optional()
      .describe("The app registration's application (client) id. For managed-identity: of a user-assigned identity."),
    clientSecret: orEmpty(Secret).optional().describe("For client-secret: the secret's value, not its id."),
    certificate: z
      .string()
      .optional()
      .describe('For client-certificate: PEM text of the certificate and its private key. Line breaks may be written as \\n.'),
    tokenFile: z
      .string()
      .min(1)
      .optional()
      .describe('For workload-identity: file with the federated token, e.g. the one that AZURE_FEDERATED_TOKEN_FILE names.'),
    token: orEmpty(Secret).optional().describe('For static-token: the bearer token that the sandbox takes.'),
    authorityHost: z
      .string()
      .regex(/^https:\/\/[^\s/?#@]+\/?$/, { error: 'must be an https:// address without a path' })
      .optional()
      .describe("Where tokens come from. Default: Microsoft's login for the cloud that baseUrl is in."),
    authorityCa: z
      .string()
      .regex(/-----BEGIN CERTIFICATE-----/, { error: 'must be the PEM text of one or more CA certificates' })
      .optional()
      .describe('PEM text of the CA that signed the certificate of a private authorityHost.'),
    scope: z
      .string()
      .regex(/^[^\s]+\/\.default$/, { error: 'must be one scope that ends with /.default' })
      .optional()
      .describe("What tokens are for. Default: baseUrl's origin with /.default."),
    target: z.enum(['lead', 'contact']).default('lead').describe('What a new customer becomes. An existing Contact always wins.'),
    onContact: z
      .enum(['task', 'linked-lead'])
      .default('task')
      .describe(
        'For target: lead, when the customer is a Contact already. task: that Contact is the record, and the follow-up is a task there. linked-lead: a Lead that belongs to the Contact.',
      ),
    contactIdColumn: z
      .string()
      .regex(/^([a-z][a-z0-9_]{0,99})?$/, { error: "must be a column's logical name, e.g. leadsync_contactid, or none" })
      .default('leadsync_contactid')
      .describe(
        "Column of Lead and Contact that holds Leadsync's contact id; none: records are known by their own id and e-mail.",
      ),
    key: z
      .enum(['record-id', 'alternate-key'])
      .default('record-id')
      .describe(
        'How a new record is told from one that is there: by an id that Leadsync chooses, or by an alternate key on contactIdColumn.',
      ),
    placeholders: z
      .strictObject({
        lastName: z.string().trim().min(1).max(50).default('[unknown]'),
        subject: z.string().trim().min(1).max(300).default('Marketplace lead'),
      })
      .prefault({})
      .describe('What stands in the columns that the forms of Dynamics 365 require where the lead has nothing for them.'),
    detectDuplicates: z
      .boolean()
      .default(false)
      .describe("Whether new records go through the environment's own duplicate detection rules."),
    batchSize: z.int().min(1).max(1_000).default(100).describe('Most operations in one $batch request; 1 sends each by itself.'),
    concurrentRequests: z
      .int()
      .min(1)
      .max(52)
      .default(4)
      .describe('Most requests under way at once. Never more than Dynamics 365 recommends (x-ms-dop-hint).'),
    timeoutMs: z
      .int()
      .min(1_000)
      .max(300_000)
      .default(60_000)
      .describe('How long one request may take, the answer included, in ms.'),
  })
  .superRefine((settings, context) => {
    for (const [key, message] of faults(settings)) context.addIssue({ code: 'custom', path: [key], message })
  })
export type Settings = z.infer<typeof Settings>

/** The column that holds the contact id, or null where the environment has none. */
export function contactIdColumnOf({ contactIdColumn }: Pick<Settings, 'contactIdColumn'>): string | null {
  return contactIdColumn === '' || contactIdColumn === 'none' ? null : contactIdColumn
}

type Crossing = Pick<
  Settings,
  | 'baseUrl'
  | 'auth'
  | 'tenantId'
  | 'clientId'
  | 'clientSecret'
  | 'certificate'
  | 'tokenFile'
  | 'token'
  | 'key'
  | 'contactIdColumn'
>

const Needed: Readonly<Record<Settings['auth'], readonly [keyof Crossing, string][]>> = {
  'client-secret': [
    ['tenantId', "the tenant's id"],
    ['clientId', "the app registration's application (client) id"],
    ['clientSecret', "the value of one of the app's client secrets"],
  ],
  'client-certificate': [
    ['tenantId', "the tenant's id"],
    ['clientId', "the app registration's application (client) id"],
    ['certificate', 'the PEM text of the certificate and its private key, best from a file'],
  ],
  'workload-identity': [
    ['tenantId', "the tenant's id"],
    ['clientId', "the app registration's application (client) id"],
    ['tokenFile', 'the path of the file with the federated token'],
  ],
  'managed-identity': [],
  'static-token': [['token', 'the token that the sandbox takes']],
}

/** What spans keys: `[key, sentence]`. */
function faults(settings: Crossing): [keyof Settings, string][] {
  const { baseUrl, auth, certificate, key } = settings
  const found: [keyof Settings, string][] = Needed[auth]
    .filter(([name]) => settings[name] === undefined)
    .map(([name, what]) => [name, `is missing; auth: ${auth} needs ${what}`])
  if (auth === 'client-certificate' && certificate !== undefined && !isCertificateWithKey(certificate)) {
    found.push(['certificate', 'must be the PEM text of a certificate and of its own private key, without a passphrase'])
  }
  if (auth === 'static-token' && !isLoopback(URL.parse(baseUrl)?.hostname ?? '')) {
    found.push(['auth', 'static-token is for a baseUrl on this machine only (the sandbox); use one of the others'])
  }
  if (key === 'alternate-key' && contactIdColumnOf(settings) === null) {
    found.push(['key', 'alternate-key needs contactIdColumn to name the column that the key is on'])
  }
  return found
}

const NoEnvironment =
  /^(make\.powerapps|home\.dynamics|admin\.powerplatform\.microsoft|login\.microsoftonline|globaldisco\.crm\d*\.dynamics)\.com$/

/** Addresses that people have at hand at which no environment answers. */
function hostFault(baseUrl: string): string | null {
  const url = URL.parse(baseUrl)
  if (url === null) return null
  const where = "use the environment's own, e.g. https://acme.crm4.dynamics.com (Power Platform admin center, Environment URL)"
  if (NoEnvironment.test(url.hostname)) return `must not be ${url.hostname}, which belongs to no environment; ${where}`
  return url.pathname === '/' ? null : 'must not have a path; it is the host alone, e.g. https://acme.crm4.dynamics.com'
}
