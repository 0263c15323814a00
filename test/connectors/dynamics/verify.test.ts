import { describe, expect, it } from 'vitest'
import { verifyOrg } from '../../../connectors/dynamics/verify/verify.ts'
import { compileMapping, type Finding, type MappingRules } from '../../../src/core/index.ts'
import {
  allPrivileges,
  anySignal,
  column,
  contactColumns,
  type EnvironmentOptions,
  forbidden,
  leadColumns,
  notFound,
  openEnvironment,
  readOnly,
  refusal,
  text,
  type WireColumn,
} from './described-environment.ts'

const shared: MappingRules[string] = {
  emailaddress1: { from: 'person.email' },
  lastname: { from: 'person.lastName' },
  leadsync_contactid: { from: 'contactId' },
  leadsync_lastleadat: { from: 'occurredAt', type: 'datetime' },
}
const healthy: MappingRules = { lead: { ...shared, companyname: { from: 'person.company' } }, contact: shared }

async function verify(options: EnvironmentOptions = {}, rules: MappingRules = healthy): Promise<readonly Finding[]> {
  const { api, settings } = await openEnvironment(options)
  return verifyOrg(compileMapping(rules), { api, crm: 'sales', signal: anySignal(), settings })
}

function withLead(more: MappingRules[string]): MappingRules {
  return { ...healthy, lead: { ...healthy.lead, ...more } }
}

function leadsWith(...more: readonly WireColumn[]): EnvironmentOptions {
  const names = new Set(more.map(({ LogicalName }) => LogicalName))
  return { tables: { lead: [...leadColumns.filter(({ LogicalName }) => !names.has(LogicalName)), ...more] } }
}

function without(columns: readonly WireColumn[], ...names: readonly string[]): readonly WireColumn[] {
  return columns.filter(({ LogicalName }) => !names.includes(LogicalName))
}

const says = (message: string) => expect.stringContaining(message)

