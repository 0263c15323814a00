// Any interleaving of what leads, admins, salespeople, crashes, clocks and lost answers do, to records and to follow-ups, against a model that
// was written from the design.
// 24 runs by default. LEADSYNC_MODEL_RUNS=1000 makes more of them; LEADSYNC_MODEL_SEED=… has those of a printed seed again.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { look } from '../kit/ledger-view.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { commands, lastWords } from './commands.ts'
import { modelCrms } from './crms.ts'
import { type Stand, World } from './world.ts'

const numRuns = Number(process.env.LEADSYNC_MODEL_RUNS ?? 24)
const seed = process.env.LEADSYNC_MODEL_SEED
const MostCommands = 40
/** Ends before the test does: else nobody would be told what failed. */
const limitMs = 60_000 + numRuns * 1_500

let server: TestRedis
let stands: readonly Stand[]

beforeAll(async () => {
  server = await startTestRedis()
  stands = await Promise.all(modelCrms.map(async (crm) => ({ crm, running: await crm.start() })))
})
afterAll(async () => {
  for (const { running } of stands) await running.stop()
  await server.stop()
})

async function emptyWorld(): Promise<World> {
  await look(server.url, (redis) => redis.flushall())
  for (const { running } of stands) {
    const { status } = await fetch(`${running.url}/_sandbox/reset`, { method: 'POST' })
    expect(status).toBe(200)
  }
  return new World(server.url, stands)
}

it(
  'any interleaving ends with one record per contact, values and markers as they must be, no opt-out cleared, nothing of sales overwritten and exactly the follow-ups that may stand',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands([commands], { maxCommands: MostCommands, size: 'max' }), lastWords, async (all, last) => {
        const world = await emptyWorld()
        try {
          await fc.asyncModelRun(() => ({ model: {}, real: world }), all)
          await world.drain()
          for (const word of last) await word.run({}, world)
          await world.drain()
        } finally {
          await world.close()
        }
      }),
      { numRuns, interruptAfterTimeLimit: limitMs, markInterruptAsFailure: true, ...(seed ? { seed: Number(seed) } : {}) },
    )
  },
  limitMs + 30_000,
)
