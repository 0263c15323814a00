import { type JournalSource, type QueuedLeads, queueJournal } from '../../daemon/queue-journal.ts'
import { createLog } from '../log.ts'
import type { OpenStore } from '../open-store.ts'
import { withProgress } from '../progress.ts'

export type LeadSource = Omit<JournalSource, 'scripts' | 'queues' | 'log'> & { readonly store: OpenStore }

/** Queues what a journal has, and shows how far it is. */
export async function queueFromJournal({ store: { scripts, queues }, ...source }: LeadSource): Promise<QueuedLeads> {
  const log = createLog('warn')
  return await withProgress('entries of the journal queued', (progress) =>
    queueJournal({ ...source, scripts, queues, log }, undefined, progress),
  )
}
