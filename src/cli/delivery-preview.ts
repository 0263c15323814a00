import type { FieldChange, HttpRequestPreview, RecordRef } from '../core/index.ts'

/** What of a preview may name a person. */
export interface PreviewDetails {
  /** What is sent first, in this order. Later requests depend on the answers. */
  readonly requests: readonly HttpRequestPreview[]
  readonly fields: readonly FieldChange[]
}

/** What a delivery of one lead to one CRM would do now. As an object it holds nothing personal, so that whoever prints it all shows nobody. */
export interface DeliveryPreview extends PreviewDetails {
  readonly crm: string
  /** Whether its `accept:` takes the lead. */
  readonly wants: boolean
  /** In words: create lead / update contact ID / nothing because … / parked because … */
  readonly decision: string
  /** The record that it would be about; null where there is none yet. */
  readonly record: RecordRef | null
  /** What a person should know beside the decision, one sentence each. */
  readonly notes: readonly string[]
  /** The same requests and fields with the person's own values. */
  personal(): PreviewDetails
}
