import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { connectors } from '../../connectors/registry.ts'
import { reference } from '../../src/cli/schema.ts'
import { describeConfig } from '../../src/config/describe.ts'
import { loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { configSchemas, schemaText } from '../../src/config/schemas.ts'
import { DefaultStages } from '../../src/core/index.ts'
import { makeLead } from '../kit/made-lead.ts'

const Enough = { LEADSYNC_MARKETPLACE_TOKEN: 'a-token-of-the-marketplace', HUBSPOT_TOKEN: 'pat-na1-secret' }

function shipped(env: Record<string, string>) {
  const result = loadConfig('config', { env, connectors })
  if (result.ok) return result.config
  throw new Error(result.problems.map((problem) => formatProblem(problem)).join('\n'))
}

/** What a follow-up's templates see besides the lead. */
const Unknown = {
  ...{ contactId: 'c', score: 0, scoreReasons: '', priority: 'normal' as const },
  ...{ did: 'started a test drive', offerName: '', campaignName: '', earlier: '', earlierCount: 0, optOuts: '' },
  ...{ attempt: 1, attempts: 3, dueText: 'Tue 24 Nov 2026, 09:00 (UTC)', ownerName: '' },
}
const told = {
  ...{ score: 40, scoreReasons: 'asked for it', offerName: 'Contoso Analytics', campaignName: 'autumn' },
  ...{ earlier: '2026-01-01: got the product', earlierCount: 1, optOuts: 'The customer is not to be written to.' },
}
const everything = {
  notes: 'Call me',
  person: {
    email: 'jane@contoso.com',
    phone: '+16175555555',
    firstName: 'Jane',
    lastName: 'Doe',
    company: 'Contoso',
    jobTitle: 'CTO',
  },
}
const everythingSaid = `Jane Doe of Contoso started a test drive: Contoso Analytics (23 Nov 2026).
Job title: CTO
Phone: +16175555555
E-mail: jane@contoso.com
They wrote: Call me
Came by the campaign autumn
Score 40: asked for it

What else they did:
2026-01-01: got the product

Mind what they said:
The customer is not to be written to.

Attempt 1 of 3, due Tue 24 Nov 2026, 09:00 (UTC).`

describe('the shipped configuration', () => {
  it('works with two secrets and nothing else', () => {
    const { leadsync, crms } = shipped(Enough)
    expect(leadsync.intake.tokens.map((token) => token.name)).toEqual(['appsource-1'])
    expect(leadsync.intake.apiTokens).toEqual([])
    expect(leadsync.redis).toEqual({ mode: 'embedded' })
    expect(crms.map((crm) => (crm.ok ? crm.name : crm.problems))).toEqual(['hubspot'])
  })

  it('says in leadsync.yaml what the defaults are', () => {
    const { stages, doNotContact, workers, retention, journal, log } = shipped(Enough).leadsync
    expect(stages).toEqual(DefaultStages)
    expect({ doNotContact, workers, retention, keepDays: journal.keepDays, log }).toEqual({
      doNotContact: { scope: 'offer', release: ['PLT'] },
      workers: { leads: 50, deliveries: 200, lockSeconds: 30, stalledSeconds: 5, graceSeconds: 20 },
      retention: { ledgerDays: 400, bodyDays: 90, timelineDays: 400, timelineTouches: 200, quarantineDays: 90, journalDays: 30 },
      keepDays: 30,
      log: { level: 'info' },
    })
  })

  it('follows up a trial first, then who asked for it, then all others, each by a call within the SLA', () => {
    const { rules, crms, slaMs } = shipped(Enough).leadsync.followUps
    expect(crms).toEqual([{ crm: 'hubspot', when: null }])
    expect(rules.map(({ name, when }) => [name, when])).toEqual([
      ['trial', { actions: ['StartTestDrive'] }],
      ['contact-me', { actions: ['PLT'] }],
      ['deployed', 'otherwise'],
    ])
    for (const { steps } of rules) {
      expect(steps.length).toBeGreaterThan(1)
      expect(steps[0]).toMatchObject({ afterMs: 0, type: 'call' })
      expect(steps[0]?.dueWithinMs).toBeLessThanOrEqual(slaMs)
    }
  })

  it.each([
    ['all is known', everything, everythingSaid],
    [
      'next to nothing is known',
      {},
      'Somebody started a test drive (23 Nov 2026).\nPhone: 12 34\n\nAttempt 1 of 3, due Tue 24 Nov 2026, 09:00 (UTC).',
    ],
  ])('tells a salesperson what is known where %s', (_, known, said) => {
    const lead = makeLead({ action: 'StartTestDrive', person: { phoneRaw: '12 34' }, ...known })
    const scope = { ...Unknown, ...lead, ...('notes' in known ? told : {}) }
    for (const step of shipped(Enough).leadsync.followUps.rules.flatMap(({ steps }) => steps)) {
      expect(step.subject.render(scope)).toMatch(/^[A-Z].{20,}/)
      expect(step.subject.render(scope)).not.toMatch(/ {2}|[{}]/)
      expect(step.body.render(scope)).toBe(said)
    }
  })

  it('can be turned into a demo by its environment alone', () => {
    const { leadsync, crms } = shipped({
      ...Enough,
      LEADSYNC_DATA_DIR: '/tmp/demo',
      LEADSYNC_INTAKE_PORT: '0',
      LEADSYNC_ADMIN_PORT: '0',
      LEADSYNC_ADMIN_PASSWORD: 'demo',
      LEADSYNC_API_TOKEN: 'an-api-token-for-the-demo',
      REDIS_URL: 'redis://127.0.0.1:6390',
      HUBSPOT_BASE_URL: 'http://127.0.0.1:4010',
    })
    expect(leadsync).toMatchObject({
      dataDir: '/tmp/demo',
      intake: { port: 0, apiTokens: [{ name: 'api-1' }] },
      admin: { port: 0, password: 'demo' },
      redis: { mode: 'url', url: 'redis://127.0.0.1:6390' },
    })
    expect(crms[0]).toMatchObject({ ok: true, settings: { baseUrl: 'http://127.0.0.1:4010' } })
  })

  it('names the secrets that are missing', () => {
    const result = loadConfig('config', { env: {}, connectors })
    expect(result.ok || result.problems.map((problem) => `${problem.file} ${problem.key}`)).toEqual([
      'config/leadsync.yaml intake.tokens[0].value',
      'config/crm/hubspot.yaml token',
    ])
  })

  it('overwrites only what is its own', () => {
    const [hubspot] = shipped(Enough).crms
    const fields = hubspot?.ok ? Object.entries(hubspot.mapping.contact ?? {}) : []
    expect(fields.length).toBeGreaterThan(10)
    for (const [field, rule] of fields) expect(rule.policy !== 'overwrite' || field.startsWith('leadsync_')).toBe(true)
  })

  it('is described without a secret', () => {
    const lines = describeConfig(shipped({ ...Enough, LEADSYNC_ADMIN_PASSWORD: 'hunter22' })).join('\n')
    expect(lines).toContain('crm hubspot: hubspot, contact (')
    expect(lines).not.toMatch(/note:/)
    for (const secret of [...Object.values(Enough), 'hunter22']) expect(lines).not.toContain(secret)
  })

  it.each(['leadsync', 'crm/hubspot'])('%s.yaml points editors at its schema in the first line', (name) => {
    const [first] = readFileSync(`config/${name}.yaml`, 'utf8').split('\n')
    expect(first).toMatch(/^# yaml-language-server: \$schema=\.\.?\/schema\/(leadsync|crm)\.schema\.json$/)
  })
})

describe('the committed JSON Schemas', () => {
  it.each(Object.entries(configSchemas(connectors)))(
    '%s.schema.json is what the code generates (npm run schema)',
    (name, schema) => {
      expect(readFileSync(`config/schema/${name}.schema.json`, 'utf8')).toBe(schemaText(schema))
    },
  )
})

describe('docs/configuration.md', () => {
  it('is what the schemas say (npm run schema)', async () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).toBe(await reference())
  })

  it('names every key of the shipped files', async () => {
    const text = await reference()
    for (const key of [
      'intake.tokens[].tags',
      'stages[].stage',
      'doNotContact.markers.liftedAt',
      'mapping.contact.FIELD.policy',
    ]) {
      expect(text).toContain(`| \`${key}\` |`)
    }
    expect(text).toContain('| `HUBSPOT_TOKEN` | must be set |')
  })
})
