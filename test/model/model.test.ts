import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { commands } from './commands.ts'
import { CrmNames, modeOf } from './crm-side.ts'
import { Contacts, Expected } from './expected.ts'
import { World } from './world.ts'

/**
 * Each run lives another story, through the real register, deliveries, connectors and Redis, and then asks whether every CRM holds what the
 * model says. `MODEL_RUNS=500 npx vitest run test/model` lives more of them; `MODEL_SEED` takes the seed that a failed run printed.
 */
const Runs = Number(process.env.MODEL_RUNS ?? 30)
const Seed = process.env.MODEL_SEED === undefined ? {} : { seed: Number(process.env.MODEL_SEED) }
const MostRounds = 20

const mode = fc.constantFrom('flag' as const, 'opt-out' as const, 'skip' as const)
const modes = fc.record({ hubspot: mode, salesforce: mode, creates: fc.boolean() }).map(({ hubspot, salesforce, creates }) => ({
  hubspot: modeOf('hubspot', hubspot, creates),
  salesforce: modeOf('salesforce', salesforce, creates),
}))

let redis: TestRedis
let world: World
beforeAll(async () => {
  redis = await startTestRedis()
  world = await World.open(redis.url)
})
afterAll(async () => {
  await world.stop()
  await redis.stop()
})

describe('whatever happens to a few people in two CRMs', () => {
  it('ends as the design says', async () => {
    const story = fc.commands(commands, { maxCommands: 60, size: 'max' })
    const property = fc.asyncProperty(modes, story, async (modes, story) => {
      const expected = new Expected(modes)
      await world.begin(modes)
      await fc.asyncModelRun(() => ({ model: expected, real: world }), story)
      await finish(expected)
      for (const contact of Contacts) await compare(expected, contact)
      for (const { lead, crm } of expected.deliveries)
        expect(await world.outcome(crm, lead)).toBe(lead.action === 'DNC' ? 'suppressed' : 'delivered')
    })
    await fc.assert(property, { numRuns: Runs, ...Seed })
  }, 3_600_000)
})

/** Until nothing waits any more. */
async function finish(expected: Expected): Promise<void> {
  for (let round = 0; expected.waiting().length > 0 || expected.marks.length > 0; round += 1) {
    if (round > MostRounds) throw new Error(`There is no end: ${JSON.stringify([expected.waiting(), expected.marks])}`)
    // A lead that was settled by a process that ended then does not come back to free its contact.
    if (round > 0) {
      await world.locksEnd()
      expected.locksEnd()
    }
    for (const one of expected.waiting()) expected.came([one], await world.deliver(one.crm, [one.lead]))
    for (const mark of expected.marks) expected.marked(mark, await world.mark(mark.crm, mark.contact))
  }
}

async function compare(expected: Expected, contact: number): Promise<void> {
  for (const crm of CrmNames) {
    const meant = expected.record(contact, crm)
    expect(await world.held(crm, contact), `${crm}, contact ${contact}`).toEqual(meant === null ? [] : [meant])
  }
  if (!expected.knows(contact)) return
  expect(await world.followUps(contact), `follow-ups of ${contact}`).toEqual(expected.followUps(contact))
}
