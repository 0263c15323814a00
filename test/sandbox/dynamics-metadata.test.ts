import { expect, it } from 'vitest'
import { base, openEnvironment } from './dynamics-environment.ts'

const lead = "EntityDefinitions(LogicalName='lead')"
const cast = (name: string) => `${lead}/Attributes/Microsoft.Dynamics.CRM.${name}AttributeMetadata`

it('describes a table and its keys', async () => {
  const org = await openEnvironment({ org: { alternateKey: true } })

  const { json } = await org.call(
    'GET',
    `${lead}?$select=LogicalName,EntitySetName,PrimaryIdAttribute&$expand=Keys($select=KeyAttributes,EntityKeyIndexStatus)`,
  )

  expect(json).toMatchObject({
    '@odata.context': `${org.url}${base}/$metadata#EntityDefinitions(LogicalName,EntitySetName,PrimaryIdAttribute)/$entity`,
    MetadataId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    LogicalName: 'lead',
    EntitySetName: 'leads',
    PrimaryIdAttribute: 'leadid',
    Keys: [{ KeyAttributes: ['leadsync_contactid'], EntityKeyIndexStatus: 'Active' }],
  })
  expect(json).not.toHaveProperty('SchemaName')
})

it('tells lengths by cast only', async () => {
  const org = await openEnvironment()

  const strings = await org.call('GET', `${cast('String')}?$select=LogicalName,MaxLength&$filter=LogicalName eq 'mobilephone'`)
  const uncast = await org.call('GET', `${lead}/Attributes?$select=LogicalName,MaxLength`)
  const enums = await org.call('GET', `${cast('Enum')}?$select=LogicalName`)

  expect(strings.json.value).toMatchObject([{ LogicalName: 'mobilephone', MaxLength: 20 }])
  expect(uncast.status).toBe(400)
  expect(uncast.json.error.message).toContain("'MaxLength' on type 'Microsoft.Dynamics.CRM.AttributeMetadata'")
  expect(enums.status).toBe(400)
})

it('lists the options of a choice, and one column by its name', async () => {
  const org = await openEnvironment()

  const picklists = await org.call('GET', `${cast('Picklist')}?$select=LogicalName&$expand=OptionSet($select=Options)`)
  const one = await org.call(
    'GET',
    `${lead}/Attributes(LogicalName='subject')/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=MaxLength`,
  )
  const none = await org.call('GET', `${lead}/Attributes(LogicalName='nonsense')`)

  const source = picklists.json.value.find((row: { LogicalName: string }) => row.LogicalName === 'leadsourcecode')
  expect(source.OptionSet.Options).toContainEqual(expect.objectContaining({ Value: 8 }))
  expect(one.json).toMatchObject({ MaxLength: 300 })
  expect(none.status).toBe(404)
})

it('names the navigation properties of a lookup', async () => {
  const org = await openEnvironment()

  const { json } = await org.call(
    'GET',
    "EntityDefinitions(LogicalName='task')/ManyToOneRelationships?$select=ReferencingEntityNavigationPropertyName,ReferencingAttribute,ReferencedEntity&$filter=ReferencedEntity eq 'lead'",
  )

  expect(json.value).toMatchObject([
    { ReferencingAttribute: 'regardingobjectid', ReferencingEntityNavigationPropertyName: 'regardingobjectid_lead_task' },
  ])
})

it('answers 404 for a table that does not exist and 403 to whoever may not read definitions', async () => {
  const open = await openEnvironment()
  const closed = await openEnvironment({ org: { metadataForbidden: true } })

  expect((await open.call('GET', "EntityDefinitions(LogicalName='nonsense')")).status).toBe(404)
  expect((await closed.call('GET', lead)).status).toBe(403)
})

it('lets an admin add a column and a key, which works once its index is ready', async () => {
  const org = await openEnvironment({ org: { provisioned: false, keyIndex: 'pending' } })
  const label = { LocalizedLabels: [{ Label: 'Key', LanguageCode: 1033 }] }

  const column = await org.call('POST', `${lead}/Attributes`, {
    '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
    SchemaName: 'demo_key',
    AttributeType: 'String',
    MaxLength: 64,
    FormatName: { Value: 'Text' },
    RequiredLevel: { Value: 'None' },
    DisplayName: label,
  })
  const key = await org.call('POST', `${lead}/Keys`, {
    SchemaName: 'demo_key_key',
    KeyAttributes: ['demo_key'],
    DisplayName: label,
  })
  const published = await org.call('POST', 'PublishAllXml', {})
  const pending = await org.call('PATCH', "leads(demo_key='abc')", { lastname: 'Doe' })
  const activated = await org.control('activate-keys')
  const ready = await org.call('PATCH', "leads(demo_key='abc')", { lastname: 'Doe' })

  expect([column.status, key.status, published.status]).toEqual([204, 204, 204])
  expect(column.headers.get('odata-entityid')).toContain('/Attributes(')
  expect([pending.status, activated.json, ready.status]).toEqual([400, { active: 1 }, 204])
})

it('says which bulk messages a table has, and what its user may do', async () => {
  const org = await openEnvironment()
  const { json: me } = await org.call('GET', 'WhoAmI')

  const filters = await Promise.all(
    ['lead', 'task'].map((table) =>
      org.call(
        'GET',
        `sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name eq @m and primaryobjecttypecode eq @t&@m='UpsertMultiple'&@t='${table}'`,
      ),
    ),
  )
  const privileges = await org.call('GET', `systemusers(${me.UserId})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges`)

  expect(filters.map(({ json }) => json.value.length)).toEqual([1, 0])
  expect(privileges.json.RolePrivileges).toContainEqual(expect.objectContaining({ PrivilegeName: 'prvCreateLead' }))
})

it('lists its tables', async () => {
  const org = await openEnvironment()

  const document = await org.call('GET', '')
  const entities = await org.call('GET', "EntityDefinitions?$select=LogicalName&$filter=EntitySetName eq 'annotations'")

  expect(document.json.value).toContainEqual({ name: 'leads', kind: 'EntitySet', url: 'leads' })
  expect(entities.json.value).toMatchObject([{ LogicalName: 'annotation' }])
})
