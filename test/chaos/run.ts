// Nothing lost, nothing doubled, under fire: docs/reliability.md says what happens here.
//
//   npm run chaos -- [--seed N] [--leads N] [--pace LEADS-A-SECOND] [--json] [--keep] [--without FAULT …]
//   npm run chaos -- --table N [--leads N]    N runs with the seeds 1 … N, as the table of docs/reliability.md

import { type ChaosOptions, readOptions, WrongOptions } from './options.ts'
import { isFine, reportLines, resultOf } from './report.ts'
import { rowOf, TableHead } from './table.ts'
import { runTrial, type Trial } from './trial.ts'

const Interrupted = 130
const WrongUse = 2
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error('It was interrupted; everything that it started is ended.')))
}

try {
  const options = readOptions(process.argv.slice(2))
  process.exitCode = options.table === null ? await one(options) : await several(options, options.table)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof WrongOptions ? WrongUse : interrupted.signal.aborted ? Interrupted : 1
}
// A command of ours may still be waited for: all that matters has ended.
process.exit()

async function one(options: ChaosOptions): Promise<number> {
  const trial = await run(options, options.seed ?? Math.floor(Math.random() * 2 ** 31))
  process.stdout.write(`${(options.json ? [] : reportLines(trial)).join('\n')}\n${JSON.stringify(resultOf(trial))}\n`)
  if (options.json && !isFine(trial)) process.stderr.write(`${reportLines(trial).join('\n')}\n`)
  return isFine(trial) ? 0 : 1
}

/** Each row as its run ends: one that could not be made ends the command, and those before it are there. */
async function several(options: ChaosOptions, count: number): Promise<number> {
  process.stdout.write(`${TableHead.join('\n')}\n`)
  let isAllFine = true
  for (let seed = 1; seed <= count; seed += 1) {
    const trial = await run(options, seed)
    process.stdout.write(`${rowOf(trial)}\n`)
    if (!isFine(trial)) process.stderr.write(`${reportLines(trial).join('\n')}\n`)
    isAllFine &&= isFine(trial)
  }
  return isAllFine ? 0 : 1
}

async function run({ leads, pace, keep, without }: ChaosOptions, seed: number): Promise<Trial> {
  const say = (sentence: string) => void process.stderr.write(`${sentence}\n`)
  say(`Seed ${seed}: ${leads} leads.`)
  return await runTrial({ seed, leads, pace, keep, without, signal: interrupted.signal, say })
}