describe('verify', () => {
  it('finds nothing in an environment that has what the mapping needs, and only reads', async () => {
    const { api, settings, posted } = await openEnvironment()
    expect(await verifyOrg(compileMapping(healthy), { api, crm: 'sales', signal: anySignal(), settings })).toEqual([])
    expect(posted).toEqual([])
  })

  it.each<[string, MappingRules[string], string, Partial<Finding>]>([
    ['a column that is not there', { frist_name: { from: 'person.firstName' } }, 'did you mean "firstname"', {}],
    ['one of our own that is not there', { leadsync_x: { from: 'notes' } }, 'leadsync provision', {}],
    ['one of our own behind another prefix', { contoso_leadsync_x: { from: 'notes' } }, 'leadsync provision', {}],
    ['a required one that is not there', { new_none: { from: 'notes', required: true } }, 'parked', {}],
    ['a lookup as it is written on the wire', { 'campaignid@odata.bind': { value: 'x' } }, 'did you mean "campaignid"', {}],
    ['a lookup as it is read on the wire', { _campaignid_value: { value: 'x' } }, 'did you mean "campaignid"', {}],
    ['another spelling', { FirstName: { from: 'person.firstName' } }, '"firstname"', { severity: 'warning' }],
    ['what Dynamics 365 fills in', { fullname: { from: 'person.lastName' } }, 'by itself', {}],
    ['the state of a record', { statecode: { value: 1 } }, 'never by Leadsync', {}],
    ['a status for existing records', { statuscode: { value: 2 } }, 'policy: create-only', { severity: 'warning' }],
    ['a column for new records only', { new_once: { from: 'notes' } }, 'policy: create-only', { severity: 'warning' }],
    ['a column for old records only', { new_later: { from: 'notes' } }, 'next lead', { severity: 'warning' }],
    ['text for a number', { new_seats: { from: 'notes', type: 'string' } }, 'type: number', {}],
    ['who knows what for a number', { new_seats: { from: 'notes' } }, 'type: number', { severity: 'warning' }],
    ['text for a yes or no', { new_flag: { from: 'notes', type: 'string' } }, 'type: boolean', {}],
    ['text for a time', { new_seen: { from: 'notes', type: 'string' } }, 'type: datetime', {}],
    ['a text that is too long', { mobilephone: { value: '+1 617 555 0123 ext. 4567' } }, 'holds 20 characters', {}],
    [
      'a maxLength beyond the column',
      { mobilephone: { from: 'person.phone', maxLength: 50 } },
      'maxLength: 20',
      { severity: 'warning' },
    ],
    ['an option that is not there, by label', { leadsourcecode: { value: 'Webb' } }, 'Did you mean "Web"', {}],
    ['an option that is not there, by number', { leadsourcecode: { value: 9 } }, 'number or label "9"', {}],
    ['one among values', { leadsourcecode: { from: 'source', values: { a: 8, b: 'Fax' } } }, '"Fax"', {}],
    ['anything for a choice', { leadsourcecode: { from: 'source' } }, 'values', { severity: 'warning' }],
    [
      'a name for a lookup',
      { campaignid: { value: 'Spring' } },
      "record of campaign in Dynamics 365, so it takes that record's id",
      {},
    ],
    [
      'a bare id for a lookup to several tables',
      { new_customer: { value: '33333333-2222-4333-8444-555555555555' } },
      'accounts(ID)',
      {},
    ],
  ])('finds %s', async (_, more, message, rest) => {
    const environment = leadsWith(
      column('new_once', 'String', { MaxLength: 100, IsValidForUpdate: false }),
      column('new_later', 'String', { MaxLength: 100, IsValidForCreate: false }),
      column('new_seats', 'Integer'),
      column('new_flag', 'Boolean'),
      column('new_seen', 'DateTime'),
      column('new_customer', 'Customer', { targets: { account: 'new_customer_account', contact: 'new_customer_contact' } }),
    )
    const [name] = Object.keys(more)
    expect(await verify(environment, withLead(more))).toEqual([
      { severity: 'error', object: 'lead', field: name, message: says(message), ...rest },
    ])
  })

  it('is content with labels in any letter case, numbers, ids, days for times and fields for new records', async () => {
    const more: MappingRules[string] = {
      leadsourcecode: { value: 'web', policy: 'create-only' },
      campaignid: { value: '33333333-2222-4333-8444-555555555555' },
      new_customer: { value: 'accounts(33333333-2222-4333-8444-555555555555)' },
      new_day: { from: 'occurredAt' },
      statuscode: { value: 2, policy: 'create-only' },
      mobilephone: { from: 'person.phone' },
    }
    const environment = leadsWith(
      column('new_day', 'DateTime', { DateTimeBehavior: { Value: 'DateOnly' } }),
      column('new_customer', 'Customer', { targets: { account: 'a', contact: 'b' } }),
    )
    expect(await verify(environment, withLead(more))).toEqual([])
  })

  it('looks at the mapping of existing Contacts as well', async () => {
    const rules = { ...healthy, contact: { ...shared, companyname: { from: 'person.company' } } }
    expect(await verify({}, rules)).toMatchObject([{ severity: 'error', object: 'contact', field: 'companyname' }])
    expect(await verify({}, { lead: healthy.lead ?? {} })).toMatchObject([
      { severity: 'warning', object: 'contact', message: says('mapping.contact') },
    ])
  })

  it('warns of columns that the forms insist on and nobody sends, of new records only', async () => {
    const insisted = text('new_segment', 100, { RequiredLevel: { Value: 'ApplicationRequired' } })
    const tables = { lead: [...leadColumns, insisted], contact: [...contactColumns, insisted] }
    expect(await verify({ tables })).toMatchObject([
      { severity: 'warning', object: 'lead', field: 'new_segment', message: says('forms') },
    ])
    expect(await verify({ tables }, withLead({ new_segment: { from: 'notes' } }))).toEqual([])
    expect(await verify({ tables, settings: { target: 'contact' } })).toMatchObject([{ object: 'contact', field: 'new_segment' }])
  })

  it.each<[string, readonly WireColumn[], string]>([
    ['are not there', without(leadColumns, 'donotemail', 'donotphone'), 'has no "donotemail" and "donotphone"'],
    [
      'may not be changed',
      [...without(leadColumns, 'donotphone'), column('donotphone', 'Boolean', readOnly)],
      'opt-out can not set',
    ],
  ])('warns of opt-outs that %s', async (_, lead, message) => {
    expect(await verify({ tables: { lead } })).toMatchObject([{ severity: 'warning', object: 'lead', message: says(message) }])
  })

  it('says that an environment without Dynamics 365 Sales has no leads', async () => {
    expect(await verify({ tables: { lead: 'absent' } })).toEqual([
      { severity: 'error', object: 'lead', field: null, message: says('Sales is not installed') },
    ])
  })

  it('warns that definitions are hidden, and still finds what is wrong in every environment', async () => {
    const tables = { lead: 'forbidden', contact: 'forbidden', task: 'forbidden' } as const
    const more: MappingRules[string] = {
      donotfax: { from: 'notes', type: 'string' },
      leadsourcecode: { value: 100_000_000 },
      new_anything: { from: 'notes' },
      leadsync_notes: { from: 'notes' },
    }
    expect(await verify({ tables }, withLead(more))).toEqual([
      { severity: 'warning', object: null, field: null, message: says('lead, contact, task') },
      { severity: 'error', object: 'lead', field: 'donotfax', message: says('type: boolean') },
    ])
  })
})

