import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type AuditReport, audit } from '../../admin/audit.ts'
import { formatAudit } from '../../admin/audit-text.ts'
import { readStatus, type Status } from '../../admin/status.ts'
import { environment } from '../../config/environment.ts'
import { createFollowUpJobs } from '../../queue/follow-up-jobs.ts'
import { Queues } from '../../queue/queues.ts'
import { WorkJobs } from '../../queue/work-jobs.ts'
import { RedisCrmStates } from '../../store/crm-states.ts'
import { findLead } from '../../store/lead-lookup.ts'
import { connectRedis, Scripts } from '../../store/redis.ts'
import { createLog } from '../log.ts'
import { type StandInName, standIns } from '../stand-ins.ts'
import { untilSignal } from '../until-signal.ts'
import { type Child, startChild } from './child.ts'
import { demoConfig } from './config.ts'
import { type Fed, feed, until } from './feed.ts'
import { tellFollowUps } from './follow-up-story.ts'
import { resultOf } from './result.ts'
import { samples } from './samples.ts'
import { type SandboxTask, sandboxTasks, sandboxTotals } from './sandbox-view.ts'
import { followUpsSettled, leadsSettled } from './settled.ts'
import { tellStories } from './story.ts'

/** Not the data of a real installation in the same folder, which is bound to a real portal. */
const DataDir = '.leadsync/demo'
const SettleWithinMs = 120_000
const Crms = Object.keys(standIns) as StandInName[]
/** What a shell expects of a command that was ended by Ctrl-C. */
const Interrupted = 130

/**
 * The real daemon on its shipped configuration (`demoConfig` says what is changed), with an embedded Redis (or `REDIS_URL`) and stand-ins for the CRMs, fed with sample leads.
 * With `--once` it ends when all has settled; the last line is one JSON object.
 */
export async function demo(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { once: { type: 'boolean', default: false } } })
  const children: Child[] = []
  const interrupted = untilSignal()
  try {
    return await Promise.race([run(values.once, children, interrupted), interrupted.then(() => Interrupted)])
  } finally {
    for (const child of children.reverse()) await child.stop()
  }
}

async function run(once: boolean, children: Child[], interrupted: Promise<unknown>): Promise<number> {
  const dataDir = resolve(DataDir)
  const sandbox = await startChild(['sandbox', '--json', '--data', dataDir], {}, (line) => Crms.every((crm) => crm in line))
  children.push(sandbox)
  const crms = sandbox.up as Readonly<Record<StandInName, { url: string; env: Record<string, string> }>>
  const secrets = { marketplaceToken: randomBytes(16).toString('hex'), apiToken: randomBytes(16).toString('hex') }
  const password = randomBytes(9).toString('base64url')
  const daemon = await startChild(
    // What an earlier demo left in another Redis is nobody's loss.
    ['start', '--accept-empty-redis', '--config', await demoConfig(dataDir)],
    {
      LEADSYNC_DATA_DIR: dataDir,
      LEADSYNC_INTAKE_PORT: '0',
      LEADSYNC_ADMIN_PORT: '0',
      LEADSYNC_MARKETPLACE_TOKEN: secrets.marketplaceToken,
      LEADSYNC_API_TOKEN: secrets.apiToken,
      LEADSYNC_ADMIN_PASSWORD: password,
      ...Object.assign({}, ...Crms.map((crm) => crms[crm].env)),
    },
    (line) => line.msg === 'leadsync is up',
  )
  children.push(daemon)

  const redisUrl = environment().REDIS_URL || String(daemon.up.redis)
  const watching = watch(redisUrl)
  try {
    const before = await watching.status()
    const intakeUrl = String(daemon.up.intake)
    say('The daemon is up, and so are stand-ins for the CRMs. Sending the sample leads.\n')
    const { scripts } = watching
    const fed = await feed(samples(Date.now()), { intakeUrl, ...secrets, scripts })
    const fromQueue = fed.filter(({ sample }) => sample.via === 'queue').length
    await until('That everything settled', () => settled(watching, fed, before.received + fed.length), SettleWithinMs)
    const after = await watching.status()
    for (const one of fed) say(await describe(one, scripts))
    say('\nIn words')
    const lines = [...(await tellStories(fed, scripts)), ...(await tellFollowUps(fed, scripts, await tasksIn(crms)))]
    for (const line of lines) say(`  ${line}`)
    say(`\n${fed.length} leads sent, ${fromQueue} of them by a plain BullMQ producer.`)
    if (!once) {
      sayWhere(daemon, password, secrets.marketplaceToken)
      for (const crm of Crms) say(`${standIns[crm].title.padEnd(13)} ${crms[crm].url}/_sandbox/records`)
      say('\nCtrl-C ends it.')
      await interrupted
    }
    const totals = await Promise.all(Crms.map(async (crm) => [crm, await sandboxTotals(crms[crm].url)]))
    const audited = await watching.audit()
    if (!audited.ok) for (const line of formatAudit(audited)) say(line)
    say(JSON.stringify(resultOf(before, after, Object.fromEntries(totals))))
    return audited.ok ? 0 : 1
  } finally {
    await watching.close()
  }
}

interface Watching {
  readonly scripts: Scripts
  status(): Promise<Status>
  /** Whether every number adds up, and everything that is still to be done has its job. */
  audit(): Promise<AuditReport>
  close(): Promise<void>
}

function watch(redisUrl: string): Watching {
  const redis = connectRedis(redisUrl, { name: 'demo', patience: 'patient' })
  redis.on('error', () => undefined)
  const scripts = new Scripts(redis, null)
  const queues = new Queues(redis, Crms, createLog('silent'))
  const crms = Crms.map((name) => ({ name, valid: true }))
  const states = new RedisCrmStates(scripts)
  return {
    scripts,
    status: () => readStatus({ queues, scripts, states, crms, warnMs: 0, now: Date.now }),
    audit: () => {
      const jobs = new WorkJobs(queues, createFollowUpJobs(queues, Date.now))
      return audit({ scripts, jobs, mayHaveAged: false, mend: false })
    },
    async close() {
      await queues.close()
      redis.disconnect()
    },
  }
}

async function settled({ scripts, status }: Watching, fed: readonly Fed[], received: number): Promise<boolean> {
  if (!leadsSettled(await status(), received)) return false
  const leadIds = fed.map(({ leadId }) => leadId)
  return await followUpsSettled(leadIds, { scripts, crms: Crms, now: Date.now() })
}

/** What the sample shows, and what became of it. */
async function describe({ sample, leadId, status }: Fed, scripts: Scripts): Promise<string> {
  const entry = await findLead(scripts, leadId)
  const deliveries = Object.entries(entry?.deliveries ?? {}).map(
    ([crm, { state, reason }]) => `${crm} ${state}${reason ? ` (${reason})` : ''}`,
  )
  const became = status === 'duplicate' || deliveries.length === 0 ? '' : ` → ${deliveries.join(', ')}`
  return `  ${sample.shows}\n      ${sample.via}: ${status}${became}`
}

async function tasksIn(
  crms: Readonly<Record<StandInName, { readonly url: string }>>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, SandboxTask>>> {
  return new Map(await Promise.all(Crms.map(async (crm) => [crm, await sandboxTasks(crms[crm].url)] as const)))
}

function sayWhere(daemon: Child, password: string, token: string): void {
  say(`
Bull Board    ${String(daemon.up.admin)}/admin/queues   (user admin, password ${password})
Metrics       ${String(daemon.up.admin)}/metrics
Send a lead   curl -d '{"userDetails":{"email":"you@example.com"}}' ${String(daemon.up.intake)}/intake/marketplace/${token}`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
