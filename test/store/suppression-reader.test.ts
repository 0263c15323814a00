import { expect, it } from 'vitest'
import { keyCheck } from '../../src/store/suppression-file.ts'
import { readExport } from '../../src/store/suppression-reader.ts'

const key = keyCheck('a secret')
const entry = { source: 'admin', channel: 'any', offer: '*', since: 1, reason: '' }
const alias = { alias: 'x', entries: [entry] }
const contact = { contact: 'c', aliases: ['x'], sup: { 'd:a.b': 1, 'r:*': 2, 'l:a.b': 3 } }
const others = [
  { kept: 'x', sup: { 'd:*': 1 } },
  { forgotten: 'x', at: 1 },
]

function file(...lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

const header = { leadsync: 'dnc', v: 2, key }

it('an export of either version is read whole', () => {
  const all = [alias, contact, ...others]
  expect(readExport(file(header, ...all, { end: 4 }), 'a secret')).toEqual(all)
  expect(readExport(file(header, { end: 0 }), 'a secret')).toEqual([])
  expect(readExport(file({ leadsync: 'dnc', v: 1, key, count: 1 }, alias), 'a secret')).toEqual([alias])
})

it.each([
  { what: 'its last line', text: file(header, alias), says: 'cut off: its last line is missing' },
  { what: 'a line in between', text: file(header, alias, { end: 2 }), says: 'cut off: it has 1 of 2 lines' },
  { what: 'a line, and is an old one', text: file({ ...header, v: 1, count: 2 }, alias), says: 'cut off: it has 1 of 2 lines' },
  { what: 'its first line', text: file(alias, { end: 1 }), says: 'no export' },
  { what: 'a scope', text: file(header, { ...contact, sup: { 'd:': 1 } }, { end: 1 }), says: 'line 2 of the export is damaged' },
  { what: 'a time', text: file(header, contact, { forgotten: 'x' }, { end: 2 }), says: 'line 3 of the export is damaged' },
  { what: 'its version', text: file({ ...header, v: 3 }, alias, { end: 1 }), says: 'no export of this version' },
  { what: 'its installation', text: file({ ...header, key: 'x' }, { end: 0 }), says: 'another installation' },
])('an export that lacks $what is refused', ({ text, says }) => {
  expect(() => readExport(text, 'a secret')).toThrow(says)
})
