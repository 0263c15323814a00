// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold ${…}, which is not JavaScript's
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { Crm, connectors, directory, load, loaded, problemsOf, Token } from './fixture.ts'

describe('leadsync.yaml', () => {
  it('is complete with one key: everything else has a default', () => {
    const { leadsync } = loaded({})
    expect(leadsync.dataDir).toBe(resolve('.leadsync'))
    expect(leadsync.journal).toEqual({ dir: resolve('.leadsync/journal'), keepDays: 30 })
    expect(leadsync.intake).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      tokens: [],
      apiTokens: [],
      testLeads: 'hold',
      trustProxy: false,
    })
    expect(leadsync.admin).toEqual({
      host: '127.0.0.1',
      port: 8081,
      username: 'admin',
      password: null,
      operator: null,
      showPersonalData: false,
    })
    expect(leadsync.redis).toEqual({ mode: 'embedded' })
    expect(leadsync.doNotContact).toEqual({ scope: 'offer', release: ['PLT'] })
  })

  it.each([
    ['redis: { url: "redis://localhost:6379" }', { mode: 'url', url: 'redis://localhost:6379' }],
    ['redis: { url: "" }', { mode: 'embedded' }],
    ['redis: { mode: embedded, url: "redis://localhost:6379" }', { mode: 'embedded' }],
  ])('%s means %o', (yaml, redis) => {
    expect(loaded({ 'leadsync.yaml': yaml }).leadsync.redis).toEqual(redis)
  })

  it('reads an offer as text or as its two parts, and splits the text at its first dot', () => {
    const { tokens } = loaded({
      'leadsync.yaml': `
intake:
  tokens:
    - { name: one, value: ${Token}-1, offer: contoso.analytics.v2 }
    - { name: two, value: ${Token}-2, offer: { publisherId: contoso, offerId: other } }`,
    }).leadsync.intake
    expect(tokens.map((token) => token.offer)).toEqual([
      { publisherId: 'contoso', offerId: 'analytics.v2' },
      { publisherId: 'contoso', offerId: 'other' },
    ])
  })

  it('leaves out tokens whose value is empty', () => {
    const yaml = `
intake:
  tokens: [{ name: one, value: "\${ONE:-}" }, { name: two, value: "\${TWO:-}" }]
  apiTokens: [{ name: api, value: "" }]`
    const { intake } = loaded({ 'leadsync.yaml': yaml }, { TWO: Token }).leadsync
    expect(intake.tokens.map((token) => token.name)).toEqual(['two'])
    expect(intake.apiTokens).toEqual([])
  })

  it('takes a key without a value as not written', () => {
    expect(loaded({ 'leadsync.yaml': 'intake:\n  tokens:\n  # - name: one\n  port:\nredis:\n' }).leadsync.intake.port).toBe(8080)
  })

  it('resolves aliases', () => {
    expect(
      loaded({ 'leadsync.yaml': 'intake: { port: 9000, host: &host 127.0.0.2 }\nadmin: { host: *host }\n' }).leadsync.admin.host,
    ).toBe('127.0.0.2')
  })

  it.each<[string, string, string]>([
    ['a mistyped key', 'intake:\n  prot: 80\n', 'leadsync.yaml:2:3 intake.prot: unknown key; did you mean "port"?'],
    ['a key that is like no other', 'log:\n  colour: red\n', 'leadsync.yaml:2:3 log.colour: unknown key; known here: level'],
    ['a key in another style', 'data_dir: x\n', 'leadsync.yaml:1:1 data_dir: unknown key; did you mean "dataDir"?'],
    [
      'a mistyped choice',
      'log:\n  level: wran\n',
      'leadsync.yaml:2:3 log.level: must be one of fatal, error, warn, info, debug, trace, silent; did you mean "warn"?',
    ],
    [
      'a mode that is not there yet',
      'redis: { mode: sentinel }\n',
      'leadsync.yaml:1:10 redis.mode: must be one of embedded, url',
    ],
    ['a quoted number', 'intake:\n  port: "8080"\n', 'leadsync.yaml:2:3 intake.port: must be a number; write it without quotes'],
    [
      'one port for both listeners',
      'intake: { port: 9000 }\nadmin: { port: 9000 }\n',
      'leadsync.yaml:2:10 admin.port: is also intake.port; the two listeners need one each, e.g. 9000 and 9001',
    ],
    ['a port that is none', 'intake: { port: 70000 }\n', 'leadsync.yaml:1:11 intake.port: must be at most 65535'],
    [
      'a number where text is wanted',
      'intake:\n  tokens:\n    - name: one\n      value: 1234567890123456\n',
      'leadsync.yaml:4:7 intake.tokens[0].value: must be text; put it in quotes',
    ],
    [
      'a token that does not fit into a URL',
      'intake:\n  tokens:\n    - { name: one, value: with/a/slash/and/a%20space }\n',
      'leadsync.yaml:3:20 intake.tokens[0].value: may hold at most 100 letters, digits and - . _ ~ because it stands in a URL',
    ],
    [
      'a token without a value',
      'intake:\n  tokens:\n    - name: one\n',
      'leadsync.yaml:3:7 intake.tokens[0].value: is missing; it must be text (The secret part of the URL. Empty: this entry is left out.)',
    ],
    [
      'an offer without a publisher',
      `intake:\n  tokens:\n    - { name: one, value: ${Token}, offer: analytics }\n`,
      'leadsync.yaml:3:55 intake.tokens[0].offer: must be `publisher.offer`, e.g. contoso.contoso-analytics',
    ],
    [
      'something else than a switch or a list',
      'intake: { trustProxy: 7 }\n',
      'leadsync.yaml:1:11 intake.trustProxy: must be true or false or a list (lines that begin with "- ")',
    ],
    [
      'a list where a mapping is wanted',
      'intake:\n  - port: 80\n',
      'leadsync.yaml:1:1 intake: must be a mapping (indented `key: value` lines)',
    ],
    [
      'an operator with the user name of those who may only look',
      'admin:\n  username: jane\n  password: one\n  operator:\n    username: jane\n    password: another\n',
      'leadsync.yaml:5:5 admin.operator.username: is the same as admin.username; the operator needs a login of its own',
    ],
    [
      'an operator with the password of those who may only look',
      'admin:\n  password: same\n  operator:\n    password: same\n',
      'leadsync.yaml:4:5 admin.operator.password: is the same as admin.password; whoever may look could then change the queues',
    ],
    [
      'a public admin address without a password',
      'admin:\n  host: 0.0.0.0\n',
      'leadsync.yaml:1:1 admin.password: is empty, but admin.host can be reached from outside; set a password, or use host 127.0.0.1',
    ],
    [
      'redis.mode url without a url',
      'redis:\n  mode: url\n',
      'leadsync.yaml:1:1 redis.url: is missing; redis.mode is `url`, so it must be the address, e.g. redis://127.0.0.1:6379',
    ],
    [
      'a redis address of another kind',
      'redis: { url: "http://x" }\n',
      'leadsync.yaml:1:10 redis.url: must begin with redis:// or rediss://',
    ],
    [
      'two tokens with one name',
      `intake:\n  tokens:\n    - { name: one, value: ${Token}-1 }\n    - { name: One, value: ${Token}-2 }\n`,
      'leadsync.yaml:4:9 intake.tokens[1].name: is also the name of intake.tokens[0]; give each token its own',
    ],
    [
      'two tokens with one value',
      `intake:\n  tokens:\n    - { name: one, value: ${Token} }\n  apiTokens:\n    - { name: two, value: ${Token} }\n`,
      'leadsync.yaml:5:20 intake.apiTokens[0].value: is the same as that of intake.tokens[0]; to rotate, generate a new one',
    ],
    ['an empty file', '', 'leadsync.yaml:1:1: the file is empty; a documented one is in the repository under config/'],
    [
      'a file of comments',
      '# nothing\n',
      'leadsync.yaml:1:1: the file is empty; a documented one is in the repository under config/',
    ],
    ['plain text', 'hello\n', 'leadsync.yaml:1:1: the file must hold `key: value` lines'],
    ['a tab', 'intake:\n\tport: 80\n', 'leadsync.yaml:2:1: YAML does not allow tabs as indentation; use spaces'],
    [
      'a key written twice',
      'dataDir: a\ndataDir: b\n',
      'leadsync.yaml:2:1: this key is written twice in the same mapping; keep one of them',
    ],
    [
      'two documents',
      'dataDir: a\n---\ndataDir: b\n',
      'leadsync.yaml:2:1: the file holds several documents (---); only one is allowed',
    ],
    [
      'an unclosed quote',
      'dataDir: "a\n',
      'leadsync.yaml:2:1: a quote, comma, colon or bracket is missing here or in the line above',
    ],
    [
      'an alias of nothing',
      'dataDir: *nowhere\n',
      'leadsync.yaml:1:1 dataDir: there is no &nowhere before this *nowhere; quote the value if the * belongs to it',
    ],
    [
      'an unquoted placeholder in brackets',
      'redis: { url: ${REDIS_URL:-} }\n',
      'leadsync.yaml:1:16: something stands here that YAML does not expect; is a quote or bracket missing? (a ${…} inside [ ] or { }, or with ": " or " #" in it, must stand in quotes)',
    ],
  ])('says what is wrong with %s', (_, yaml, problem) => {
    expect(problemsOf({ 'leadsync.yaml': yaml })).toEqual([problem])
  })

  it('refuses aliases that contain themselves or blow up', () => {
    expect(problemsOf({ 'leadsync.yaml': 'stages: &s\n  - *s\n' })[0]).toMatch(
      /^leadsync.yaml:2:5 stages\[0\]: there is no &s before/,
    )
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}]`).join('\n')
    expect(problemsOf({ 'leadsync.yaml': `l0: &l0 x\n${levels}\n` })).toContain(
      'leadsync.yaml:1:1: the file repeats itself through aliases (*name) too often; write it out',
    )
  })

  it('answers any text with a configuration or with problems, never with an exception', () => {
    const dir = directory({})
    const word = fc.constantFrom(
      'intake',
      'port',
      'tokens',
      'name',
      '__proto__',
      ':',
      ': ',
      '- ',
      '  ',
      '\n',
      '\t',
      '&a ',
      '*a',
      '${',
      '}',
      '{',
      '[',
      ']',
      '"',
      "'",
      '!!map ',
      '|',
      '?',
      '7',
      '~',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
        ),
        (yaml) => {
          writeFileSync(join(dir, 'leadsync.yaml'), yaml)
          const result = loadConfig(dir, { env: {}, connectors })
          expect(result.ok || result.problems.length > 0).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('reports every problem of every file at once', () => {
    const problems = problemsOf({ 'leadsync.yaml': 'dataDr: x\nintake: { port: -1 }\n', 'crm/acme.yaml': 'connector: acm\n' })
    expect(problems.map((problem) => problem.split(' ')[1])).toEqual(['dataDr:', 'intake.port:', 'connector:'])
  })

  it('says so when it is missing or a directory', () => {
    const dir = directory({})
    const missing = loadConfig(dir, { env: {}, connectors })
    expect(missing.ok || missing.problems.map((problem) => formatProblem(problem))).toEqual([
      `${dir}/leadsync.yaml: there is no such file; create it, or name its directory with --config DIR`,
    ])
    mkdirSync(join(dir, 'leadsync.yaml'))
    const unreadable = loadConfig(dir, { env: {}, connectors })
    expect(unreadable.ok || unreadable.problems[0]?.message).toBe("can't be read: it is a directory")
  })

  it('refuses a crm directory that is none, since leads would silently go nowhere', () => {
    const dir = directory({ 'leadsync.yaml': 'log: {}\n', crm: 'a file' })
    const result = loadConfig(dir, { env: {}, connectors })
    expect(result.ok || result.problems[0]?.message).toBe(
      "the directory can't be read: it, or a part of its path, is no directory",
    )
  })
})

describe('crm/NAME.yaml', () => {
  it('is read with its defaults, its connector settings apart', () => {
    const [crm] = loaded({ 'crm/my-acme-2.yaml': Crm }).crms
    expect(crm).toEqual({
      name: 'my-acme-2',
      ok: true,
      enabled: true,
      connector: 'acme',
      settings: { token: 'secret', baseUrl: 'https://api.acme.example', timeoutMs: 30_000, region: 'europe', target: 'contact' },
      accept: {},
      mapping: { contact: { email: { from: 'person.email' }, last_lead_at: { from: 'occurredAt', policy: 'overwrite' } } },
      doNotContact: { mode: 'flag', createIfMissing: false, markers: { at: 'dnc_at', liftedAt: null, reason: null } },
      lastLeadField: 'last_lead_at',
      touches: { as: 'none' },
      onMany: 'park',
      onDeleted: 'recreate',
      onClosed: 'new-record',
      giveUpAfterMs: 7 * 24 * 60 * 60_000,
      quota: { reservePercent: 20, dailyRequests: null },
      sharedOrg: false,
    })
  })

  it('says how much of the org’s API Leadsync may use', () => {
    const [crm] = loaded({ 'crm/acme.yaml': `${Crm}quota: { reservePercent: 0, dailyRequests: 5000 }\n` }).crms
    expect(crm).toMatchObject({ quota: { reservePercent: 0, dailyRequests: 5_000 } })
  })

  it('blocks only its own CRM when it is wrong', () => {
    const { crms } = loaded({ 'crm/a.yaml': Crm, 'crm/b.yaml': 'connector: acme\n', 'crm/c.yaml': ']' })
    expect(crms.map((crm) => [crm.name, crm.ok])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ])
  })

  it.each(['false', '${ACME:-no}'])('is left out with enabled: %s, whatever else is wrong in it', (enabled) => {
    const config = loaded({ 'crm/acme.yaml': `enabled: ${enabled}\ntoken: \${UNSET}\nfoo: 1\n` })
    expect(config.crms).toEqual([])
    expect(config.disabled).toEqual(['acme'])
  })

  it.each<[string, string, string]>([
    [
      'an unknown connector',
      Crm.replace('connector: acme', 'connector: acmee'),
      'crm/acme.yaml:1:1 connector: must be acme; did you mean "acme"?',
    ],
    ['no connector', Crm.replace('connector: acme\n', ''), 'crm/acme.yaml:1:1 connector: is missing; it must be acme'],
    [
      'a missing setting',
      Crm.replace('token: secret\n', ''),
      'crm/acme.yaml:1:1 token: is missing; it must be text (Access token of the app.)',
    ],
    ['a mistyped setting', `${Crm}timeoutMS: 5\n`, 'crm/acme.yaml:10:1 timeoutMS: unknown key; did you mean "timeoutMs"?'],
    [
      'a rule of the connector over several keys',
      `${Crm}region: america\ntimeoutMs: 5\n`,
      'crm/acme.yaml:11:1 timeoutMs: must be at least 1000 for america',
    ],
    [
      'a kind of new records without a mapping',
      `${Crm}target: lead\n`,
      'crm/acme.yaml:10:1 target: needs mapping.lead, by which the new records are written',
    ],
    [
      'an unencrypted address',
      `${Crm}baseUrl: http://crm.example\n`,
      'crm/acme.yaml:10:1 baseUrl: must begin with https://; plain http:// is allowed for 127.0.0.1 and localhost only',
    ],
    [
      'an address that only looks like this machine',
      `${Crm}baseUrl: http://127.0.0.1.example\n`,
      'crm/acme.yaml:10:1 baseUrl: must begin with https://; plain http:// is allowed for 127.0.0.1 and localhost only',
    ],
    [
      'an unknown kind of object',
      Crm.replace('  contact:', '  contact: { email: person.email }\n  leed:'),
      'crm/acme.yaml:5:3 mapping.leed: unknown key; did you mean "lead"?',
    ],
    [
      'no mapping for new records',
      Crm.replace('  contact:', '  lead:'),
      'crm/acme.yaml:3:1 mapping.contact: is missing; it must be a mapping (indented `key: value` lines) (CRM field: path into the lead, or { from | value | template, policy, … })',
    ],
    [
      'a path that a lead does not have',
      Crm.replace('person.email', 'person.emial'),
      'crm/acme.yaml:5:5 mapping.contact.email: A lead has no "person.emial". Did you mean person.email?',
    ],
    [
      'a rule that is neither',
      Crm.replace('email: person.email', 'email: 5'),
      'crm/acme.yaml:5:5 mapping.contact.email: must be text or a mapping (indented `key: value` lines)',
    ],
    [
      'a mistyped key in a rule',
      Crm.replace('email: person.email', 'email: { from: person.email, polcy: overwrite }'),
      'crm/acme.yaml:5:34 mapping.contact.email.polcy: unknown key; did you mean "policy"?',
    ],
    [
      'a mistyped policy',
      Crm.replace('policy: overwrite', 'policy: overwrit'),
      'crm/acme.yaml:6:39 mapping.contact.last_lead_at.policy: must be one of fill-if-empty, overwrite, create-only, ours; did you mean "overwrite"?',
    ],
    [
      'two sources in one rule',
      Crm.replace('email: person.email', 'email: { from: person.email, value: x }'),
      'crm/acme.yaml:5:5 mapping.contact.email: must have exactly one of from (a path into the lead), value (a literal) and template (Liquid)',
    ],
    [
      'an unquoted template',
      Crm.replace('person.email', '{{ person.email }}'),
      'crm/acme.yaml:5:13 mapping.contact.email: a key must be plain text; quote a value that begins with { or [',
    ],
    [
      "the CRM's own opt-out in the mapping",
      Crm.replace('email: person.email', 'donotcall: { value: false }'),
      "crm/acme.yaml:5:5 mapping.contact.donotcall: Leadsync never writes the CRM's own opt-out fields; remove this line",
    ],
    [
      "the CRM's own opt-out as a marker",
      Crm.replace('dnc_at', 'DoNotCall'),
      "crm/acme.yaml:9:14 doNotContact.markers.at: is the CRM's own opt-out field, which Leadsync never writes; name a field of Leadsync's own",
    ],
    [
      'a marker that is mapped as well',
      Crm.replace('dnc_at', 'email'),
      'crm/acme.yaml:5:5 mapping.contact.email: is already doNotContact.markers.at; remove this line',
    ],
    [
      'flags without a field to set',
      Crm.replace('{ at: dnc_at }', '{ reason: dnc_reason }'),
      'crm/acme.yaml:9:3 doNotContact.markers.at: is missing; mode `flag` needs the CRM field that it sets, e.g. leadsync_dnc_at; or set mode: skip',
    ],
    [
      'a lastLeadField that nothing writes',
      Crm.replace('lastLeadField: last_lead_at', 'lastLeadField: last_at'),
      "crm/acme.yaml:7:1 lastLeadField: needs mapping.contact.last_at: { from: occurredAt, type: datetime, policy: overwrite }, or an old lead can't be told from a new one",
    ],
    [
      'a country that is none',
      `${Crm}accept:\n  countries: [UK]\n`,
      'crm/acme.yaml:11:15 accept.countries[0]: must be an ISO 3166-1 code of two letters, e.g. US, DE, GB',
    ],
    [
      'an empty list of what is wanted',
      `${Crm}accept: { tags: [] }\n`,
      'crm/acme.yaml:10:11 accept.tags: must not be empty; leave the key out instead',
    ],
    ['a time that is none', `${Crm}giveUpAfterDays: 0\n`, 'crm/acme.yaml:10:1 giveUpAfterDays: must be more than 0'],
  ])('says what is wrong with %s', (_, yaml, problem) => {
    expect(problemsOf({ 'crm/acme.yaml': yaml })).toEqual([problem])
  })

  it('allows plain http on this machine', () => {
    for (const baseUrl of ['http://127.0.0.1:4010', 'http://localhost:1', 'http://[::1]:1', 'https://eu.acme.example/x']) {
      expect(problemsOf({ 'crm/acme.yaml': `${Crm}baseUrl: "${baseUrl}"\n` })).toEqual([])
    }
  })

  it.each(['HubSpot.yaml', 'hub spot.yaml', 'hubspot.yml', '1st.yaml', `${'a'.repeat(32)}.yaml`])(
    'refuses the name %s',
    (name) => {
      expect(problemsOf({ [`crm/${name}`]: Crm })).toEqual([
        `crm/${name}: the name must be NAME.yaml: a letter a-z, then up to 30 of a-z, 0-9 and -; rename or remove it`,
      ])
    },
  )

  it("ignores what is no YAML file, and editors' hidden files", () => {
    expect(loaded({ 'crm/.#acme.yaml': 'x', 'crm/acme.yaml~': 'x', 'crm/readme.md': 'x' }).crms).toEqual([])
  })
})

