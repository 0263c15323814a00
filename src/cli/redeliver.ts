import { parseArgs } from 'node:util'
import type { ReadyCrm } from '../config/crm-settings.ts'
import { formatProblem } from '../config/problem.ts'
import type { TimeRange } from '../store/past-leads.ts'
import { configsNow, oldSettings } from './config-now.ts'
import { withStore } from './open-store.ts'
import { printJson, printLines } from './print.ts'
import { createProgress } from './progress.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { type RedeliverAsked, type Redelivered, redeliverLeads } from './redeliver-leads.ts'
import { readTime } from './time-option.ts'
import { Usages } from './usages.ts'
import { WrongUse } from './wrong-use.ts'

/** Delivered leads once more through match, decide and write. Exit code 1 when some could not be put on their way. */
export async function redeliver(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      crm: { type: 'string' },
      since: { type: 'string' },
      until: { type: 'string' },
      offer: { type: 'string' },
      'follow-ups': { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const { crm: name, offer = null, json, 'dry-run': dryRun } = values
  if (name === undefined || values.since === undefined || values.until === undefined) throw new WrongUse(Usages.redeliver)
  const config = readConfig(values.config)
  const crm = config.crms.find((one) => one.name === name)
  if (!crm)
    throw new WrongUse(`there is no enabled CRM ${name}; there are ${config.crms.map((one) => one.name).join(', ') || 'none'}`)
  if (!crm.ok) throw new WrongUse(crm.problems.map(formatProblem).join('\n'))
  const range = rangeOf(values.since, values.until)
  return await withStore(config, 'redeliver', async (store) => {
    const now = (await configsNow(config, store.scripts)).get(crm.name)
    const say = now ? oldSettings(crm.name, now) : null
    if (say !== null) process.stderr.write(`${say}\n`)
    const progress = createProgress({ total: null, stream: process.stderr, now: Date.now })
    const asked = { crm: crm.name, accept: crm.accept, range, offer, followUps: values['follow-ups'], dryRun }
    const done = await redeliverLeads(store, asked, (seen) => progress.reached(seen, 'leads looked at'))
    progress.end()
    if (json) printJson({ crm: name, dryRun, ...done })
    else printLines(linesOf(crm, done, asked))
    return done.inHand === 0 ? 0 : 1
  })
}

function rangeOf(since: string, until: string): TimeRange {
  const now = Date.now()
  const range = { since: readTime('since', since, now), until: readTime('until', until, now) }
  if (range.since < range.until) return range
  throw new WrongUse('--since is not before --until: no lead came in between')
}

function linesOf({ name }: ReadyCrm, done: Redelivered, { dryRun, offer }: RedeliverAsked): readonly string[] {
  const all: readonly (readonly [number, string])[] = [
    [done.redelivered, dryRun ? `would go to ${name} once more` : `go to ${name} once more`],
    [done.new, 'of them never were asked of it before'],
    [done.waiting, 'wait for their delivery already, and are left alone'],
    [done.parked, 'are parked: leadsync dead-letters replay sends them'],
    [done.notWanted, 'are not wanted by its accept:'],
    [done.ended, 'were given up by a person, or their person was forgotten'],
    [done.notRouted, 'are about to be routed, and come by themselves'],
    [done.tooOld, 'are too old: their body is kept no longer (retention.bodyDays); the journal may have it still'],
    [done.inHand, 'are in a worker’s hands still: run the same command again'],
  ]
  const some = all.flatMap(([count, what], index) => (count > 0 || index === 0 ? [`${count} ${what}`] : []))
  const none = offer === null ? 'No lead came in that time.' : `No lead of the offer ${offer} came in that time.`
  const lines = all.every(([count]) => count === 0) ? [none] : some
  return dryRun ? [...lines, 'Nothing was changed (--dry-run).'] : lines
}
