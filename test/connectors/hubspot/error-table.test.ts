import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hubspotErrors } from '../../../connectors/hubspot/error-rows.ts'
import { refusalOf } from '../../../connectors/hubspot/errors.ts'
import { Meanings } from '../../../connectors/hubspot/problems.ts'
import { oneRecordErrors } from '../../../connectors/kit/one-record.ts'

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

/** Judged by what becomes of a whole batch: test/connectors/contract/poison.ts. */
const ofOneRecord = oneRecordErrors.map(({ id }) => id)

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
    const judged = new Set(fixtures.map(([, fixture]) => judge(fixture).rule))
    expect(hubspotErrors.map(({ id }) => id).filter((id) => !judged.has(id) && !ofOneRecord.includes(id))).toEqual([])
  })

  it('each validation code has one as well', () => {
    const bodies = fixtures.map(([, { body }]) => JSON.stringify(body))
    expect(Object.keys(Meanings).filter((code) => !bodies.some((body) => body.includes(code)))).toEqual([])
  })
})
