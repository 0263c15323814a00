export type DeliveryResult =
  /** Its outcome is in the ledger. `asked`: the CRM took part in it, and so it works. */
  | { readonly kind: 'settled'; readonly outcome: string; readonly asked: boolean }
  /**
   * Its contact is in another process's hands, or the org's requests are left to others: again after `delayMs`, without spending an attempt. `late`:
   * the id of a contact that was written after another process may have had it, so that what was delivered of it is to be repaired.
   */
  | { readonly kind: 'later'; readonly delayMs: number; readonly late?: string }
