import { mkdir } from 'node:fs/promises'
import { arch, availableParallelism, loadavg, platform } from 'node:os'
import { parseArgs } from 'node:util'
import { type AcceptResult, measureAccept } from './accept.ts'
import { type DeliverResult, measureDeliver } from './deliver.ts'
import { type FollowUpsResult, measureFollowUps } from './follow-ups.ts'
import { acceptRows, deliverRows, followUpRows, tableOf } from './report.ts'
import { openStage, type Stage } from './stage.ts'

const Usage = `Usage: npm run bench -- [options]

  --quick          a few seconds in all: shows that it works, measures little
  --seconds N      how long leads are posted (10)
  --leads N        how many leads are delivered, and how many followed up (5000)
  --rounds N       repeat all of it on a fresh Redis; the round with the median ratio counts (1)
  --only NAME      accept | deliver | follow-ups
  --profile DIR    Node writes CPU profiles of the daemons there

Absolute numbers are this machine's at this moment; compare the ratios to bare BullMQ. Where other work runs beside it, trust the ratio
by CPU time (Linux only).
Ends with 1 if a lead was lost or doubled, or an answer was not a 202.
`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    leads: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    only: { type: 'string' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

let open: Stage | undefined
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void open?.close().finally(() => process.exit(1)))
}

const Parts = ['accept', 'deliver', 'follow-ups']
if (values.only !== undefined && !Parts.includes(values.only)) {
  process.stderr.write(`--only takes ${Parts.join(', ')}, not ${values.only}\n\n${Usage}`)
  process.exit(2)
}

if (values.help) process.stdout.write(Usage)
else process.exitCode = await bench()

async function bench(): Promise<number> {
  const seconds = wholeNumber('seconds', values.seconds ?? (values.quick ? '1' : '10'))
  const leads = wholeNumber('leads', values.leads ?? (values.quick ? '300' : '5000'))
  const rounds = wholeNumber('rounds', values.rounds)
  if (values.profile) await mkdir(values.profile, { recursive: true })
  const accepts: AcceptResult[] = []
  const delivers: DeliverResult[] = []
  const followUps: FollowUpsResult[] = []
  const measures = (name: string) => values.only === undefined || values.only === name
  process.stdout.write(`Node ${process.version}, ${platform()} ${arch()}, ${availableParallelism()} CPUs, load ${loadOf()}\n`)
  for (let round = 1; round <= rounds; round++) {
    if (measures('accept')) accepts.push(await onStage((stage) => measureAccept(stage, seconds)))
    if (measures('deliver')) delivers.push(await onStage((stage) => measureDeliver(stage, leads)))
    if (measures('follow-ups')) followUps.push(await onStage((stage) => measureFollowUps(stage, leads)))
  }
  const accept = median(accepts, (one) => one.ratioToAdds)
  const deliver = median(delivers, (one) => one.ratio)
  const followUp = median(followUps, (one) => one.ratio)
  const wrong = [...accepts, ...delivers, ...followUps].flatMap((one) => one.wrong)
  const rows = [accept ? acceptRows(accept) : [], deliver ? deliverRows(deliver) : [], followUp ? followUpRows(followUp) : []]
  process.stdout.write(`\n${tableOf(rows.flat())}\n`)
  for (const sentence of wrong) process.stdout.write(`WRONG: ${sentence}\n`)
  process.stdout.write(`${JSON.stringify({ ok: wrong.length === 0, rounds, accept, deliver, followUp })}\n`)
  return wrong.length === 0 ? 0 : 1
}

async function onStage<T>(measure: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await openStage({ profileDir: values.profile })
  open = stage
  try {
    return await measure(stage)
  } finally {
    await stage.close()
    open = undefined
  }
}

function median<T>(all: readonly T[], by: (one: T) => number): T | null {
  return all.toSorted((a, b) => by(a) - by(b))[Math.floor(all.length / 2)] ?? null
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  process.stderr.write(`--${name} takes a whole number above 0, not ${text}\n\n${Usage}`)
  process.exit(2)
}

/** Somebody else's work on this machine is in every absolute number. */
function loadOf(): string {
  return loadavg()[0]?.toFixed(1) ?? ''
}
