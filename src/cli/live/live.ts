import type { Config } from '../../config/load.ts'
import { ownersNamed } from '../../core/index.ts'
import { RedisCrmStates } from '../../store/crm-states.ts'
import { RedisOrgBindings } from '../../store/org-bindings.ts'
import { Scripts } from '../../store/redis.ts'
import { openStoreRedis } from '../open-store.ts'
import { crmFindings, type KnownOfCrms } from './crm.ts'
import { installationFindings, journalFindings } from './disk.ts'
import { findingsAbout, type LiveFinding } from './finding.ts'
import { redisFindings } from './redis.ts'
import { storeFindings } from './store.ts'

/** Looks at everything that the daemon will need, and changes nothing. `now` in ms since the epoch. */
export async function liveFindings(config: Config, now: () => number): Promise<readonly LiveFinding[]> {
  const { dataDir, journal } = config.leadsync
  const opened = await openStoreRedis(config, 'check')
  try {
    const store = 'redis' in opened ? await storeFindings(opened.redis, dataDir) : null
    const known = 'redis' in opened && store?.isOurs ? knownOfCrms(new Scripts(opened.redis, null), now) : null
    const ready = config.crms.filter((crm) => crm.ok)
    const [redis, ...others] = await Promise.all([
      'redis' in opened ? redisFindings(opened.redis, now) : [withoutRedis(config, opened.problem)],
      journalFindings(journal.dir),
      installationFindings(dataDir),
      ...ready.map((crm) => crmFindings(crm, { known, owners: ownersIn(config, crm.name), now })),
    ])
    return [...(store?.findings ?? []), ...redis, ...others.flat()]
  } finally {
    if ('redis' in opened) opened.redis.disconnect()
  }
}

/** Who is to have tasks there. */
function ownersIn({ leadsync: { followUps, qualification } }: Config, crm: string): readonly string[] {
  const hasTasks = followUps.rules.length > 0 && followUps.crms.some((one) => one.crm === crm)
  return hasTasks ? ownersNamed(followUps, qualification) : []
}

/** An embedded one lives only while somebody uses it. */
function withoutRedis(config: Config, problem: string): LiveFinding {
  const { warning, error } = findingsAbout('redis')
  return config.leadsync.redis.mode === 'embedded' ? warning(problem) : error(problem)
}

function knownOfCrms(scripts: Scripts, now: () => number): KnownOfCrms {
  return { orgs: new RedisOrgBindings(scripts, now), states: new RedisCrmStates(scripts) }
}
