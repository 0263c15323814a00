import { describe, expect, it } from 'vitest'
import type { MetadataSet, Org, OrgError, RowValues } from '../../src/sandbox/dynamics/org/org.ts'
import { add, makeOrg, outcome, patchByKey, row, writing } from './dynamics-org.ts'

const label = { LocalizedLabels: [{ Label: 'Key', LanguageCode: 1033 }] }
const keyBody = { SchemaName: 'contoso_ByKey', DisplayName: label, KeyAttributes: ['contoso_key'] }

function columnBody(values: RowValues = {}): RowValues {
  return {
    '@odata.type': '#Microsoft.Dynamics.CRM.StringAttributeMetadata',
    SchemaName: 'contoso_Key',
    DisplayName: label,
    MaxLength: 64,
    ...values,
  }
}

/** The definition of one name. */
function definition(answer: MetadataSet | OrgError, name: string): Readonly<Record<string, unknown>> {
  const rows = 'rows' in answer ? answer.rows : []
  return rows.find((one) => one.LogicalName === name) ?? {}
}

function keyStatus(org: Org): unknown {
  return definition(org.metadata.keys('lead'), 'contoso_bykey').EntityKeyIndexStatus
}

describe('the definitions of a Dataverse org', () => {
  it('a table says its set, its ids and its keys', () => {
    const org = makeOrg({ alternateKey: true })
    expect(org.metadata.entity('lead')).toMatchObject({
      type: 'Microsoft.Dynamics.CRM.EntityMetadata',
      rows: [
        {
          LogicalName: 'lead',
          EntitySetName: 'leads',
          PrimaryIdAttribute: 'leadid',
          PrimaryNameAttribute: 'fullname',
          IsOptimisticConcurrencyEnabled: true,
          Keys: [
            { LogicalName: 'leadsync_contactid_key', KeyAttributes: ['leadsync_contactid'], EntityKeyIndexStatus: 'Active' },
          ],
        },
      ],
    })
    expect(org.metadata.entity('leadz')).toMatchObject({ status: 404 })
    expect(makeOrg().metadata.keys('lead')).toMatchObject({ rows: [] })
  })

  it('lengths, options and targets are properties of the subtypes only', () => {
    const { metadata } = makeOrg({ maxLengths: { 'lead.description': 10_000 } })
    const all = metadata.attributes('lead', null)
    expect(all).not.toHaveProperty('properties.MaxLength')
    expect(definition(all, 'subject')).toMatchObject({
      '@odata.type': '#Microsoft.Dynamics.CRM.StringAttributeMetadata',
      AttributeType: 'String',
      RequiredLevel: { Value: 'ApplicationRequired' },
      IsValidForCreate: true,
    })
    const texts = metadata.attributes('lead', 'Microsoft.Dynamics.CRM.StringAttributeMetadata')
    expect(texts).toHaveProperty('properties.MaxLength', 'Integer')
    expect(definition(texts, 'mobilephone')).toMatchObject({ MaxLength: 20 })
    expect(definition(texts, 'description')).toEqual({})
    expect(definition(metadata.attributes('lead', 'MemoAttributeMetadata'), 'description')).toMatchObject({ MaxLength: 10_000 })
    expect(definition(metadata.attributes('contact', 'StringAttributeMetadata'), 'mobilephone')).toMatchObject({ MaxLength: 50 })
    expect(metadata.attributes('lead', 'EnumAttributeMetadata')).toMatchObject({ status: 400 })
  })

  it('what no write may name is said so', () => {
    const all = makeOrg().metadata.attributes('lead', null)
    expect(definition(all, 'fullname')).toMatchObject({ IsValidForCreate: false, IsValidForUpdate: false })
    expect(definition(all, 'leadid')).toMatchObject({ IsValidForCreate: true, IsValidForUpdate: false, IsPrimaryId: true })
    expect(definition(all, 'statecode')).toMatchObject({ IsValidForCreate: false, IsValidForUpdate: true })
  })

  it('choices come with their labels, status reasons with their state', () => {
    const { metadata } = makeOrg()
    const sources = metadata.attributes('lead', 'PicklistAttributeMetadata')
    expect(sources).toHaveProperty('expandable', ['OptionSet', 'GlobalOptionSet'])
    expect(definition(sources, 'leadsourcecode')).toHaveProperty(
      'OptionSet.Options.7',
      expect.objectContaining({
        Value: 8,
        Label: expect.objectContaining({ UserLocalizedLabel: expect.objectContaining({ Label: 'Web' }) }),
      }),
    )
    expect(definition(metadata.attributes('task', 'StatusAttributeMetadata'), 'statuscode')).toMatchObject({
      OptionSet: { Options: expect.arrayContaining([expect.objectContaining({ Value: 6, State: 2 })]) },
    })
    expect(definition(metadata.attributes('lead', 'BooleanAttributeMetadata'), 'donotemail')).toMatchObject({
      OptionSet: { TrueOption: { Value: 1 }, FalseOption: { Value: 0 } },
    })
  })

  it.each([
    ['task', 'regardingobjectid', 'lead', 'regardingobjectid_lead_task'],
    ['task', 'regardingobjectid', 'contact', 'regardingobjectid_contact_task'],
    ['task', 'ownerid', 'owner', 'ownerid_task'],
    ['annotation', 'objectid', 'lead', 'objectid_lead'],
    ['lead', 'ownerid', 'owner', 'ownerid'],
    ['lead', 'parentaccountid', 'account', 'parentaccountid'],
    ['contact', 'parentcustomerid', 'account', 'parentcustomerid_account'],
  ])('%s.%s points to %s by the navigation property %s', (table, column, target, navigation) => {
    const answer = makeOrg().metadata.manyToOneRelationships(table)
    expect('rows' in answer && answer.rows).toContainEqual(
      expect.objectContaining({
        ReferencingAttribute: column,
        ReferencedEntity: target,
        ReferencingEntityNavigationPropertyName: navigation,
      }),
    )
  })

  it('who may not read customizations is refused', () => {
    for (const org of [makeOrg({ metadataForbidden: true }), makeOrg({ missingPrivileges: ['prvReadAttribute'] })]) {
      expect(org.metadata.entity('lead')).toMatchObject({ status: 403, code: '0x80040220' })
      expect(org.metadata.attributes('lead', null)).toMatchObject({ status: 403 })
    }
  })
})

