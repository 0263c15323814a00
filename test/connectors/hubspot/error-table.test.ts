import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../../connectors/hubspot/errors.ts'
import { Meanings } from '../../../connectors/hubspot/problems.ts'
import { Rules } from '../../../connectors/hubspot/rules.ts'

interface Fixture {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly means: {
    readonly code: string
    readonly reach: string
    readonly words: string
    readonly fields?: readonly string[]
    readonly retryAfterMs?: number
    readonly existingId?: string
  }
}

const folder = new URL('./fixtures/', import.meta.url)
const fixtures = readdirSync(folder).map((file): [string, Fixture] => [
  file.replace('.json', ''),
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
])

function judge({ status, headers, body }: Fixture) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const circumstances = { crm: 'sales', now: Date.parse('2026-11-23T17:00:00Z'), timeZone: 'US/Eastern' }
  return refusalOf({ kind: 'answer', status, headers: new Headers(headers), text }, circumstances)
}

describe("HubSpot's refusals", () => {
  it.each(fixtures)('%s', (_, fixture) => {
    const { code, reach, words, fields = [], retryAfterMs, existingId } = fixture.means
    const refusal = judge(fixture)
    expect(refusal).toMatchObject({ reach, error: { code, fields, retryAfterMs, status: fixture.status } })
    expect(refusal.existingId).toBe(existingId)
    expect(refusal.error.message).toContain(words)
    expect(refusal.error.message).not.toMatch(/zaphod/i)
  })

  it('each row of the table has an answer that it is for', () => {
    const said = fixtures.map(([, fixture]) => judge(fixture).error.message)
    const unused = Rules.filter(({ say }) => !said.some((message) => message.includes(say.split('{')[0] ?? '')))
    expect(unused).toEqual([])
  })

  it('each validation code has one as well', () => {
    const bodies = fixtures.map(([, { body }]) => JSON.stringify(body))
    expect(Object.keys(Meanings).filter((code) => !bodies.some((body) => body.includes(code)))).toEqual([])
  })
})
