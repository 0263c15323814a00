import { leadJobId } from '../core/index.ts'
import type { QuarantineRoom } from '../delivery/quarantine-room.ts'
import type { Unreadable } from './quarantine.ts'
import type { Queues } from './queues.ts'

export interface SettingAside {
  readonly queues: Queues
  /** Null: there is no limit. */
  readonly room: QuarantineRoom | null
}

/** What a person reads where a body was not kept. */
const WithoutBody = 'The quarantine is full (quarantine.maxBytes), so its body is in the journal only.'

/**
 * Puts into the quarantine what could not be understood, word for word while there is room. `onlyCopy`: no journal has it, so it is kept whatever
 * room there is.
 */
export async function setAsideUnreadable(
  { queues, room }: SettingAside,
  what: Unreadable & { readonly verbatim: object },
  onlyCopy: boolean,
): Promise<void> {
  const id = leadJobId(what.id)
  const isKept = room === null || (await room.take(id, Buffer.byteLength(what.verbatim.body), onlyCopy))
  const data: Unreadable = isKept ? what : { ...what, reason: `${what.reason} ${WithoutBody}`, verbatim: null }
  await queues.add(queues.quarantine, { name: 'quarantined', id, data })
}