describe('verify of the contact id column', () => {
  const error = { severity: 'error', field: 'leadsync_contactid' }
  it.each<[string, readonly WireColumn[], string]>([
    ['missing', [], 'leadsync provision'],
    ['read-only', [text('leadsync_contactid', 100, readOnly)], "can't be written"],
    ['too short', [text('leadsync_contactid', 36)], '40 characters'],
    ['no text', [column('leadsync_contactid', 'Integer')], '40 characters'],
  ])('says that it is %s, on leads and on contacts', async (_, columns, message) => {
    for (const [kind, all] of Object.entries({ lead: leadColumns, contact: contactColumns })) {
      const tables = { [kind]: [...without(all, 'leadsync_contactid'), ...columns] }
      expect(await verify({ tables })).toMatchObject([{ object: kind, ...error, message: says(message) }])
    }
  })

  it.each<[string, Record<string, string>, string]>([
    ['is missing', {}, 'leadsync provision'],
    ['is on two columns', { 'leadsync_contactid+subject': 'Active' }, 'leadsync provision'],
    ['has no index yet', { leadsync_contactid: 'InProgress' }, 'not built yet (InProgress)'],
    ['could not be built', { leadsync_contactid: 'Failed' }, 'the same value'],
  ])('says that its alternate key %s, where records are addressed by it', async (_, keys, message) => {
    const contact = { leadsync_contactid: 'Active' }
    const settings = { key: 'alternate-key' }
    expect(await verify({ keys: { lead: keys, contact }, settings })).toMatchObject([
      { object: 'lead', ...error, message: says(message) },
    ])
    expect(await verify({ keys: { lead: contact, contact }, settings })).toEqual([])
    expect(await verify({ keys: { lead: keys } })).toEqual([])
  })

  it('warns where the settings say that there is none', async () => {
    const rules: MappingRules = { lead: { lastname: { from: 'person.lastName' } }, contact: {} }
    expect(await verify({ settings: { contactIdColumn: 'none' } }, rules)).toMatchObject([
      { severity: 'warning', object: null, message: says('contactIdColumn is none') },
    ])
  })
})

describe('verify of the privileges', () => {
  function lacking(...names: readonly string[]): EnvironmentOptions {
    return { privileges: Object.fromEntries(Object.entries(allPrivileges).filter(([name]) => !names.includes(name))) }
  }

  it.each([
    ['prvCreateLead', 'lead', 'error', 'Create on Lead'],
    ['prvReadLead', 'lead', 'error', 'Read on Lead'],
    ['prvReadContact', 'contact', 'error', 'Read on Contact'],
    ['prvWriteContact', 'contact', 'error', 'Write on Contact'],
    ['prvAppendToLead', 'lead', 'warning', 'Append To on Lead'],
    ['prvCreateActivity', 'task', 'warning', 'Create on Activity'],
    ['prvAppendActivity', 'task', 'warning', 'Append on Activity'],
  ])('names %s when the user lacks it, and what to give', async (name, object, severity, give) => {
    const message = expect.stringMatching(new RegExp(`lacks the privilege ${name}, so .*${give}, at the level Organization`))
    expect(await verify(lacking(name))).toEqual([{ severity, object, field: null, message }])
  })

  it('wants only what the settings and the mapping use', async () => {
    const unneeded = lacking('prvCreateContact', 'prvAppendLead', 'prvAssignLead', 'prvAssignContact')
    expect(await verify(unneeded)).toEqual([])
    const jane = { internalemailaddress: 'jane@contoso.example', isdisabled: false }
    const rules = withLead({ ownerid: { value: 'jane@contoso.example' } })
    expect(await verify({ ...unneeded, users: [jane] }, rules)).toMatchObject([{ message: says('prvAssignLead') }])
    expect(await verify({ ...unneeded, settings: { onContact: 'linked-lead' } })).toMatchObject([
      { message: says('prvAppendLead') },
    ])
    expect(await verify({ ...unneeded, settings: { target: 'contact' } })).toMatchObject([{ message: says('prvCreateContact') }])
  })

  it.each([
    ['Basic', 'its own Leads'],
    ['Local', "its own business unit's Leads"],
    ['Deep', "its own business unit's Leads"],
  ])('warns that who sees only a part enters the rest twice (%s)', async (depth, message) => {
    expect(await verify({ privileges: { ...allPrivileges, prvReadLead: depth } })).toEqual([
      { severity: 'warning', object: 'lead', field: null, message: says(message) },
    ])
  })

  it('lists what is needed where the user may not ask for its privileges', async () => {
    expect(await verify({ privileges: null })).toEqual([
      { severity: 'warning', object: null, field: null, message: says('prvCreateLead, prvReadLead, prvWriteLead') },
    ])
  })
})

