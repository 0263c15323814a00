import { expect, it } from 'vitest'
import type { Bench } from './bench.ts'
import type { Witness } from './witness.ts'

/** Asked when all of the suite has run: what was heard, and where it went. */
export function wholeRunGuarantees({ facts }: Bench, { heard, origins, expectedOrigins, wire }: Witness): void {
  it('no request left for any other origin', () => {
    expect(origins.size).toBeGreaterThan(1)
    expect([...origins].filter((origin) => !expectedOrigins.has(origin))).toEqual([])
  })

  it('no secret, no e-mail and no refused value is in any log line or error', () => {
    expect(heard.length).toBeGreaterThan(100)
    const words = [...facts.secrets, 'people.example', facts.fields.option.refused, facts.refusedEmail ?? 'people.example']
    for (const word of new Set(words.flatMap((one) => [one, encodeURIComponent(one)]))) {
      expect(heard.filter((one) => one.toLowerCase().includes(word.toLowerCase()))).toEqual([])
    }
  })

  it('nothing but people, their tasks and notes was written to, nothing was deleted, and nobody was sent anything', () => {
    const requests = wire.flat()
    const written = new Set(requests.flatMap((request) => facts.writtenBy(request)))
    expect(written.size).toBeGreaterThan(1)
    expect([...written].filter((name) => !facts.mayBeWritten.includes(name))).toEqual([])
    expect(requests.filter(({ method, body }) => method === 'DELETE' || /^DELETE /m.test(body))).toEqual([])
  })

  it('every request was one that may be made twice, or one that a look-up goes before, and none carried a secret in its address', () => {
    const requests = [...new Set(wire.flat().map(({ method, path }) => `${method} ${path}`))]
    expect(requests.length).toBeGreaterThan(1)
    expect(
      requests.filter((request) => ![...facts.repeatable, ...facts.lookedUpFirst].some((pattern) => pattern.test(request))),
    ).toEqual([])
    expect(requests.filter((request) => facts.secrets.some((secret) => request.includes(secret)))).toEqual([])
  })
}
