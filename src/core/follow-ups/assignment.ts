import type { BusinessHours } from './business-time.ts'

/** Who is to follow up; people are named as the CRM knows them (an id, an e-mail, a user name). */
export type Assignment =
  /** Whom the CRM gave the record to; nobody where it gave it to nobody. */
  | { readonly kind: 'crm' }
  | { readonly kind: 'fixed'; readonly owner: string }
  /** In turn, one lead each. `key` names the rotation: those of one key share their turns. */
  | { readonly kind: 'rotation'; readonly key: string; readonly owners: readonly string[] }
  /** By what the lead says, first by offer, then by country. */
  | {
      readonly kind: 'table'
      /** `publisherId.offerId`, the offer id alone, or the title → owner. */
      readonly offers: Readonly<Record<string, string>>
      /** ISO 3166-1 alpha-2 → owner. */
      readonly countries: Readonly<Record<string, string>>
      readonly otherwise: Assignment | null
    }

/** When somebody works who does not work as the others do. */
export interface OwnHours {
  /** As assignments name them; letter case does not matter. */
  readonly owner: string
  readonly hours: BusinessHours
}
