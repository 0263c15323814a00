import { setTimeout as wait } from 'node:timers/promises'
import type { ReadyCrm } from '../../config/crm-settings.ts'
import { type CrmAdmin, DeliveryError, disposition, type ListPage } from '../../core/index.ts'
import type { ContactRestore } from '../../store/contact-restore.ts'

export interface RecordSource {
  readonly crm: ReadyCrm
  readonly admin: CrmAdmin
  readonly contacts: ContactRestore
  readonly signal: AbortSignal
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

/** Every record that carries a contact id of ours becomes the contact's again. Rejects with a `DeliveryError` when the CRM can't be read. */
export async function restoreRecords({ crm, admin, contacts, signal, progress }: RecordSource): Promise<RestoredRecords> {
  let records = 0
  let left = 0
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page: ListPage = await patiently(() => admin.list({ cursor, lastLeadField: crm.lastLeadField }, signal), signal)
    // Sent in their order, on one connection: so Redis takes them in it.
    const restored = await Promise.all(page.records.map((record) => contacts.restore(crm.name, record)))
    records += page.records.length
    left += restored.filter((cid) => cid === null).length
    cursor = page.next
    progress(records)
  }
  return { records, left }
}

async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask()
    } catch (error) {
      const verdict = error instanceof DeliveryError ? disposition(error) : null
      if (verdict === null || verdict.kind === 'block' || verdict.kind === 'park' || tries === MostTries) throw error
      const asked = verdict.delayMs ?? FirstWaitMs * 2 ** tries
      if (asked > LongestWaitMs) throw error
      await wait(asked, undefined, { signal })
    }
  }
}
