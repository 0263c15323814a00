/** What a follow-up's subject and body may name besides the lead's own paths. */
export const FollowUpNames = [
  'did',
  'offerName',
  'campaignName',
  'earlier',
  'earlierCount',
  'optOuts',
  'attempt',
  'attempts',
  'dueText',
  'ownerName',
] as const
export type FollowUpName = (typeof FollowUpNames)[number]
