import { describe, expect, it } from 'vitest'
import type { FieldRule } from '../../src/core/field-rule.ts'
import { fieldsToRead } from '../../src/core/fields-to-read.ts'
import { compileMapping, MappingError } from '../../src/core/mapping.ts'
import { makeRules } from './deciding.ts'

function refusal(rule: FieldRule): MappingError {
  try {
    compileMapping({ contact: { some_field: rule } })
  } catch (error) {
    if (error instanceof MappingError) return error
  }
  throw new Error('the rule was taken')
}

describe('compiling a mapping', () => {
  it.each<[string, FieldRule, string | null, RegExp]>([
    [
      'an unknown path, with the near one',
      { from: 'person.emial' },
      'from',
      /A lead has no "person\.emial"\. Did you mean person\.email\?/,
    ],
    ['a path in the wrong case', { from: 'person.firstname' }, 'from', /Did you mean person\.firstName/],
    ['a part without its group', { from: 'email' }, 'from', /Did you mean person\.email/],
    ['a path that nothing is near to', { from: 'xxxxxxxxxxxxxxxx' }, 'from', /leadsync schema lead/],
    ['a whole group', { from: 'person' }, 'from', /is a group.*person\.email/],
    ['a path below a single value', { from: 'person.email.domain' }, 'from', /A lead has no/],
    ['a campaign without a parameter', { from: 'campaign' }, 'from', /name one of its keys/],
    ['a path into a prototype', { from: 'constructor' }, 'from', /A lead has no/],
    ['an unknown path in a template', { template: 'Hi {{ person.fristName }}' }, 'template', /Did you mean person\.firstName/],
    ['an unknown filter', { template: '{{ notes | upcsae }}' }, 'template', /undefined filter: upcsae.*Did you mean upcase/],
    ['a template that is not closed', { template: '{{ notes ' }, 'template', /cannot be read/],
    ['a template that includes a file', { template: '{% include "x" %}' }, 'template', /tag "include" not found/],
    [
      'a filter that evaluates text',
      { template: '{{ tags | where_exp: "t", notes }}' },
      'template',
      /undefined filter: where_exp/,
    ],
    ['a random filter', { template: '{{ tags | sample }}' }, 'template', /undefined filter: sample/],
    ['no source', { type: 'string' }, null, /exactly one of from/],
    ['two sources', { from: 'notes', value: 'x' }, null, /exactly one of from/],
    ['a length of nothing', { from: 'notes', maxLength: 0 }, 'maxLength', /above 0/],
    ['a default of another type', { from: 'notes', type: 'number', default: 'many' }, 'default', /"many" is not a number/],
    ['an empty default', { from: 'notes', default: ' ' }, 'default', /write null to clear/],
    ['a literal of another type', { value: 'perhaps', type: 'boolean' }, 'value', /is not a boolean/],
    [
      'onUnknown default without one',
      { from: 'action', values: { INS: 'x' }, onUnknown: 'default' },
      'onUnknown',
      /needs a default/,
    ],
    ['onUnknown without values', { from: 'action', onUnknown: 'keep' }, 'onUnknown', /there are no values/],
  ])('refuses %s', (_, rule, key, message) => {
    const error = refusal(rule)
    expect(error).toMatchObject({ object: 'contact', field: 'some_field', key })
    expect(error.message).toMatch(message)
  })

  it('takes every path of a lead, any campaign parameter and any raw key', () => {
    const paths = [
      'id',
      'occurredAt',
      'test',
      'tags',
      'contactId',
      'offer.title',
      'person.countryRaw',
      'campaign.mktcmpid',
      'campaign.utm.source',
      'raw.a.b',
    ]
    const rules = Object.fromEntries(paths.map((path) => [path, { from: path }]))
    expect(compileMapping({ contact: rules }).get('contact')).toHaveLength(paths.length)
  })

  it('knows what must be read of the CRM for each kind of object: mapped fields, identity, markers', () => {
    const mapping = compileMapping({ contact: { firstname: { from: 'person.firstName' } }, lead: { topic: { value: 'x' } } })
    const own = ['dnc_at', 'dnc_lifted_at', 'dnc_reason', 'last_lead_at']
    expect(fieldsToRead(makeRules({ mapping }))).toEqual({
      contact: ['our_id', 'email', 'firstname', ...own],
      lead: ['our_id', 'email', 'topic', ...own],
    })
  })
})
