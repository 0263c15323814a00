import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connector, DeliveryError, dayIn } from '../../src/core/index.ts'
import { Noon } from '../kit/made-lead.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { type CrmName, Crms } from '../kit/three-crms.ts'

interface Stored {
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * The day that a salesperson reads on a task. Salesforce keeps a day, which is the same for everybody; the others keep an instant, and show it
 * by the clock of whoever looks.
 */
const DayShown: Readonly<Record<CrmName, (fields: Stored['fields'], timeZone: string) => unknown>> = {
  salesforce: ({ ActivityDate }) => ActivityDate,
  hubspot: ({ hs_timestamp }, timeZone) => dayIn(Date.parse(String(hs_timestamp)), timeZone),
  dynamics: ({ scheduledend }, timeZone) => dayIn(Date.parse(String(scheduledend)), timeZone),
}

const signal = new AbortController().signal

describe.each(Object.values(Crms))('in $name', ({ name, harness, made }) => {
  let crm: Awaited<ReturnType<typeof harness.start>>
  let connector: Connector
  let person: string
  beforeAll(async () => {
    crm = await harness.start()
    const dependencies = { crm: name, fetch: globalThis.fetch, now: () => Date.parse(Noon), log: recordedLog().log }
    connector = harness.connect({ baseUrl: crm.url, timeoutMs: null, dependencies })
    await connector.catalog(signal)
    person = await harness.sales.create(crm.url, made('jane@people.example'))
  })
  afterAll(async () => {
    await connector.stop()
    await crm.stop()
  })

  it.each([
    ['America/Los_Angeles', '2026-11-24T07:30:00.000Z', '2026-11-23'],
    ['Pacific/Auckland', '2026-11-23T10:30:00.000Z', '2026-11-23'],
    // The days on which clocks go forward, and those on which they go back.
    ['America/Los_Angeles', '2026-03-09T06:30:00.000Z', '2026-03-08'],
    ['Pacific/Auckland', '2026-09-27T10:30:00.000Z', '2026-09-27'],
    ['America/Los_Angeles', '2026-11-02T07:30:00.000Z', '2026-11-01'],
    ['Pacific/Auckland', '2026-04-05T11:30:00.000Z', '2026-04-05'],
    // An hour later, when it is still the day before wherever the CRM itself is.
    ['Pacific/Auckland', '2026-11-23T11:30:00.000Z', '2026-11-24'],
  ])('a task whose owner is in %s is due, for %s, on %s, and untouched', async (timeZone, dueAt, day) => {
    const about = { record: { object: harness.facts.target, id: person }, subject: 'Call', body: 'Call.', owner: null }
    const task = { id: `${timeZone} ${dueAt}`, ...about, dueAt, timeZone, type: 'call', priority: 'high' } as const
    const [ref] = await connector.createTasks([task], signal)
    if (!ref || ref instanceof DeliveryError) throw ref ?? new Error('No task was judged.')
    const { records } = (await (await fetch(`${crm.url}/_sandbox/records`)).json()) as { readonly records: readonly Stored[] }
    const stored = records.find(({ id }) => id === ref.id)
    expect(DayShown[name](stored?.fields ?? {}, timeZone)).toBe(day)
    expect(await connector.readTasks([ref], signal)).toEqual([{ status: 'open', touched: false }])
  })
})