describe('${…}', () => {
  it('puts in variables, defaults, files and numbers where the key wants one', () => {
    const dir = directory({
      'leadsync.yaml':
        'intake:\n  port: ${PORT:-9090}\n  trustProxy: ${PROXY}\nadmin:\n  port: ${ADMIN_PORT}\n  password: ${file:secret}\n',
      secret: 'from a file: yes\n',
    })
    const result = loadConfig(dir, { env: { PROXY: 'true', ADMIN_PORT: '0' }, connectors })
    expect(result.ok && result.config.leadsync.intake).toMatchObject({ port: 9090, trustProxy: true })
    expect(result.ok && result.config.leadsync.admin).toMatchObject({ port: 0, password: 'from a file: yes' })
  })

  it('can not add keys, and stays text where text is wanted', () => {
    const yaml = 'admin:\n  password: ${PASSWORD}\n'
    const injection = 'x\nusername: root'
    expect(loaded({ 'leadsync.yaml': yaml }, { PASSWORD: injection }).leadsync.admin).toMatchObject({
      password: injection,
      username: 'admin',
    })
    expect(loaded({ 'leadsync.yaml': yaml }, { PASSWORD: '0123' }).leadsync.admin.password).toBe('0123')
  })

  it.each<[string, string, Record<string, string>, string]>([
    ['an unset variable', '${PORT}', {}, 'the environment variable PORT is not set; set it, or give a default with ${PORT:-…}'],
    [
      'an empty variable',
      '${PORT}',
      { PORT: '' },
      'the environment variable PORT is empty; set it, or give a default with ${PORT:-…}',
    ],
    [
      'a variable of the wrong type',
      '${PORT}',
      { PORT: 'eighty' },
      'must be a number; what its ${…} stands for is something else',
    ],
    ['a number out of range', '${PORT}', { PORT: '99999' }, 'must be at most 65535'],
    ['a missing file', '${file:nowhere}', {}, "the file nowhere of ${file:…} can't be read: it does not exist"],
    ['a name that is none', '${1PORT}', {}, '${…} takes the name of an environment variable, NAME:-default, or file:PATH'],
    ['a default in a default', '"${A:-${B}}"', {}, "the default of ${A:-…} can't hold another ${…}"],
    ['an open brace', '${PORT', {}, 'a `${` is never closed; write `$${` for a literal one'],
  ])('says what is wrong with %s', (_, value, env, message) => {
    expect(problemsOf({ 'leadsync.yaml': `intake:\n  port: ${value}\n` }, env)).toEqual([
      `leadsync.yaml:2:3 intake.port: ${message}`,
    ])
  })

  it('reports an unset variable of a CRM by file, line and key, once', () => {
    expect(problemsOf({ 'crm/acme.yaml': Crm.replace('token: secret', 'token: ${ACME_TOKEN}') })).toEqual([
      'crm/acme.yaml:2:1 token: the environment variable ACME_TOKEN is not set; set it, or give a default with ${ACME_TOKEN:-…}',
    ])
  })
})

