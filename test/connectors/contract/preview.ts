import { expect, it } from 'vitest'
import { anySignal, type Bench, creation, good, range, type Stand, update } from './bench.ts'

/** `preview` says what `write` then does. */
export function previewGuarantees(bench: Bench): void {
  const { text, otherText } = bench.facts.fields

  async function someWrites(stand: Stand) {
    const { connector } = stand
    const first = good(
      await connector.write(
        range(3).map((n) => creation(bench, connector, n)),
        anySignal(),
      ),
    )
    const id = (n: number) => first[n]?.id ?? ''
    return [
      creation(bench, connector, 10, { fields: { [text]: `O'Brien "x" 👋` } }),
      update(bench, 0, id(0), { [text]: 'changed', [otherText]: null }),
      creation(bench, connector, 11, { email: null }),
      update(bench, 1, id(1), {}),
      update(bench, 2, id(2), { [text]: 'changed' }),
      creation(bench, connector, 12),
    ]
  }

  it('equals what is then sent to a CRM that does not change in between', async () => {
    const stand = await bench.open()
    const writes = await someWrites(stand)
    const previewed = stand.connector.preview(writes)
    const before = stand.sent.length
    expect(stand.connector.preview(writes)).toEqual(previewed)
    expect(stand.sent).toHaveLength(before)
    good(await stand.connector.write(writes, anySignal()))
    const sent = stand.sent.slice(before).map(({ method, path, body }) => ({ method, path, body: bodyOf(body) }))
    expect(previewed.length).toBeGreaterThan(0)
    expect(sent).toEqual(previewed)
  })

  it('carries no credential, and shows the fields that are to change', async () => {
    const stand = await bench.open()
    const shown = JSON.stringify(stand.connector.preview(await someWrites(stand)))
    for (const secret of bench.facts.secrets) expect(shown).not.toContain(secret)
    expect(shown).toContain('changed')
  })

  function bodyOf(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      return text
    }
  }
}
