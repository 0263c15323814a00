export type DeliveryResult =
  /** Its outcome is in the ledger. */
  | { readonly kind: 'settled'; readonly outcome: string }
  /** It waits for a person; `reason` is a sentence. */
  | { readonly kind: 'parked'; readonly reason: string }
  /** Its contact is in another process's hands: again after `delayMs`, without spending an attempt. */
  | { readonly kind: 'later'; readonly delayMs: number }
