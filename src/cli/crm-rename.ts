import type { Config } from '../config/load.ts'
import { moveJobs, type OpenJobs, openJobs, workersOf } from '../queue/move-jobs.ts'
import { Queues } from '../queue/queues.ts'
import { CrmRename, type Held } from '../store/crm-rename.ts'
import type { Scripts } from '../store/redis.ts'
import { createLog } from './log.ts'
import { printJson, printLines } from './print.ts'
import { WrongUse } from './wrong-use.ts'

export interface RenameAsked {
  readonly yes: boolean
  readonly force: boolean
  readonly merge: boolean
  readonly json: boolean
}

interface Renaming {
  readonly old: string
  readonly to: string
  readonly rename: CrmRename
  readonly queues: Queues
  readonly asked: RenameAsked
}

/**
 * The file of a CRM has another name now: what Leadsync holds under the old one goes over to it. Killed in between, the same command goes on.
 * Exit code 1 when there is nothing to move, somebody is at work, or the new name has something of its own.
 */
export async function renameCrm(
  [old, to]: readonly [string, string],
  config: Config,
  scripts: Scripts,
  asked: RenameAsked,
): Promise<number> {
  const files = [...config.crms.map(({ name }) => name), ...config.disabled]
  if (old === to) throw new WrongUse(`${old} is its name already`)
  if (files.includes(old)) throw new WrongUse(`there is still a crm/${old}.yaml: rename it to crm/${to}.yaml first`)
  if (!files.includes(to)) throw new WrongUse(`there is no crm/${to}.yaml: rename crm/${old}.yaml to it first`)
  const queues = new Queues(scripts.redis, [old, to], createLog('silent'))
  try {
    return await run({ old, to, rename: new CrmRename(scripts), queues, asked })
  } finally {
    await queues.close()
  }
}

async function run(renaming: Renaming): Promise<number> {
  const { old, to, rename, queues, asked } = renaming
  const begun = await rename.begun(old)
  const [held, jobs] = [await rename.held(old), await openJobs(queues.delivery(old))]
  const problem = begun === null ? await reasonAgainst(renaming, held, jobs) : begun.to === to ? null : halfWay(old, begun.to)
  if (problem !== null) return refused(problem)
  if (!asked.yes) {
    show(renaming, 'planned', held, jobs)
    return 0
  }
  if (!asked.force && (await workersOf(queues)) > 0) {
    return refused(
      `Workers are connected that may route or deliver to ${old} or ${to} meanwhile: stop every daemon and try again. --force does it all the same.`,
    )
  }
  await move(renaming, begun?.paused ?? (await queues.delivery(old).isPaused()))
  show(renaming, 'done', held, jobs)
  return 0
}

/** The jobs last: one that ran before its lead's entry has the new name would find that the ledger does not know it. */
async function move({ old, to, rename, queues }: Renaming, paused: boolean): Promise<void> {
  await rename.begin(old, { to, paused })
  // Before our own note of why: without the pause it would be lifted by the next probe, without the note a pause is a person's for ever.
  if (paused) await queues.delivery(to).pause()
  await rename.moveCrm(old, to)
  await rename.moveLeads(old, to)
  await rename.moveContacts(old, to)
  await moveJobs(queues, old, to)
  await rename.end(old)
}

async function reasonAgainst({ old, to, rename, queues, asked }: Renaming, held: Held, jobs: OpenJobs): Promise<string | null> {
  if (isNothing(held, jobs)) return `Nothing is held under the name ${old}: it was renamed already, or nothing ever came for it.`
  const own = await rename.held(to)
  if (own.org !== null) {
    return `${to} is bound to org ${own.org} itself: what is held of two CRMs can't be put together. Give crm/${to}.yaml its own name back, and choose one that was never used.`
  }
  if (asked.merge || isNothing(own, await openJobs(queues.delivery(to)))) return null
  return `${own.accepted} leads came for ${to} already. If they came after the file was renamed, --merge puts them together with those of ${old}; else choose a name that was never used.`
}

function isNothing({ leads, contacts, accepted, org }: Held, { waiting, parked }: OpenJobs): boolean {
  return org === null && [leads, contacts, accepted, waiting, parked].every((count) => count === 0)
}

function halfWay(old: string, to: string): string {
  return `${old} is half renamed to ${to}: finish that first with leadsync crm rename ${old} ${to} --yes`
}

function refused(why: string): number {
  process.stderr.write(`${why}\n`)
  return 1
}

function show({ old, to, asked }: Renaming, result: 'planned' | 'done', held: Held, jobs: OpenJobs): void {
  const { org, leads, contacts } = held
  if (asked.json) {
    printJson({ crm: old, to, result, org, leads, contacts, ...jobs })
    return
  }
  const what = [
    `${org === null ? 'no org' : `org ${org}`}, ${leads} leads in the ledger, the records of ${contacts} contacts, ${jobs.waiting} jobs that wait`,
    `and ${jobs.parked} dead letters, which are tried once more and park again if their reason still stands`,
  ].join(' ')
  const done = result === 'done'
  printLines([
    `${done ? `What was held of ${old} is held of ${to} now` : `${old} would become ${to}`}: ${what}.`,
    done
      ? 'Histories go on naming it as it was called then. Start the daemon.'
      : 'Nothing was changed. To do it: stop every daemon, then the same command with --yes',
  ])
}