describe('secrets', () => {
  const Secret = 'Zq9/xS3cr3t v%lue: {oops'
  const places = [
    'dataDir: 7\nadmin: { host: 0.0.0.0 }\nfoo: ${S}\n',
    'intake: ${S}\n',
    'intake:\n  port: ${S}\n  trustProxy: ${S}\n  testLeads: ${S}\n  tokens: ${S}\n',
    'intake:\n  tokens:\n    - name: ${S}\n      value: ${S}\n      tags: ${S}\n      offer: ${S}\n  apiTokens:\n    - name: ${S}\n      value: ${S}\n',
    'redis:\n  url: ${S}\n  mode: ${S}\nlog:\n  level: ${S}\nstages: ${S}\nworkers:\n  lockSeconds: ${S}\n',
    `admin:\n  password: "${Secret}\n`,
    `admin:\n  password: ${Secret}\n`,
    `admin: [ ] ${Secret}\n`,
    `admin:\n  password: "\\q${Secret}"\n`,
  ]

  it.each(places)('never stand in a message: %j', (yaml) => {
    const problems = problemsOf({ 'leadsync.yaml': yaml }, { S: Secret })
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.join('\n')).not.toContain('Zq9')
  })

  it('never stand in a message about a CRM', () => {
    const yaml = `connector: acme
token: \${S}
baseUrl: \${S}
region: \${S}
onMany: \${S}
lastLeadField: \${S}
accept: { countries: ["\${S}"] }
mapping:
  contact:
    a: \${S}
    b: { template: "\${S}{{ \${S}" }
    c: { value: "\${S}", type: number }
    d: { from: person.email, policy: "\${S}" }
`
    for (const secret of [Secret, 'Zq9']) {
      const problems = problemsOf({ 'crm/acme.yaml': yaml }, { S: secret })
      expect(problems.length).toBeGreaterThan(2)
      expect(problems.join('\n')).not.toContain('Zq9')
    }
  })

  it('are read from the environment of the process when no other is given', () => {
    const { dir } = load({ 'leadsync.yaml': 'dataDir: ${PATH}\n' })
    expect(loadConfig(dir, { connectors }).ok).toBe(true)
  })
})
