import { setTimeout as wait } from 'node:timers/promises'
import type { ReadyCrm } from '../../config/crm-settings.ts'
import { type CrmAdmin, DeliveryError, disposition, type ListPage } from '../../core/index.ts'
import { markContacts } from '../../queue/mark-contacts.ts'
import type { ContactRestore } from '../../store/contact-restore.ts'
import { RedisSuppressionList } from '../../store/suppression-list.ts'
import type { OpenStore } from '../open-store.ts'
import { type Markers, noteMarkers } from './markers.ts'

export interface RecordSource {
  readonly crm: Pick<ReadyCrm, 'name' | 'lastLeadField' | 'doNotContact'>
  readonly admin: Pick<CrmAdmin, 'list'>
  readonly contacts: ContactRestore
  readonly store: OpenStore
  /** What this CRM's records say against anybody goes in here. */
  readonly markers: Markers
  readonly signal: AbortSignal
  /** Told once that the CRM can't be read now, and is asked again for a minute or more. `why`: a sentence. */
  waits(why: string): void
  /** Told after each page how many records were read so far. */
  progress(records: number): void
}

export interface RestoredRecords {
  readonly records: number
  /** Records of people who were forgotten, or whose field holds no id of ours. */
  readonly left: number
}

const MostTries = 10
/** A daemon would wait for as long as it takes; here a person waits. */
const LongestWaitMs = 60_000
const FirstWaitMs = 1_000

/**
 * Every record that carries a contact id of ours becomes the contact's again. Where something stands or stood against the contact, the daemon
 * is told to see to the record's markers: what was to be written when Redis was lost is nowhere else, and no lead may ever come again. Rejects with a
 * `DeliveryError` when the CRM can't be read.
 */
export async function restoreRecords(source: RecordSource): Promise<RestoredRecords> {
  const { crm, admin, contacts, store, markers, signal, progress } = source
  const asked = { lastLeadField: crm.lastLeadField, markers: crm.doNotContact.markers }
  let records = 0
  let left = 0
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page: ListPage = await patiently(() => admin.list({ ...asked, cursor }, signal), signal, source.waits)
    // Sent in their order, on one connection: so Redis takes them in it.
    const restored = await Promise.all(
      page.records.map(async (record) => {
        const cid = await contacts.restore(crm.name, record)
        if (cid !== null) noteMarkers(markers, cid, record)
        return cid
      }),
    )
    records += page.records.length
    left += restored.filter((cid) => cid === null).length
    await markSuppressed(
      crm.name,
      restored.filter((cid) => cid !== null),
      store,
    )
    cursor = page.next
    progress(records)
  }
  return { records, left }
}

async function markSuppressed(crm: string, contacts: readonly string[], { scripts, queues }: OpenStore): Promise<void> {
  const list = new RedisSuppressionList(scripts)
  const said = await Promise.all(contacts.map(async (cid) => ((await list.of(cid)).length > 0 ? [cid] : [])))
  await markContacts(queues, [crm], [...new Set(said.flat())])
}

async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal, waits: (why: string) => void): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask()
    } catch (error) {
      const verdict = error instanceof DeliveryError ? disposition(error) : null
      if (verdict === null || verdict.kind === 'block' || verdict.kind === 'park' || tries === MostTries) throw error
      const asked = verdict.delayMs ?? FirstWaitMs * 2 ** tries
      if (asked > LongestWaitMs) throw error
      if (tries === 1) waits(error instanceof Error ? error.message : String(error))
      await wait(asked, undefined, { signal })
    }
  }
}
