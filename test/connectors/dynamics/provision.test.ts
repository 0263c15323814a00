import { describe, expect, it } from 'vitest'
import { createDynamicsAdmin } from '../../../connectors/dynamics/admin.ts'
import { readCatalog } from '../../../connectors/dynamics/org/org.ts'
import type { Catalog, CrmAdmin, MappingRules, ProvisionStep } from '../../../src/core/index.ts'
import type { Asked, Told } from '../../kit/tiny-server.ts'
import {
  anySignal,
  below,
  type DescribedEnvironment,
  type EnvironmentOptions,
  forbidden,
  notFound,
  openEnvironment,
  refusal,
  text,
  type WireColumn,
} from './described-environment.ts'

const own: MappingRules[string] = {
  emailaddress1: { from: 'person.email' },
  frstname: { from: 'person.firstName' },
  leadsync_contactid: { from: 'contactId' },
  leadsync_lastleadat: { from: 'occurredAt' },
  leadsync_day: { from: 'occurredAt', type: 'date' },
  leadsync_seats: { from: 'campaign.seats', type: 'number' },
  leadsync_test: { from: 'test', type: 'boolean' },
  leadsync_notes: { from: 'notes', maxLength: 32_000 },
  leadsync_lastoffer: { from: 'offer.title' },
}
const rules: MappingRules = { lead: own, contact: { contoso_leadsync_lastoffer: { from: 'offer.title' } } }
const bare = { lead: [text('lastname')], contact: [text('lastname')] }

function adminOf({ api, settings }: DescribedEnvironment): CrmAdmin {
  return createDynamicsAdmin(api, 'sales', settings)
}

async function stepsFor(environment: DescribedEnvironment): Promise<readonly ProvisionStep[]> {
  const { catalog } = await readCatalog(environment.api, 'sales', environment.settings, anySignal())
  return adminOf(environment).planProvision(rules, catalog)
}

/** An environment that keeps what is made in it. */
async function keepingEnvironment(options: EnvironmentOptions = {}) {
  const columns: Record<string, WireColumn[]> = { lead: [text('lastname')], contact: [text('lastname')] }
  const keys: Record<string, Record<string, string>> = { lead: {}, contact: {} }
  const keep = ({ method, path, body }: Asked): Told | undefined => {
    const [, table = '', what] = /EntityDefinitions\(LogicalName='(\w+)'\)\/(Attributes|Keys)$/.exec(path) ?? []
    if (method !== 'POST' || !what) return undefined
    const [held, keyed] = [columns[table], keys[table]]
    const name: string = what === 'Keys' ? body.KeyAttributes[0] : body.SchemaName
    const isThere = what === 'Keys' ? keyed?.[name] : held?.some(({ LogicalName }) => LogicalName === name)
    if (isThere) return refusal(400, '0x80044150', 'Something that differs from version to version')
    if (what === 'Keys' && keyed) keyed[name] = 'Pending'
    else held?.push(text(name))
    return { status: 204, body: '' }
  }
  const environment = await openEnvironment({
    tables: columns,
    keys,
    ...options,
    answer: (asked) => options.answer?.(asked) ?? keep(asked),
  })
  return { environment, columns, keys }
}

function madeIn({ posted }: DescribedEnvironment): { path: string; body: Record<string, unknown> }[] {
  return posted.filter(({ path }) => path.startsWith('EntityDefinitions'))
}

