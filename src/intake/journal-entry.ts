import { z } from 'zod'
import { Channel } from '../core/index.ts'

/** One thing that was sent to us, as it came: enough to make the same lead again at any later time. */
export const JournalEntry = z.object({
  /** ULID. The lead's id too, where its channel gives none. */
  id: z.string().min(1),
  /** ISO 8601, UTC. */
  receivedAt: z.iso.datetime(),
  channel: Channel,
  /** The token's name, never its value. */
  token: z.string(),
  tags: z.array(z.string()),
  /** The offer that the token stands for, if it was configured with one. */
  offer: z.object({ publisherId: z.string(), offerId: z.string() }).nullable(),
  route: z.string(),
  /** HMACs of token, route and `Idempotency-Key`, and of the body that came with it. */
  idempotency: z.object({ key: z.string(), body: z.string() }).nullable(),
  encoding: z.enum(['utf8', 'base64']),
  body: z.string(),
})
export type JournalEntry = z.infer<typeof JournalEntry>

const NewLine = 0x0a

/** One line with its line feed. JSON escapes line feeds within values, so that one is always the end of an entry. */
export function encodeEntry(entry: JournalEntry): Buffer {
  return Buffer.from(`${JSON.stringify(entry)}\n`, 'utf8')
}

/** Null for anything that is not a whole entry: a torn write, a foreign line, a sector of zeros. */
export function decodeEntry(line: Buffer): JournalEntry | null {
  try {
    return JournalEntry.parse(JSON.parse(line.toString('utf8')))
  } catch {
    return null
  }
}

/** Where the line that begins at `from` ends, its line feed included; -1 if it does not end in `bytes`. */
export function lineEnd(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(NewLine, from)
  return at === -1 ? -1 : at + 1
}
