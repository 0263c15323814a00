import type { DeliveryErrorCode } from '../../../src/core/index.ts'

/** What one AADSTS code of Microsoft Entra ID means. */
export interface TokenRule {
  readonly codes: readonly number[]
  readonly code: DeliveryErrorCode
  readonly say: string
  readonly delayMs?: number
}

const App = 'the app registration (Entra admin center, App registrations)'

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export const TokenRules: readonly TokenRule[] = [
  {
    codes: [7000215],
    code: 'unauthorized',
    say: `\`clientSecret\` is wrong. Give the secret's value, not its id; a new one is made in ${App}, Certificates & secrets.`,
  },
  {
    codes: [7000222],
    code: 'unauthorized',
    say: `\`clientSecret\` has expired. Make a new one in ${App}, Certificates & secrets.`,
  },
  {
    codes: [700016],
    code: 'unauthorized',
    say: `there is no app \`clientId\` in the tenant \`tenantId\`. Copy both from the overview of ${App}.`,
  },
  {
    codes: [90002, 900023, 90003],
    code: 'misconfigured',
    say: "there is no tenant `tenantId`. Copy the directory (tenant) id from the app registration's overview; for a national cloud check `authorityHost` too.",
  },
  {
    codes: [500011, 70011],
    code: 'misconfigured',
    say: 'the tenant `tenantId` has no environment at `baseUrl`. Check both, and `scope` if given.',
  },
  {
    codes: [7000229, 7000112, 50105],
    code: 'unauthorized',
    say: `the app is disabled, or not known as an enterprise application in the tenant. Enable it (Entra admin center, Enterprise applications).`,
  },
  {
    codes: [700027, 7000217, 50012],
    code: 'unauthorized',
    say: `the app does not know the certificate. Upload the certificate of \`certificate\` to ${App}, Certificates & secrets, and check that it has not expired.`,
  },
  {
    codes: [70021, 700211, 700212, 700213, 700214, 700238],
    code: 'unauthorized',
    say: `the app does not trust the federated token. Add a federated credential with its issuer, subject and audience to ${App}, Certificates & secrets.`,
  },
  {
    codes: [700024, 50013, 700025],
    code: 'unauthorized',
    say: "it does not accept the assertion. Check that this machine's clock is right, and that `tokenFile` or `certificate` is the current one.",
  },
  {
    codes: [53003, 53000, 530003, 53011],
    code: 'unauthorized',
    say: "a conditional access policy of the tenant keeps the app out. Ask its administrator to let the app in from this machine's address.",
  },
  {
    codes: [7000218],
    code: 'unauthorized',
    say: 'the app needs a secret or a certificate. Set `auth` and what it needs.',
  },
  {
    codes: [50196, 50053, 90055],
    code: 'rate_limited',
    delayMs: 5 * 60_000,
    say: 'Microsoft Entra ID has been asked for tokens too often.',
  },
  {
    codes: [90033, 90006, 90012, 90024, 50000],
    code: 'unavailable',
    say: 'Microsoft Entra ID does not work right now. It is tried again.',
  },
]
