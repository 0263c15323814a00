import { stat } from 'node:fs/promises'
import { audit } from '../admin/audit.ts'
import { formatAudit } from '../admin/audit-text.ts'
import { installationFile } from '../config/installation.ts'
import type { Config } from '../config/load.ts'
import { createFollowUpJobs } from '../queue/follow-up-jobs.ts'
import { WorkJobs } from '../queue/work-jobs.ts'
import type { OpenStore } from './open-store.ts'
import { printJson, printLines } from './print.ts'

const MsPerDay = 86_400_000

/** `status --audit`. Exit code 1 when something is wrong and was not mended. */
export async function auditStore(
  { leadsync }: Config,
  { scripts, queues }: OpenStore,
  { mend, json }: { readonly mend: boolean; readonly json: boolean },
): Promise<number> {
  const jobs = new WorkJobs(queues, createFollowUpJobs(queues, Date.now))
  const mayHaveAged = await isOlderThan(leadsync.dataDir, leadsync.retention.ledgerDays)
  const report = await audit({ scripts, jobs, mayHaveAged, mend })
  if (json) printJson(report)
  else printLines(formatAudit(report))
  return report.ok ? 0 : 1
}

/** By the file that is written once, at the first start, and never again. Where it is not to be seen, anything may be that old. */
async function isOlderThan(dataDir: string, days: number): Promise<boolean> {
  const written = await stat(installationFile(dataDir)).catch(() => null)
  return written === null || Date.now() - written.mtimeMs > days * MsPerDay
}
