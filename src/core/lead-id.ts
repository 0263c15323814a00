import { hash } from 'node:crypto'

const Alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
/** 130 bits. */
const KeyLength = 26

/**
 * A lead's id in keys, job ids and job data: 26 letters and digits, whatever the id looks like. BullMQ refuses job ids with `:` and
 * whole numbers, and ids of foreign leads may be either.
 */
export function leadKey(leadId: string): string {
  return base32(hash('sha256', leadId, 'buffer')).slice(0, KeyLength)
}

/** The id of a lead whose channel gives ids of its own: the same parts always make the same id. */
export function leadIdFrom(channel: string, ...externalIds: readonly string[]): string {
  return `${channel}-${leadKey(JSON.stringify([channel, ...externalIds]))}`
}

export function leadJobId(leadId: string): string {
  return `lead.${leadKey(leadId)}`
}

/** Adding a delivery's job twice is harmless: both have this id. */
export function deliveryJobId(crm: string, leadId: string): string {
  return deliveryJobIdOfKey(crm, leadKey(leadId))
}

export function deliveryJobIdOfKey(crm: string, key: string): string {
  return `${crm.replaceAll(':', '_')}.${key}`
}

function base32(bytes: Uint8Array): string {
  let [text, buffer, bits] = ['', 0, 0]
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += Alphabet[(buffer >>> (bits - 5)) & 31]
    buffer &= (1 << bits) - 1
  }
  return text
}
