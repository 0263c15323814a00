// Nothing lost, nothing doubled, under fire: docs/reliability.md says what happens here.
//
//   npm run chaos -- [--seed N] [--leads N] [--pace LEADS-A-SECOND] [--json] [--keep] [--without FAULT …]
//   npm run chaos -- --table N [--leads N]    N runs with the seeds 1 … N, as the table of docs/reliability.md

import { parseArgs } from 'node:util'
import { isFine, reportLines, resultOf } from './report.ts'
import { tableOf } from './table.ts'
import { runTrial, type Trial } from './trial.ts'

const Interrupted = 130
const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    leads: { type: 'string', default: '20000' },
    pace: { type: 'string', default: '80' },
    table: { type: 'string' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    without: { type: 'string', multiple: true, default: [] },
  },
})
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error('It was interrupted; everything that it started is ended.')))
}

try {
  process.exitCode = values.table === undefined ? await one() : await several(wholeNumber('table', values.table))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = interrupted.signal.aborted ? Interrupted : 1
}
// A command of ours may still be waited for: all that matters has ended.
process.exit()

async function one(): Promise<number> {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('seed', values.seed)
  const trial = await run(seed)
  process.stdout.write(`${(values.json ? [] : reportLines(trial)).join('\n')}\n${JSON.stringify(resultOf(trial))}\n`)
  if (values.json && !isFine(trial)) process.stderr.write(`${reportLines(trial).join('\n')}\n`)
  return isFine(trial) ? 0 : 1
}

async function several(count: number): Promise<number> {
  const trials: Trial[] = []
  for (let seed = 1; seed <= count; seed += 1) {
    const trial = await run(seed)
    trials.push(trial)
    if (!isFine(trial)) process.stderr.write(`${reportLines(trial).join('\n')}\n`)
  }
  process.stdout.write(`${tableOf(trials).join('\n')}\n`)
  return trials.every(isFine) ? 0 : 1
}

async function run(seed: number): Promise<Trial> {
  const leads = wholeNumber('leads', values.leads)
  const say = (sentence: string) => void process.stderr.write(`${sentence}\n`)
  say(`Seed ${seed}: ${leads} leads.`)
  return await runTrial({
    seed,
    leads,
    pace: wholeNumber('pace', values.pace),
    keep: values.keep,
    without: values.without,
    signal: interrupted.signal,
    say,
  })
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} takes a whole number from 1 on, not ${text}.`)
  return number
}
