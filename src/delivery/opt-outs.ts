import { type CrmOptOuts, type Match, optOutsRead } from '../core/index.ts'
import type { ContactLink } from './ports.ts'

export interface OptOutReader {
  readonly crm: string
  /** Keeps what was read, where the CRM is known to have the contact. */
  noteOptOuts(crm: string, contactId: string, optOuts: CrmOptOuts): Promise<void>
  now(): number
}

/**
 * What a match says of the CRM's own opt-outs. News is noted at once, whatever becomes of the lead or task that asked: it holds for what else
 * there is of the contact, too, and the review takes that back.
 */
export async function readOptOuts(
  match: Match,
  { contactId, link }: { readonly contactId: string; readonly link: ContactLink },
  { crm, noteOptOuts, now }: OptOutReader,
): Promise<CrmOptOuts> {
  const read = optOutsRead(match, link.optOuts, new Date(now()).toISOString())
  const isNews = JSON.stringify(read.said) !== JSON.stringify(link.optOuts?.said ?? {})
  if (isNews && link.record !== null) await noteOptOuts(crm, contactId, read)
  return read
}
