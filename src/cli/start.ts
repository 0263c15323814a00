import { parseArgs } from 'node:util'
import { formatProblem } from '../config/problem.ts'
import { type Role, startDaemon } from '../daemon.ts'
import { createLog } from './log.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { untilSignal } from './until-signal.ts'
import { WrongUse } from './wrong-use.ts'

const LingerMs = 1_000
const Roles: readonly Role[] = ['all', 'intake', 'worker', 'admin']

/** Runs until SIGTERM or SIGINT. A second signal ends it at once: the leads are safe either way. */
export async function start(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      role: { type: 'string', default: 'all' },
      strict: { type: 'boolean', default: false },
      'accept-empty-redis': { type: 'boolean', default: false },
    },
  })
  const role = Roles.find((one) => one === values.role)
  if (!role) throw new WrongUse(`--role is one of ${Roles.join(', ')}`)
  const config = readConfig(values.config)
  const problems = config.crms.flatMap((crm) => (crm.ok ? [] : crm.problems))
  if (values.strict && problems.length > 0) throw new WrongUse(problems.map(formatProblem).join('\n'))

  // From here on: a signal that comes while it starts would end it without its Redis.
  const signalled = untilSignal()
  const log = createLog(config.leadsync.log.level)
  for (const problem of problems) log.error({}, `a CRM stands still: ${formatProblem(problem)}`)
  const daemon = await startDaemon({
    config,
    role,
    log,
    acceptEmptyRedis: values['accept-empty-redis'],
    now: Date.now,
  }).catch((error: unknown) => {
    log.error({ error }, 'could not start')
    process.stderr.write(`leadsync start: ${error instanceof Error ? error.message : String(error)}\n`)
    return null
  })
  if (!daemon) return 1
  const { intakeUrl, adminUrl, redisUrl, generatedPassword } = daemon
  log.info({ role, pid: process.pid, intake: intakeUrl, admin: adminUrl, redis: withoutPassword(redisUrl) }, 'leadsync is up')
  if (generatedPassword) {
    process.stderr.write(
      `No admin.password is set. For this run: user ${config.leadsync.admin.username}, password ${generatedPassword}\n`,
    )
  }
  const signal = await signalled
  log.info({ signal }, 'stopping')
  await daemon.stop()
  log.info({}, 'stopped')
  // After a shutdown that had to give up on something, a connection of it may still keep the process alive.
  setTimeout(() => process.exit(0), LingerMs).unref()
  return 0
}

function withoutPassword(url: string): string {
  const parsed = new URL(url)
  parsed.username = ''
  parsed.password = ''
  return parsed.href
}