describe('defining columns and keys', () => {
  it('a new column takes values at once and old rows have it empty', () => {
    const org = makeOrg({ provisioned: false })
    const old = add(org, 'leads', {})
    expect(outcome(org.create('leads', { contoso_key: 'a1' }, writing()))).toBe('400 0x80048d19')
    expect(outcome(org.metadata.defineColumn('lead', columnBody()))).toBe('created')
    expect(row(org, 'leads', old).contoso_key).toBeNull()
    expect(outcome(org.create('leads', { contoso_key: 'a1' }, writing()))).toBe('created')
    expect(outcome(org.create('leads', { contoso_key: 'x'.repeat(65) }, writing()))).toBe('400 0x80044331')
    expect(definition(org.metadata.attributes('lead', 'StringAttributeMetadata'), 'contoso_key')).toMatchObject({
      SchemaName: 'contoso_Key',
      MaxLength: 64,
      IsCustomAttribute: true,
    })
    expect(outcome(org.metadata.defineColumn('lead', columnBody()))).toBe('400 0x80047013')
  })

  it.each([
    ['no type', { '@odata.type': 'String' }],
    ['no prefix', { SchemaName: 'Key' }],
    ['no label', { DisplayName: null }],
    ['no length', { MaxLength: null }],
    ['a length beyond the type', { MaxLength: 4001 }],
  ])('a column with %s is refused', (_what, values) => {
    expect(outcome(makeOrg().metadata.defineColumn('lead', columnBody(values)))).toBe('400 0x80040203')
  })

  it('who may not create columns is refused', () => {
    const org = makeOrg({ missingPrivileges: ['prvCreateAttribute'] })
    expect(outcome(org.metadata.defineColumn('lead', columnBody()))).toBe('403 0x80040220')
  })

  it('a key whose index waits can be used once it is active', () => {
    const org = makeOrg({ keyIndex: 'pending' })
    org.metadata.defineColumn('lead', columnBody())
    add(org, 'leads', { contoso_key: 'a1' })
    expect(outcome(org.metadata.defineKey('lead', keyBody))).toBe('created')
    expect(keyStatus(org)).toBe('Pending')
    expect(outcome(patchByKey(org, { contoso_key: 'a1' }, {}))).toBe('400 0x80060888')
    expect(org.activateKeys()).toBe(1)
    expect(keyStatus(org)).toBe('Active')
    expect(outcome(patchByKey(org, { contoso_key: 'a1' }, {}))).toBe('updated')
  })

  it('a key that rows contradict fails', () => {
    const org = makeOrg()
    org.metadata.defineColumn('lead', columnBody())
    add(org, 'leads', { contoso_key: 'a1' })
    add(org, 'leads', { contoso_key: 'A1' })
    org.metadata.defineKey('lead', keyBody)
    expect(keyStatus(org)).toBe('Failed')
    expect(outcome(patchByKey(org, { contoso_key: 'a1' }, {}))).toBe('400 0x80060888')
  })

  it.each([
    ['of no column', { KeyAttributes: ['contoso_other'] }],
    ['of a long text', { KeyAttributes: ['description'] }],
    ['of more than 900 bytes', { KeyAttributes: ['subject', 'address1_line1'] }],
    ['without a label', { DisplayName: undefined }],
  ])('a key %s is refused', (_what, values) => {
    const org = makeOrg()
    org.metadata.defineColumn('lead', columnBody())
    expect(outcome(org.metadata.defineKey('lead', { ...keyBody, ...values }))).toBe('400 0x80040203')
  })
})

describe('the saved state of an org', () => {
  it('has the records, columns and keys, as JSON', () => {
    const org = makeOrg()
    org.metadata.defineColumn('lead', columnBody())
    org.metadata.defineKey('lead', keyBody)
    const id = add(org, 'leads', { contoso_key: 'a1', lastname: 'Doe' })
    const again = makeOrg()
    again.restore(JSON.parse(JSON.stringify(org.state())))
    expect(row(again, 'leads', id)).toEqual(row(org, 'leads', id))
    expect(outcome(patchByKey(again, { contoso_key: 'A1' }, { lastname: 'Roe' }))).toBe('updated')
    expect(row(again, 'leads', id).versionnumber).toBeGreaterThan(Number(row(org, 'leads', id).versionnumber))
    expect(outcome(again.create('leads', { contoso_key: 'a1' }, writing()))).toBe('412 0x80060892')
  })

  it('of another version is refused with what to do', () => {
    expect(() => makeOrg().restore({ v: 2 })).toThrow('Delete it to start with an empty CRM')
  })

  it('a reset forgets sales records and keeps users and columns', () => {
    let changes = 0
    const org = makeOrg({ changed: () => (changes += 1) })
    org.metadata.defineColumn('lead', columnBody())
    const id = add(org, 'leads', { contoso_key: 'a1' })
    org.reset()
    expect(org.allRecords()).toEqual([])
    expect(org.find('leads', { id })).toMatchObject({ status: 404 })
    expect(outcome(org.create('leads', { contoso_key: 'a1' }, writing()))).toBe('created')
    expect(changes).toBe(4)
  })
})
