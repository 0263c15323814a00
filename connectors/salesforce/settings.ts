import { z } from 'zod'
import { BaseUrl } from '../kit/base-url.ts'
import { readPrivateKey } from './auth/private-key.ts'

const RecordId = '[A-Za-z0-9]{12}([A-Za-z0-9]{3})?'

const Secret = z
  .string()
  .regex(/^[\x21-\x7e]+$/, { error: 'must not be empty, nor contain spaces, line breaks or other than ASCII characters' })

/** The keys that Salesforce adds to `config/crm/NAME.yaml`. */
export const Settings = z
  .strictObject({
    baseUrl: BaseUrl.refine((text) => hostFault(text) === null, {
      error: ({ input }) => hostFault(String(input)) ?? 'must be the My Domain address',
    }).describe(
      "The org's My Domain address, e.g. https://acme.my.salesforce.com. https, except on this machine itself (the sandbox).",
    ),
    auth: z
      .enum(['jwt-bearer', 'client-credentials'])
      .default('jwt-bearer')
      .describe('OAuth flow of the External Client App. See connectors/salesforce/readme.md.'),
    clientId: Secret.describe("The External Client App's consumer key."),
    username: z
      .string()
      .regex(/^[^\s@]+@[^\s@]+$/, { error: "must be the integration user's username, which looks like an e-mail address" })
      .optional()
      .describe('For jwt-bearer: the integration user.'),
    privateKey: z
      .string()
      .optional()
      .describe('For jwt-bearer: PEM text of the RSA key whose certificate the app has. Line breaks may be written as \\n.'),
    clientSecret: Secret.optional().describe("For client-credentials: the app's consumer secret."),
    audience: z
      .string()
      .regex(/^https?:\/\/[^\s/]+$/, { error: 'must be an address without a path, e.g. https://login.salesforce.com' })
      .optional()
      .describe('For jwt-bearer: whom the assertion is for. Default: baseUrl.'),
    target: z.enum(['lead', 'contact']).default('lead').describe('What a new customer becomes. An existing Contact always wins.'),
    account: z
      .string()
      .regex(new RegExp(`^(match-by-domain|match-by-name|001${RecordId})$`), {
        error: 'must be match-by-domain, match-by-name, or the id of an Account (001…, 15 or 18 characters)',
      })
      .optional()
      .describe('Which Account a new Contact belongs to; required for target: contact. Accounts are never created.'),
    accountFallback: z
      .string()
      .regex(new RegExp(`^001${RecordId}$`), { error: 'must be the id of an Account (001…, 15 or 18 characters)' })
      .optional()
      .describe('The Account for those for whom `account` finds none, or several.'),
    contactIdField: ownField(
      'leadsync_contact_id__c',
      "Unique external id on Lead and Contact that holds Leadsync's contact id; none: people are matched by e-mail only.",
    ),
    taskIdField: ownField(
      'leadsync_task_id__c',
      "Field of Activity that holds Leadsync's task id; none: a marker in the task's text does.",
    ),
    placeholders: z
      .strictObject({
        lastName: z.string().trim().min(1).max(80).default('[unknown]'),
        company: z.string().trim().min(1).max(255).default('[unknown]'),
      })
      .prefault({})
      .describe('What stands in the fields that Salesforce requires where the lead has nothing for them.'),
    closedStatuses: z
      .array(z.string().min(1))
      .default(['Closed - Not Converted', 'Unqualified'])
      .describe('Values of Lead.Status that mean: nobody works on this Lead any more.'),
    assignmentRules: z
      .strictObject({
        onCreate: z
          .union([
            z.boolean(),
            z.string().regex(new RegExp(`^01Q${RecordId}$`), {
              error: 'must be false, true (the active rule), or the id of a lead assignment rule (01Q…)',
            }),
          ])
          .default(false)
          .describe('Whether new Leads go through lead assignment rules. Updates never do.'),
      })
      .prefault({}),
    withdrawnTaskStatus: z
      .string()
      .min(1)
      .max(255)
      .default('Deferred')
      .describe('Task.Status of a follow-up that is not to be done any more.'),
    withdrawnTaskPrefix: z.string().max(80).default('[withdrawn] ').describe('Put before the subject of such a task.'),
    timeoutMs: z
      .int()
      .min(1_000)
      .max(300_000)
      .default(30_000)
      .describe('How long one request may take, the answer included, in ms.'),
  })
  .superRefine((settings, context) => {
    for (const [key, message] of faults(settings)) context.addIssue({ code: 'custom', path: [key], message })
  })
export type Settings = z.infer<typeof Settings>

function ownField(name: string, what: string) {
  return z
    .string()
    .regex(/^([A-Za-z][A-Za-z0-9_]{0,79})?$/, { error: `must be a field's API name, e.g. ${name}, or none` })
    .default(name)
    .describe(what)
}

type Crossing = Pick<Settings, 'auth' | 'username' | 'privateKey' | 'clientSecret' | 'target' | 'account'>

/** What spans keys: `[key, sentence]`. */
function faults({ auth, username, privateKey, clientSecret, target, account }: Crossing): [keyof Settings, string][] {
  const found: [keyof Settings, string][] = []
  if (auth === 'client-credentials' && clientSecret === undefined) {
    found.push(['clientSecret', "is missing; auth: client-credentials needs the app's consumer secret"])
  }
  if (auth === 'jwt-bearer' && username === undefined) {
    found.push(['username', "is missing; auth: jwt-bearer needs the integration user's username"])
  }
  if (auth === 'jwt-bearer' && privateKey === undefined) {
    found.push(['privateKey', 'is missing; auth: jwt-bearer needs the PEM text of the private key, best from a file'])
  }
  if (auth === 'jwt-bearer' && privateKey !== undefined && readPrivateKey(privateKey) === null) {
    found.push(['privateKey', 'must be the PEM text of an RSA private key of 2048 bits or more, without a passphrase'])
  }
  if (target === 'contact' && account === undefined) {
    found.push([
      'account',
      'is missing; target: contact needs to know whose Contact it is, since one without an Account is private: match-by-domain, match-by-name, or the id of an Account',
    ])
  }
  return found
}

/** Hosts at which an API call can't work, though people have them at hand. */
function hostFault(baseUrl: string): string | null {
  const url = URL.parse(baseUrl)
  if (url === null) return null
  const myDomain = 'use the My Domain address, https://YOURS.my.salesforce.com (Setup, My Domain)'
  // The token endpoint of client credentials and of External Client Apps answers at My Domain only.
  if (url.hostname === 'login.salesforce.com' || url.hostname === 'test.salesforce.com') {
    return `must not be ${url.hostname}, which belongs to no org; ${myDomain}`
  }
  if (/\.(lightning\.force|lightning\.salesforce)\.com$/.test(url.hostname)) {
    return `must not be the address that the browser shows, which takes no API calls; ${myDomain}`
  }
  return url.pathname === '/' ? null : 'must not have a path; it is the host alone, e.g. https://acme.my.salesforce.com'
}
