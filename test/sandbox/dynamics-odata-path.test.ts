import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePath, plainKey } from '../../src/sandbox/dynamics/odata/path.ts'
import { anyCharacter, guid } from './dynamics-odata-table.ts'

const id = '0a1b2c3d-0000-4000-8000-00000000000f'

function segmentsOf(path: string): unknown {
  const parsed = parsePath(path)
  if (parsed.kind === 'error') throw new Error(`${parsed.status} ${parsed.code} ${parsed.message}`)
  return parsed.segments.map(({ name, qualified, key }) => [qualified ? `CRM.${name}` : name, key])
}

describe('a path', () => {
  it.each([
    ['', []],
    ['leads', [['leads', null]]],
    ['leads/', [['leads', null]]],
    ['WhoAmI()', [['WhoAmI', null]]],
    ['$batch', [['$batch', null]]],
    [
      '$1/primarycontactid/$ref',
      [
        ['$1', null],
        ['primarycontactid', null],
        ['$ref', null],
      ],
    ],
    [`leads(${id.toUpperCase()})`, [['leads', { id }]]],
    [`leads%28${id}%29`, [['leads', { id }]]],
    ["leads(mm_key='O''Brien%20%C3%A9')", [['leads', { alternate: { mm_key: "O'Brien é" } }]]],
    [
      `leads(a='x(1), b=2',_c_value=${id},d=-5,e=true,f=null)`,
      [['leads', { alternate: { a: 'x(1), b=2', _c_value: id, d: -5, e: true, f: null } }]],
    ],
    [
      'leads/Microsoft.Dynamics.CRM.UpsertMultiple',
      [
        ['leads', null],
        ['CRM.UpsertMultiple', null],
      ],
    ],
    [
      `leads(${id})/Microsoft.Dynamics.CRM.QualifyLead`,
      [
        ['leads', { id }],
        ['CRM.QualifyLead', null],
      ],
    ],
    [
      "EntityDefinitions(LogicalName='lead')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata",
      [
        ['EntityDefinitions', { alternate: { LogicalName: 'lead' } }],
        ['Attributes', null],
        ['CRM.StringAttributeMetadata', null],
      ],
    ],
  ])('%s', (path, segments) => {
    expect(segmentsOf(path)).toEqual(segments)
  })

  it.each([
    ['leads//x', "404 0x8006088a Resource not found for the segment ''."],
    ['leads(', '404 0x8006088a'],
    ['le%20ads', '404 0x8006088a'],
    ['leads(1)', '400 0x80060888'],
    ["leads('a')", '400 0x80060888'],
    [`leads('${guid(1)}')`, '400 0x80060888'],
    [`leads({${id}})`, '400 0x80060888'],
    ['leads(mm_key=@p1)', '400 0x80060888'],
    ["leads(mm_key='a',mm_key='b')", '400 0x80060888'],
    ["leads(mm_key='a'b')", '400 0x80060888'],
    ["leads(mm_key='a)", '400 0x80060888'],
    ["leads(mm_key='a',)", '400 0x80060888'],
    ["leads(mm_key='a')(mm_key='b')", '400 0x80060888'],
    ["leads(mm_key='%E9')", '400 0x80060888'],
  ])('is refused: %s', (path, refusal) => {
    expect(() => segmentsOf(path)).toThrow(refusal)
  })

  it.each(['/', '<', '>', '*', '%', '&', ':', '\\', '?', '+'])('has no key with %s in it, encoded or not', (char) => {
    expect(() => segmentsOf(`leads(mm_key='a${char}b')`)).toThrow(/^4\d\d /)
    expect(() => segmentsOf(`leads(mm_key='a${encodeURIComponent(char)}b')`)).toThrow('400 0x80060888')
    expect(() => segmentsOf(`leads(mm_key='a${encodeURIComponent(encodeURIComponent(char))}b')`)).toThrow(/^400 /)
  })

  it('carries any other value, when quotes are doubled and the rest is encoded', () => {
    const value = fc.string({ unit: anyCharacter }).filter((text) => !/[/<>*%&:\\?+]/.test(text))
    fc.assert(
      fc.property(value, (text) => {
        const quoted = encodeURIComponent(text.replaceAll("'", "''"))
        expect(segmentsOf(`leads(mm_key='${quoted}')`)).toEqual([['leads', { alternate: { mm_key: text } }]])
      }),
    )
  })
})

describe('a key', () => {
  it('by the name of the primary column is the plain one', () => {
    expect(plainKey({ alternate: { leadid: id } }, 'leadid')).toEqual({ id })
    expect(plainKey({ alternate: { leadid: id, other: 1 } }, 'leadid')).toEqual({ alternate: { leadid: id, other: 1 } })
    expect(plainKey({ alternate: { mm_key: 'a' } }, 'leadid')).toEqual({ alternate: { mm_key: 'a' } })
    expect(plainKey({ id }, 'leadid')).toEqual({ id })
  })
})
