import { buildAdmin } from '../admin/admin.ts'
import { adminQuota } from '../admin/crm-quota.ts'
import type { AdminCrm } from '../admin/crm-status.ts'
import { adminPassword } from '../admin/password.ts'
import type { CrmConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import type { Reception } from '../intake/reception.ts'
import { Queues } from '../queue/queues.ts'
import { RedisCrmStates } from '../store/crm-states.ts'
import { listen, type Parts } from './parts.ts'

/** The listener for people and monitoring. `reception`: null where no intake runs in this process. */
export async function startAdmin(
  parts: Parts,
  reception: Reception | null,
): Promise<{ url: string; generatedPassword: string | null }> {
  const { config, role, redis, log, now, closers } = parts
  const { admin } = config.leadsync
  const { password, generated } = adminPassword(admin)
  const scripts = redis.connect('admin', 'hasty')
  const crms = config.crms.map(describeCrm)
  const queues = new Queues(
    scripts.redis,
    crms.map(({ name }) => name),
    log,
  )
  const app = await buildAdmin(
    { ...admin, password, crms, role, warnMs: config.leadsync.followUps.warnMs },
    {
      queues,
      scripts,
      states: new RedisCrmStates(scripts),
      intakeState: () => reception?.state() ?? null,
      redisUp: () => scripts.redis.status === 'ready',
      holding: () => parts.guard.holding(),
      memory: () => parts.memory.state(),
      log,
      now,
    },
  )
  closers.push(async () => {
    await app.close()
    await queues.close()
  })
  return { url: await listen(app, admin), generatedPassword: generated ? password : null }
}

function describeCrm(crm: CrmConfig): AdminCrm {
  if (crm.ok) return { name: crm.name, valid: true, ...adminQuota(crm) }
  return { name: crm.name, valid: false, problem: crm.problems.map(formatProblem).join('; ') }
}
