import { describe, expect, it } from 'vitest'
import { describeConfig } from '../../src/config/describe.ts'
import { Crm, loaded, Token } from './fixture.ts'

const Tokens = `intake:\n  tokens:\n    - { name: one, value: ${Token} }\n`

function notes(files: Readonly<Record<string, string>>): string[] {
  return describeConfig(loaded(files)).filter((line) => line.startsWith('note:'))
}

describe('describeConfig', () => {
  it('notes what a valid configuration has probably forgotten', () => {
    expect(notes({})).toEqual([
      'note: intake.tokens is empty, so the marketplace has no URL to send leads to',
      'note: no CRM is enabled, so every lead will be unrouted',
    ])
    const accepting = `${Crm.replace('lastLeadField: last_lead_at\n', '')}accept: { tokens: [ONE, tow] }\n`
    expect(notes({ 'leadsync.yaml': Tokens, 'crm/acme.yaml': accepting })).toEqual([
      'note: crm acme accepts the token "tow", which intake does not have',
      'note: crm acme has no lastLeadField, so without the ledger (aged out, rebuilt) a late lead may overwrite what a newer one said',
    ])
  })

  it('notes that nobody would see the personal data that may be shown', () => {
    const yaml = `${Tokens}admin: { showPersonalData: true }\n`
    expect(notes({ 'leadsync.yaml': yaml, 'crm/acme.yaml': Crm })).toEqual([
      'note: admin.showPersonalData does nothing, as there is no operator board (admin.operator.password is empty)',
    ])
    const operated = `${Tokens}admin: { showPersonalData: true, operator: { password: secret } }\n`
    expect(notes({ 'leadsync.yaml': operated, 'crm/acme.yaml': Crm })).toEqual([])
  })

  it('has a line for every CRM, blocked and disabled ones too', () => {
    const lines = describeConfig(
      loaded({ 'leadsync.yaml': Tokens, 'crm/a.yaml': Crm, 'crm/b.yaml': 'x: 1\n', 'crm/c.yaml': 'enabled: false\n' }),
    )
    expect(lines.filter((line) => line.startsWith('crm'))).toEqual([
      'crm a: acme, contact (2 fields), accepts all leads, do-not-contact flag',
      'crm b: blocked, 1 problem(s)',
      'crm c: disabled',
    ])
  })
})