describe('verify of owners', () => {
  const jane = {
    systemuserid: '44444444-2222-4333-8444-555555555555',
    internalemailaddress: 'jane@contoso.example',
    isdisabled: false,
  }
  const joe = { ...jane, systemuserid: '55555555-2222-4333-8444-555555555555', domainname: 'joe@contoso.example' }
  const emea = { teamid: '66666666-2222-4333-8444-555555555555', name: 'EMEA' }
  const owned = (value: string) => withLead({ ownerid: { value } })

  it.each<[string, string, EnvironmentOptions]>([
    ["a user's e-mail in any letter case", 'Jane@Contoso.example', { users: [jane] }],
    ['a user name', 'joe@contoso.example', { users: [jane, joe] }],
    ["a user's id", jane.systemuserid, { users: [jane] }],
    ["a team's name", 'emea', { teams: [emea] }],
    ["a team's id", emea.teamid, { teams: [emea] }],
  ])('is content with %s', async (_, owner, options) => {
    expect(await verify(options, owned(owner))).toEqual([])
  })

  it.each<[string, string, EnvironmentOptions, string]>([
    ['nobody knows', 'jim@contoso.example', {}, 'no user and no team jim@contoso.example'],
    ['is disabled', 'jane@contoso.example', { users: [{ ...jane, isdisabled: true }] }, 'disabled'],
    ['several users have', 'jane@contoso.example', { users: [jane, joe] }, '2 enabled users'],
    ['several teams have', 'EMEA', { teams: [emea, emea] }, '2 teams'],
  ])('says that %s the owner', async (_, owner, options, message) => {
    expect(await verify(options, owned(owner))).toEqual([
      { severity: 'error', object: 'lead', field: 'ownerid', message: says(message) },
    ])
  })

  it('asks by what the admin wrote, with quotes doubled and nothing left to be taken for syntax', async () => {
    const { api, settings, asked } = await openEnvironment()
    await verifyOrg(compileMapping(owned("O'Brien & Co")), { api, crm: 'sales', signal: anySignal(), settings })
    const paths = asked.map(({ path }) => path).filter((path) => path.includes('filter'))
    expect(paths).toHaveLength(2)
    // The SDK spells quotes in queries in its own way.
    for (const path of paths) expect(path.replaceAll('%27', "'")).toContain("eq%20'O''Brien%20%26%20Co'")
  })

  it('says when the user may not read users', async () => {
    expect(await verify({ users: null }, owned('jane@contoso.example'))).toMatchObject([
      { severity: 'warning', object: null, field: 'ownerid', message: says('may not read users') },
    ])
  })
})

describe('verify of duplicate detection', () => {
  const settings = { detectDuplicates: true }
  it('warns that rules are asked for and none is published for new records', async () => {
    expect(await verify({ settings, duplicateRules: [{ baseentityname: 'account' }] })).toMatchObject([
      { severity: 'warning', object: 'lead', message: says('no duplicate detection rule') },
    ])
    expect(await verify({ settings, duplicateRules: [{ baseentityname: 'lead' }] })).toEqual([])
  })

  it('says nothing of rules that can not be read', async () => {
    const answer: EnvironmentOptions['answer'] = ({ path }) => (path.includes('duplicaterules') ? notFound : undefined)
    expect(await verify({ settings, answer })).toEqual([])
  })
})

describe('verify of an environment that can not say now', () => {
  it.each([
    ['EntityDefinitions', { status: 401, body: '' }, 'unauthorized'],
    ['RetrieveUserPrivileges', { status: 503, headers: { 'retry-after': '60' }, body: '' }, 'unavailable'],
    ['teams?', refusal(429, '0x80072322', ''), 'rate_limited'],
    ['systemusers?', { status: 503, headers: { 'retry-after': '60' }, body: '' }, 'unavailable'],
    ['duplicaterules', { status: 401, body: '' }, 'unauthorized'],
  ])('rejects instead of finding fault (%s)', async (what, told, code) => {
    const answer: EnvironmentOptions['answer'] = ({ path }) => (path.includes(what) ? told : undefined)
    const options = { answer, settings: { detectDuplicates: true }, duplicateRules: [{ baseentityname: 'lead' }] }
    await expect(verify(options, withLead({ ownerid: { value: 'jane@contoso.example' } }))).rejects.toMatchObject({ code })
  })

  it('finds no fault with a mapping for want of a right to read definitions', async () => {
    const answer: EnvironmentOptions['answer'] = ({ path }) => (path.includes('EntityDefinitions') ? forbidden : undefined)
    const findings = await verify({ answer })
    expect(findings.map(({ severity }) => severity)).toEqual(['warning'])
  })
})
