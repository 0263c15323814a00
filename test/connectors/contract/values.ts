import { expect, it } from 'vitest'
import { DeliveryError } from '../../../src/core/index.ts'
import { anySignal, type Bench, contactIdOf, creation, each, emailOf, good, keys, type Stand } from './bench.ts'

const Texts = {
  quotes: `O'Brien "the 'Quick'" \`x\``,
  signs: '+1 #2 100% &amp; <b>?/=;:,| $_{}[]~^*',
  backslashes: 'C:\\temp\\new \\n \\u0041 \\',
  'an escape': '%27 %22 %00 %2B %20',
  templates: '{{ person.email }} $x {% raw %}',
  emoji: '👩‍💻🚀 naïve café 𝒳',
  'right to left': 'שלום עולם – مرحبا ‏123',
  Chinese: '株式会社 测试',
  'the query languages': `x' OR 1=1 -- ' and contains(name,'a') or ''='`,
  formulas: '=SUM(1)+@x-1',
}

/** Addresses that are somebody's, with everything in them that a query, a URL or a template could trip over. */
const Locals = ["o'neil", 'jane+tag', 'a#b', '100%', 'x&y=z', 'a/b?c', '{x}', "or'1'='1"]

/** Whatever a customer types arrives as it was typed, or is refused by name. */
export function valueGuarantees(bench: Bench): void {
  const { facts } = bench
  const { text, longText } = facts.fields

  it('keeps every text as it was typed', async () => {
    const stand = await bench.open()
    const texts = Object.values(Texts)
    const writes = texts.map((value, n) => creation(bench, stand.connector, n, { fields: { [text]: value } }))
    const outcomes = good(await stand.connector.write(writes, anySignal()))
    const asked = outcomes.map(({ object, id }) => keys(facts, { record: { object, id } }))
    const matches = good(await stand.connector.match(asked, anySignal()))
    expect(matches.map((match) => match.kind === 'one' && match.record.fields[text])).toEqual(texts)
  })

  it('keeps the lines of a text', async () => {
    const stand = await bench.open()
    const write = creation(bench, stand.connector, 1, { fields: { [longText]: 'one\n\ntwo "three"\n\tfour' } })
    const [outcome] = good(await stand.connector.write([write], anySignal()))
    expect(await stand.read(outcome?.id ?? '', longText)).toMatchObject({ [longText]: write.fields[longText] })
  })

  it('finds people by addresses with signs in them, and by no other', async () => {
    const stand = await bench.open()
    const emails = Locals.map((local) => emailOf(0).replace('p0', local))
    const writes = emails.map((email, n) => creation(bench, stand.connector, n, { email }))
    const ids = good(await stand.connector.write(writes, anySignal())).map(({ id }) => id)
    expect(await found(stand, emails)).toEqual(ids)
    expect(
      await found(
        stand,
        emails.map((email) => email.toUpperCase()),
      ),
    ).toEqual(ids)
    const others = ['%', "' or ''='", '*', 'a%23b'].map((local) => emailOf(0).replace('p0', local))
    expect(await found(stand, others)).toEqual(others.map(() => 'none'))
  })

  async function found({ connector }: Stand, emails: readonly string[]): Promise<string[]> {
    const matches = good(
      await connector.match(
        emails.map((email) => keys(facts, { email })),
        anySignal(),
      ),
    )
    return matches.map((match) => (match.kind === 'one' ? match.record.id : match.kind))
  }

  it.each([text, longText])('300 kB in %s are taken or refused by name, and break no batch', async (field) => {
    const stand = await bench.open()
    const huge = 'Sprich "Freund" 👋 und tritt ein. '.repeat(7_500)
    const writes = [1, 2, 3].map((n) => creation(bench, stand.connector, n, n === 2 ? { fields: { [field]: huge } } : {}))
    const [first, second, third] = await each(3, stand.connector.write(writes, anySignal()))
    expect([first, third]).toMatchObject([{ result: 'created' }, { result: 'created' }])
    if (second instanceof DeliveryError) expect(second).toMatchObject({ code: 'invalid', fields: [field] })
    const outcome = await stand.batched.write(writes[1] ?? creation(bench, stand.connector, 2))
    const names = stand.connector.identity(facts.target)
    expect(await stand.read(outcome.id, names.contactId)).toMatchObject({ [names.contactId]: contactIdOf(2) })
    const isDropped = outcome.dropped.some((one) => one.field === field)
    expect(await stand.read(outcome.id, field)).toMatchObject({ [field]: isDropped ? null : huge.trim() })
  })
}
