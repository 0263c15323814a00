import type { ListedRecord } from '../../core/index.ts'
import { markContacts } from '../../queue/mark-contacts.ts'
import type { TimelineKeep } from '../../store/strong-suppression.ts'
import { RedisSuppressionList } from '../../store/suppression-list.ts'
import { restoreLine } from '../../store/suppression-restore.ts'
import type { OpenStore } from '../open-store.ts'

/** The latest that the markers of a contact's records in one CRM say, in ms; 0: nothing. */
export interface MarkedTimes {
  readonly since: number
  readonly liftedAt: number
}

/** Per contact id; whoever was never marked is not in it, so that it stays small. */
export type Markers = Map<string, MarkedTimes>

export interface MarkerSource {
  /** Each CRM's own, by its name. */
  readonly read: Readonly<Record<string, Markers>>
  readonly store: OpenStore
  readonly keep: TimelineKeep
  now(): number
}

/** Redis takes many in one go. */
const Together = 500

/**
 * Of all records that a contact has in one CRM the latest counts: who asked to be contacted again may have got a new record, and the closed
 * one before it keeps its no for good.
 */
export function noteMarkers(markers: Markers, contact: string, { noSince, noLiftedAt }: ListedRecord): void {
  if (noSince === null && noLiftedAt === null) return
  const { since, liftedAt } = markers.get(contact) ?? { since: 0, liftedAt: 0 }
  markers.set(contact, { since: Math.max(since, ms(noSince)), liftedAt: Math.max(liftedAt, ms(noLiftedAt)) })
}

/**
 * Where a CRM's records say that somebody must not be contacted and nothing else tells of it, the no is restored for every offer: which one it
 * was stands in the reason only, a text for people. To be called after exports and journal, for what they know is narrower, or was taken back.
 * Doing it twice changes nothing. Returns against how many contacts it restored one.
 */
export async function restoreMarked({ read, store, keep, now }: MarkerSource): Promise<number> {
  const list = new RedisSuppressionList(store.scripts)
  const standing = standingSince(Object.values(read))
  // All are looked at before any is restored: the journal may have joined two of them, and then the later time counts.
  const unknown = await inTurn([...standing], async ([contact, since]) =>
    (await list.of(contact)).length === 0 ? [{ contact, since }] : [],
  )
  const restored = await inTurn(unknown, async ({ contact, since }) => {
    const line = { contact, aliases: [], sup: { 'd:*': since } }
    const { changed } = await restoreLine(store.scripts, keep, line, now())
    return changed ? [contact] : []
  })
  for (const [crm, markers] of Object.entries(read)) {
    // A record that is marked keeps its reason, which nothing else knows any more.
    const bare = restored.filter((contact) => !stands(markers.get(contact)))
    await markContacts(store.queues, [crm], bare)
  }
  return restored.length
}

function standingSince(read: readonly Markers[]): ReadonlyMap<string, number> {
  const standing = new Map<string, number>()
  for (const [contact, times] of read.flatMap((markers) => [...markers])) {
    if (stands(times)) standing.set(contact, Math.max(times.since, standing.get(contact) ?? 0))
  }
  return standing
}

/** CRMs keep seconds: what was lifted in the same second was lifted. */
function stands(times: MarkedTimes | undefined): boolean {
  return times !== undefined && times.since > times.liftedAt
}

async function inTurn<T, R>(all: readonly T[], run: (one: T) => Promise<readonly R[]>): Promise<R[]> {
  const found: R[] = []
  for (let from = 0; from < all.length; from += Together) {
    found.push(...(await Promise.all(all.slice(from, from + Together).map(run))).flat())
  }
  return found
}

function ms(time: string | null): number {
  return time === null ? 0 : Date.parse(time)
}
