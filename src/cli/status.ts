import { parseArgs } from 'node:util'
import { adminQuota } from '../admin/crm-quota.ts'
import { readStatus } from '../admin/status.ts'
import { formatStatus } from '../admin/status-text.ts'
import { RedisCrmStates } from '../store/crm-states.ts'
import { exportedDays } from '../store/daily-export.ts'
import { type MemoryState, memorySentence, readMemory } from '../store/memory-watch.ts'
import { auditStore } from './audit-store.ts'
import { withStore } from './open-store.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { WrongUse } from './wrong-use.ts'

/** Reads Redis itself, so it works beside any daemon and while none runs. Exit code 1 when Redis can't be read, or the audit finds something. */
export async function status(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      json: { type: 'boolean', default: false },
      audit: { type: 'boolean', default: false },
      mend: { type: 'boolean', default: false },
    },
  })
  if (values.mend && !values.audit) throw new WrongUse('--mend goes with --audit: it adds the jobs that the audit misses')
  const config = readConfig(values.config)
  const crms = config.crms.map((crm) => ({ name: crm.name, valid: crm.ok, ...adminQuota(crm) }))
  if (values.audit) return await withStore(config, 'audit', (store) => auditStore(config, store, values))
  return await withStore(config, 'status', async ({ scripts, queues }) => {
    const { warnMs } = config.leadsync.followUps
    const [read, memory] = await Promise.all([
      readStatus({ queues, scripts, states: new RedisCrmStates(scripts), crms, warnMs, now: Date.now }),
      readMemory(scripts.redis, config.leadsync.memory),
    ])
    // Where the workers run on another machine, or as somebody else, there is none to be seen here.
    const [lastExport = null] = await exportedDays(config.leadsync.dataDir).catch(() => [])
    if (values.json)
      printJson({ ...read, memory: memory && { ...memory, ratio: rounded(memory.ratio) }, lastSuppressionExport: lastExport })
    else printLines([...memoryLines(memory), ...formatStatus(read, Date.now()), '', exportLine(lastExport)])
    return 0
  })
}

/** Nothing while there is room. */
function memoryLines(memory: MemoryState | null): readonly string[] {
  const sentence = memory && memorySentence(memory)
  return sentence ? [`${Math.round((memory.ratio ?? 0) * 100)} % of Redis's memory is used. ${sentence}`, ''] : []
}

function rounded(ratio: number | null): number | null {
  return ratio && Math.round(ratio * 1_000) / 1_000
}

function exportLine(day: string | null): string {
  return day === null
    ? 'who must not be contacted was not exported here yet'
    : `who must not be contacted was last exported on ${day}`
}
