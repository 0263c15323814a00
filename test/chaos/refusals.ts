import type { PlannedLead } from './people.ts'

/** What stands in the end against a person, about whichever offer. */
export type NoState = 'none' | 'stands' | 'lifted'

/** `leads` in the order in which they happened. */
export function noState(leads: readonly PlannedLead[]): NoState {
  const noes = leads.filter(({ action }) => action === 'DNC')
  if (noes.length === 0) return 'none'
  return noes.some((no) => !isLifted(no, leads)) ? 'stands' : 'lifted'
}

/**
 * Whether a lead is to have a task in the end. `either`: a no about its offer stood for a while, and whether the task was made before, after
 * or not at all, was a matter of who was first; what is lifted later brings nothing back.
 */
export function stands(lead: PlannedLead, leads: readonly PlannedLead[]): 'wanted' | 'refused' | 'either' {
  const noes = leads.filter(({ action, offer }) => action === 'DNC' && offer === lead.offer)
  if (noes.some((no) => !isLifted(no, leads))) return 'refused'
  const isAfterAll = noes.every((no) => leads.indexOf(lead) >= leads.findIndex((other) => lifts(other, no, leads)))
  return isAfterAll ? 'wanted' : 'either'
}

function isLifted(no: PlannedLead, leads: readonly PlannedLead[]): boolean {
  return leads.some((lead) => lifts(lead, no, leads))
}

/** "Contact me", about the same offer, afterwards. */
function lifts(lead: PlannedLead, no: PlannedLead, leads: readonly PlannedLead[]): boolean {
  return lead.action === 'PLT' && lead.offer === no.offer && leads.indexOf(lead) > leads.indexOf(no)
}