describe('provision', () => {
  it("plans Leadsync's own columns that are missing, each in a sentence, and nothing that may be a misspelt one", async () => {
    const steps = await stepsFor(await openEnvironment({ tables: bare }))
    expect(steps.map(({ object, field, sentence }) => [object, field, /\((.+?)\)/.exec(sentence)?.[1]])).toEqual([
      ['lead', 'leadsync_contactid', 'label "Leadsync: contact id", text'],
      ['lead', 'leadsync_lastleadat', 'label "Leadsync: last lead at", date and time'],
      ['lead', 'leadsync_day', 'label "Leadsync: day", date'],
      ['lead', 'leadsync_seats', 'label "Leadsync: seats", number'],
      ['lead', 'leadsync_test', 'label "Leadsync: test", yes or no'],
      ['lead', 'leadsync_notes', 'label "Leadsync: notes", text of several lines'],
      ['lead', 'leadsync_lastoffer', 'label "Leadsync: last offer", text'],
      ['contact', 'leadsync_contactid', 'label "Leadsync: contact id", text'],
      ['contact', 'contoso_leadsync_lastoffer', 'label "Leadsync: last offer", text'],
    ])
    expect(steps.at(0)?.sentence).toContain('prefix "leadsync", which is made if there is none')
    expect(steps.at(-1)?.sentence).toContain('prefix "contoso".')
  })

  it('plans the alternate keys as well where records are addressed by them, and no others', async () => {
    const environment = await openEnvironment({
      tables: { lead: [text('leadsync_contactid')], contact: [text('leadsync_contactid')] },
      keys: { contact: { leadsync_contactid: 'Active' } },
      settings: { key: 'alternate-key' },
    })
    const { catalog } = await readCatalog(environment.api, 'sales', environment.settings, anySignal())
    expect(adminOf(environment).planProvision({ lead: {}, contact: {} }, catalog)).toMatchObject([
      {
        object: 'lead',
        field: 'leadsync_contactid',
        definition: { SchemaName: 'leadsync_contactid_key', KeyAttributes: ['leadsync_contactid'] },
      },
    ])
  })

  it('plans all of it where nothing may be read, and no column that the settings say there is none of', async () => {
    const unread: Catalog = { org: null, objects: { lead: null, contact: null } }
    expect(adminOf(await openEnvironment()).planProvision(rules, unread)).toHaveLength(9)
    const none = await openEnvironment({ settings: { contactIdColumn: 'none' } })
    expect(adminOf(none).planProvision({ lead: {}, contact: {} }, unread)).toEqual([])
    const standard = await openEnvironment({ settings: { contactIdColumn: 'governmentid' } })
    expect(adminOf(standard).planProvision({ lead: {}, contact: {} }, unread)).toEqual([])
  })

  it.each([
    ['leadsync_contactid', 'String', { MaxLength: 100, FormatName: { Value: 'Text' } }],
    ['leadsync_lastoffer', 'String', { MaxLength: 255, FormatName: { Value: 'Text' } }],
    ['leadsync_notes', 'Memo', { MaxLength: 32_000, Format: 'TextArea' }],
    ['leadsync_lastleadat', 'DateTime', { Format: 'DateAndTime', DateTimeBehavior: { Value: 'UserLocal' } }],
    ['leadsync_day', 'DateTime', { Format: 'DateOnly', DateTimeBehavior: { Value: 'DateOnly' } }],
    ['leadsync_seats', 'Decimal', { Precision: 4 }],
    ['leadsync_test', 'Boolean', { DefaultValue: false }],
  ])('makes %s of the type that its values have', async (name, type, shape) => {
    const step = (await stepsFor(await openEnvironment({ tables: bare }))).find((one) => one.field === name)
    expect(step?.definition).toMatchObject({
      '@odata.type': `Microsoft.Dynamics.CRM.${type}AttributeMetadata`,
      AttributeType: type,
      AttributeTypeName: { Value: `${type}Type` },
      SchemaName: name,
      RequiredLevel: { Value: 'None' },
      ...shape,
    })
  })

  it('makes the publisher and the columns, with labels in the language of the environment, and publishes nothing', async () => {
    const { environment } = await keepingEnvironment({ language: 1031 })
    const steps = await stepsFor(environment)
    expect(new Set(await adminOf(environment).provision(steps, anySignal()))).toEqual(new Set(['created']))
    expect(environment.posted.map(({ path }) => path)).toEqual([
      'publishers',
      ...steps.map(({ object }) => `EntityDefinitions(LogicalName='${object}')/Attributes`),
    ])
    expect(environment.posted[0]?.body).toMatchObject({ customizationprefix: 'leadsync' })
    const sent = JSON.stringify(madeIn(environment))
    expect(sent).toContain('"LanguageCode":1031')
    expect(sent).not.toContain('1033')
  })

  it.each<[string, EnvironmentOptions]>([
    ['is there', { publishers: [{ publisherid: '1' }] }],
    ['can not be looked for', { answer: ({ path }) => (path.includes('publishers') ? notFound : undefined) }],
  ])('makes no publisher where one %s', async (_, options) => {
    const { environment } = await keepingEnvironment(options)
    const made = await adminOf(environment).provision(await stepsFor(environment), anySignal())
    expect(new Set(made)).toEqual(new Set(['created']))
    expect(environment.posted.filter(({ path }) => path === 'publishers')).toEqual([])
  })

  it('may be repeated: what is there is fine, whatever the environment calls that', async () => {
    const { environment, columns, keys } = await keepingEnvironment({ settings: { key: 'alternate-key' } })
    const steps = await stepsFor(environment)
    await adminOf(environment).provision(steps, anySignal())
    const before = JSON.stringify([columns, keys])
    expect(keys).toMatchObject({ lead: { leadsync_contactid: 'Pending' } })
    expect(new Set(await adminOf(environment).provision(steps, anySignal()))).toEqual(new Set(['exists']))
    expect(JSON.stringify([columns, keys])).toBe(before)
  })

  it('stops where the user has no right to make columns, and says which role it needs', async () => {
    const { environment } = await keepingEnvironment({ answer: ({ method }) => (method === 'POST' ? forbidden : undefined) })
    const steps = await stepsFor(environment)
    const refused = await adminOf(environment).provision(steps, anySignal())
    const message = expect.stringMatching(/^Dynamics 365 \(sales\): .*System Customizer/)
    expect(refused).toMatchObject(steps.map(() => ({ code: 'misconfigured', message })))
    expect(madeIn(environment)).toHaveLength(1)
  })

  it('goes on with the rest where one column is refused, and speaks of its prefix', async () => {
    const { environment } = await keepingEnvironment({
      answer: ({ method, body }) =>
        method === 'POST' && body.SchemaName?.startsWith('contoso_') ? refusal(400, '0x8004f026', 'secret words') : undefined,
    })
    const made = await adminOf(environment).provision((await stepsFor(environment)).toReversed(), anySignal())
    expect(made[0]).toMatchObject({ code: 'invalid', message: expect.stringContaining('publisher with the prefix') })
    expect(String(made[0])).not.toContain('secret words')
    expect(new Set(made.slice(1))).toEqual(new Set(['created']))
  })

  it('does not blame missing rights for a token that is not accepted', async () => {
    const { environment } = await keepingEnvironment()
    const steps = await stepsFor(environment)
    const dead = await openEnvironment({ answer: () => ({ status: 401, body: '' }) })
    const refused = await adminOf(dead).provision(steps, anySignal())
    expect(refused).toMatchObject(steps.map(() => ({ code: 'unauthorized' })))
    for (const one of refused) expect(String(one)).not.toContain('System Customizer')
  })

  it('asks for nothing when nothing is missing', async () => {
    const environment = await openEnvironment()
    expect(await adminOf(environment).provision([], anySignal())).toEqual([])
    expect(environment.asked.map(({ path }) => below(path))).toEqual([])
  })
})
