import { hash, timingSafeEqual } from 'node:crypto'

/** A token of the marketplace URL. Several may be valid at once, so that one can be replaced without losing a lead. */
export interface IntakeToken {
  readonly name: string
  readonly value: string
  readonly tags: readonly string[]
  /** The offer that this URL was given to, for payloads that name none. */
  readonly offer: { readonly publisherId: string; readonly offerId: string } | null
}

export interface ApiToken {
  readonly name: string
  readonly value: string
  readonly tags?: readonly string[]
}

/**
 * Finds the token that was presented, in a time that tells nothing about the configured ones: hashes have one length,
 * and every one is compared, whether an earlier one was right or not.
 */
export function tokenFinder<T extends { readonly value: string }>(tokens: readonly T[]): (presented: string) => T | null {
  const known = tokens.map((token) => ({ token, digest: sha256(token.value) }))
  return (presented) => {
    const digest = sha256(presented)
    let found: T | null = null
    for (const candidate of known) {
      if (timingSafeEqual(candidate.digest, digest)) found = candidate.token
    }
    return found
  }
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
