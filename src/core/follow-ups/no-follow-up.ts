import type { Lead } from '../lead.ts'

/** On a lead that nobody is to follow up: one that is imported or delivered again. */
export const NoFollowUpTag = 'noFollowUp'

export function wantsNoFollowUp({ tags }: Pick<Lead, 'tags'>): boolean {
  return tags.some((tag) => tag.toLowerCase() === NoFollowUpTag.toLowerCase())
}
