export type DeliveryResult =
  /** Its outcome is in the ledger. */
  | { readonly kind: 'settled'; readonly outcome: string }
  /** Its contact is in another process's hands, or the org's requests are left to others: again after `delayMs`, without spending an attempt. */
  | { readonly kind: 'later'; readonly delayMs: number }
