import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readOptOutList } from '../../src/cli/dnc/opt-out-list.ts'

const Bom = '\uFEFF'

function utf16be(text: string): Buffer {
  return Buffer.from(Buffer.from(text, 'utf16le')).swap16()
}

function read(text: string, column: string | null = null) {
  return readOptOutList(Buffer.from(text), column)
}

describe('an opt-out list', () => {
  const text = 'Email,Name\njane@contoso.com,Müller\n'
  it.each([
    { encoding: 'UTF-8', bytes: Buffer.from(text) },
    { encoding: 'UTF-8 with a byte order mark', bytes: Buffer.from(Bom + text) },
    { encoding: 'UTF-16 LE with a byte order mark', bytes: Buffer.from(Bom + text, 'utf16le') },
    { encoding: 'UTF-16 LE without', bytes: Buffer.from(text, 'utf16le') },
    { encoding: 'UTF-16 BE with a byte order mark', bytes: utf16be(Bom + text) },
    { encoding: 'UTF-16 BE without', bytes: utf16be(text) },
    { encoding: 'Windows-1252', bytes: Buffer.from(text, 'latin1') },
  ])('is read in $encoding', ({ bytes }) => {
    expect(readOptOutList(bytes, null)).toEqual({ emails: ['jane@contoso.com'], invalid: [] })
    expect(readOptOutList(bytes, 'name').invalid).toEqual([2])
  })

  it('has its column found by a name that only its own encoding spells', () => {
    const own = 'Straße;Anschrift für Mail\nx;jane@contoso.com\n'
    for (const bytes of [Buffer.from(own), Buffer.from(own, 'latin1'), Buffer.from(own, 'utf16le')]) {
      expect(readOptOutList(bytes, 'Anschrift für Mail').emails).toEqual(['jane@contoso.com'])
    }
  })

  it.each([
    { what: 'commas', text: 'Name,E-Mail\nJane,jane@contoso.com' },
    { what: 'semicolons', text: 'Name;Email Address;a,b\r\nJane;jane@contoso.com;\r\n' },
    { what: 'tabs', text: 'Name\tEMAIL\rJane\tjane@contoso.com\r' },
    { what: 'what sep= says', text: 'sep=|\nName|email\nJane|jane@contoso.com\n' },
    { what: 'one column', text: 'email\njane@contoso.com\n' },
    { what: 'quoted cells', text: '"Name, first";"Subscriber E-mail"\n"a ""b""; c\nd"; "Jane@Contoso.com" ;\n' },
    { what: 'another name that holds the word', text: 'id,Customer email (main)\n7,jane@contoso.com\n' },
    { what: 'an exact name beside one that holds the word', text: 'email opt-out,email\nyes,jane@contoso.com\n' },
    { what: 'empty lines', text: '\n\nName,email\n\nJane,jane@contoso.com\n,\n\n' },
  ])('is read with $what', ({ text: own }) => {
    expect(read(own)).toEqual({ emails: ['jane@contoso.com'], invalid: [] })
  })

  it('says by its line what is no address, counting lines within cells, and takes all of a cell that holds several', () => {
    const own = 'email,note\njane@contoso.com,"two\nlines"\nno address,x\n,only a note\na@x.com; b@x.com,\nc@x.com;nobody,\n'
    expect(read(own)).toEqual({ emails: ['jane@contoso.com', 'a@x.com', 'b@x.com'], invalid: [4, 5, 7] })
  })

  it.each([
    { what: 'is empty', text: '', says: /empty/ },
    { what: 'has no header', text: 'jane@contoso.com\nbob@contoso.com\n', says: /first line holds an address/ },
    { what: 'has no such column', text: 'name,address\nJane,jane@contoso.com\n', says: /--column.*name, address/ },
    { what: 'has two', text: 'Work Email,E-mail\na@x.com,b@x.com\n', says: /several.*Work Email, E-mail/ },
    { what: 'has a quote without an end', text: 'email\n"a@x.com\nb@x.com\n', says: /line 2 has no end/ },
  ])('that $what is refused without repeating an address', ({ text: own, says }) => {
    expect(() => read(own)).toThrow(says)
    expect(() => read(own)).not.toThrow(/@/)
  })

  it('gives back every address, whatever stands in the other cells', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', ' ', '\t', 'é'), maxLength: 8 })
    const rows = fc.array(fc.tuple(cell, fc.nat(999), cell), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(rows, fc.constantFrom(',', ';', '\t'), (all, delimiter) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
        const lines = all.map(([before, n, after]) => [quoted(before), `p${n}@x.com`, quoted(after)].join(delimiter))
        const own = [['before', 'email', 'after'].join(delimiter), ...lines].join('\r\n')
        expect(read(own)).toEqual({ emails: all.map(([, n]) => `p${n}@x.com`), invalid: [] })
      }),
    )
  })
})
