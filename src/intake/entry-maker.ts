import { isUtf8 } from 'node:buffer'
import { hmac } from '../core/index.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { IntakeToken } from './tokens.ts'

export interface EntryMakerOptions {
  /** The installation's secret. */
  readonly secret: string
  /** Milliseconds since the epoch. */
  now(): number
  ulid(): string
}

export interface Sent {
  readonly channel: JournalEntry['channel']
  readonly route: string
  readonly token: Pick<IntakeToken, 'name' | 'tags' | 'offer'>
  readonly body: Buffer
  readonly idempotency: JournalEntry['idempotency']
}

/** What was sent, with the time and the id that it keeps for ever. Bytes that are no UTF-8 are kept as base64: text would have replaced some. */
export function makeEntry(sent: Sent, { now, ulid }: EntryMakerOptions): JournalEntry {
  const { channel, route, token, body, idempotency } = sent
  const encoding = isUtf8(body) ? 'utf8' : 'base64'
  return {
    id: ulid(),
    receivedAt: new Date(now()).toISOString(),
    channel,
    token: token.name,
    tags: [...token.tags],
    offer: token.offer,
    route,
    idempotency,
    encoding,
    body: body.toString(encoding),
  }
}

/** Compared, never read: whether a key comes again with the body that it came with. */
export function bodyMark(body: Buffer, secret: string): string {
  return hmac(secret, 'idempotency-body', body.toString('base64'))
}

/** `scope` is what makes the same key mean something else: token, route, place in a batch. */
export function idempotencyKey(key: string | readonly string[], scope: readonly string[], secret: string): string {
  return hmac(secret, 'idempotency-key', JSON.stringify([...scope, key]))
}
