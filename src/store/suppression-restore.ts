import type { Scripts } from './redis.ts'
import { seconds } from './retention.ts'
import { StrongSuppressions, type TimelineKeep } from './strong-suppression.ts'
import type { ExportLine } from './suppression-export.ts'
import { restoredLine } from './timeline.ts'

export interface Restored {
  readonly changed: boolean
  /** Contacts against whom something stands or was lifted by it. */
  readonly contacts: readonly string[]
}

/**
 * Brings one line of an export back. What the store knows better stays, so that doing it twice changes nothing. What the marketplace said goes
 * to whoever has the aliases now; where nobody has one, it waits for the next lead with it. `now` in ms, for the history.
 */
export async function restoreLine(scripts: Scripts, keep: TimelineKeep, line: ExportLine, now: number): Promise<Restored> {
  if ('alias' in line) {
    const { entries, contacts } = await new StrongSuppressions(scripts, keep).restore(line)
    return { changed: entries > 0, contacts: entries > 0 ? contacts : [] }
  }
  const { timelineTouches: touches, timelineDays } = keep
  const scopes = 'sup' in line ? Object.keys(line.sup).flatMap((field) => (field.startsWith('d:') ? field.slice(2) : [])) : []
  const told = { line: JSON.stringify(restoredLine(now, scopes)), touches, timelineSeconds: seconds(timelineDays) }
  const asked = 'kept' in line ? { aliases: [line.kept], sup: line.sup } : line
  const [changed, ...contacts] = (await scripts.run('restore', JSON.stringify({ ...asked, ...told }))) as [number, ...string[]]
  return { changed: changed > 0, contacts }
}
