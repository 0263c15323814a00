import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Config, type ConnectorRegistry, type LoadedConfig, loadConfig } from '../../src/config/load.ts'
import { formatProblem, type Problem } from '../../src/config/problem.ts'

/** A CRM kind with an opt-out field, a secret, a number and a rule over two keys. */
export const connectors: ConnectorRegistry = {
  acme: {
    settings: z
      .object({
        token: z.string().min(1).describe('Access token of the app.'),
        baseUrl: z.string().default('https://api.acme.example'),
        timeoutMs: z.int().min(1).default(30_000),
        region: z.enum(['europe', 'america']).default('europe'),
        target: z.enum(['contact', 'lead']).default('contact'),
      })
      .refine((settings) => settings.region !== 'america' || settings.timeoutMs >= 1_000, {
        path: ['timeoutMs'],
        message: 'must be at least 1000 for america',
      }),
    objects: ['contact', 'lead'],
    optOutFields: { contact: ['DoNotCall'] },
    quota: { windows: {}, classOf: () => 'api', read: () => ({ windows: {}, day: null }) },
    create() {
      throw new Error('configuration never creates a connector')
    },
    createAdmin() {
      throw new Error('configuration never prepares a CRM')
    },
  },
}

export const Token = 'a-token-of-the-marketplace'

export const Crm = `connector: acme
token: secret
mapping:
  contact:
    email: person.email
    last_lead_at: { from: occurredAt, policy: overwrite }
lastLeadField: last_lead_at
doNotContact:
  markers: { at: dnc_at }
`

export function directory(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'leadsync-config-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  return dir
}

export function load(
  files: Readonly<Record<string, string>>,
  env: Record<string, string> = {},
): LoadedConfig & { readonly dir: string } {
  const dir = directory({ 'leadsync.yaml': 'log: { level: info }\n', ...files })
  return { ...loadConfig(dir, { env, connectors }), dir }
}

/** The configuration, or the problems as the reason of the failure. */
export function loaded(files: Readonly<Record<string, string>>, env: Record<string, string> = {}): Config {
  const result = load(files, env)
  if (result.ok) return result.config
  throw new Error(result.problems.map((problem) => formatProblem(problem)).join('\n'))
}

/** Every problem of all files as it is printed, with the directory taken away. */
export function problemsOf(files: Readonly<Record<string, string>>, env: Record<string, string> = {}): string[] {
  const result = load(files, env)
  const problems: readonly Problem[] = result.ok
    ? result.config.crms.flatMap((crm) => (crm.ok ? [] : crm.problems))
    : result.problems
  return problems.map((problem) => formatProblem(problem).replace(`${result.dir}/`, ''))
}
