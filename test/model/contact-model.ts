/**
 * What one contact is in one CRM, written from the design (§2 the way of a lead, §5 policies, §6 do not contact) and from nothing in `src`:
 * leads, sales and crashes change it one after the other. Times are whole seconds of the epoch, which is all that CRMs keep.
 */
export interface ContactModel {
  readonly record: RecordModel | null
  /** The newest lead that Leadsync remembers to have written there. */
  readonly newest: Place | null
  /** What Leadsync remembers to have last written into the field under `ours`. */
  readonly ours: string | null
  /** Leadsync remembers that a newer lead emptied the title. */
  readonly emptied: boolean
}

/** As everybody can see it in the CRM. */
export interface RecordModel {
  readonly email: string | null
  /** fill-if-empty */
  readonly first: string | null
  /** fill-if-empty; sales leave it alone */
  readonly last: string | null
  /** overwrite; the lead may say that it is to be emptied */
  readonly title: string | null
  /** ours */
  readonly company: string | null
  /** overwrite, but the funnel is never gone back */
  readonly stage: string | null
  /** create-only */
  readonly wish: string | null
  readonly lastLead: number
  /** Keys of the leads that the history names, as often as it does. */
  readonly touches: readonly string[]
  readonly markers: MarkersModel | null
  readonly optOuts: readonly ('email' | 'phone')[]
}

export interface MarkersModel {
  readonly at: number
  readonly liftedAt: number | null
}

export interface Place {
  readonly at: number
  readonly id: string
}

export interface LeadModel extends Place {
  readonly key: string
  readonly isNo: boolean
  readonly email: string | null
  readonly first: string | null
  readonly last: string | null
  /** `Emptied` empties it; null says nothing. */
  readonly title: string | null
  readonly company: string | null
  readonly stage: string | null
  readonly wish: string | null
}

/** From the beginning of the funnel to its end. */
export const Stages: readonly string[] = ['initial-interest', 'trial', 'active']

export type Mode = 'flag' | 'opt-out' | 'skip'

/** A job title that says: there is none. */
export const Emptied = 'none'

export const Nobody: ContactModel = { record: null, newest: null, ours: null, emptied: false }

/** What holds when a lead is delivered. */
export interface Circumstances {
  readonly mode: Mode
  /** What the markers must show; null while nobody ever said no. */
  readonly markers: MarkersModel | null
}

/** Leads that wait together become one write that leaves the CRM as delivering them one after the other, in the order in which they happened, would. */
export function deliveredTogether(contact: ContactModel, leads: readonly LeadModel[], now: Circumstances): ContactModel {
  return leads.toSorted(byTime).reduce((before, lead) => delivered(before, lead, now), contact)
}

export function byTime(a: Place, b: Place): number {
  if (a.at !== b.at) return a.at - b.at
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

function delivered(contact: ContactModel, lead: LeadModel, now: Circumstances): ContactModel {
  if (lead.isNo) return refused(contact, now)
  if (contact.newest?.id === lead.id) return contact
  const newest = contact.newest === null || byTime(lead, contact.newest) > 0 ? { at: lead.at, id: lead.id } : contact.newest
  if (contact.record === null) return { ...created(lead, now), newest }
  return { ...changed(contact, contact.record, lead, now), newest }
}

/** Markers and, if so configured, the CRM's own opt-outs. A no enters nobody, and is no touch. */
function refused(contact: ContactModel, { mode, markers }: Circumstances): ContactModel {
  const { record } = contact
  if (mode === 'skip' || record === null) return contact
  return { ...contact, record: { ...record, markers, optOuts: mode === 'opt-out' ? ['email', 'phone'] : record.optOuts } }
}

function created(lead: LeadModel, { markers }: Circumstances): ContactModel {
  const { email, first, last, company, stage, wish, at, key } = lead
  const title = lead.title === Emptied ? null : lead.title
  const record = { email, first, last, title, company, stage, wish, lastLead: at, touches: [key], markers, optOuts: [] }
  return { record, newest: null, ours: company, emptied: lead.title === Emptied }
}

function changed(contact: ContactModel, record: RecordModel, lead: LeadModel, { markers }: Circumstances): ContactModel {
  const newer = isNewer(contact, record, lead)
  const writesTitle = lead.title !== null && (newer || (record.title === null && !contact.emptied))
  const writesOurs = lead.company !== null && (newer || record.company === null) && isOurs(contact, record)
  const writesStage = record.stage === null || (newer && rank(lead.stage) >= rank(record.stage))
  const title = lead.title === Emptied ? null : lead.title
  return {
    newest: contact.newest,
    ours: writesOurs ? lead.company : contact.ours,
    emptied: writesTitle ? newer && lead.title === Emptied : contact.emptied,
    record: {
      ...record,
      email: record.email ?? lead.email,
      first: record.first ?? lead.first,
      last: record.last ?? lead.last,
      title: writesTitle ? title : record.title,
      company: writesOurs ? lead.company : record.company,
      stage: writesStage ? (lead.stage ?? record.stage) : record.stage,
      lastLead: newer ? lead.at : record.lastLead,
      touches: record.touches.includes(lead.key) ? record.touches : [...record.touches, lead.key].sort(),
      markers: markers ?? record.markers,
    },
  }
}

/** Newer than all that is known: by what Leadsync remembers, and by what the record itself shows where that is later. Else it only fills. */
function isNewer({ newest }: ContactModel, record: RecordModel, lead: LeadModel): boolean {
  if (newest === null || record.lastLead > newest.at) return lead.at > record.lastLead
  return byTime(lead, newest) > 0
}

/** The CRM holds what Leadsync last wrote, or never held anything. What a person wrote there, or emptied, is that person's. */
function isOurs({ ours }: ContactModel, record: RecordModel): boolean {
  return ours === record.company
}

function rank(stage: string | null): number {
  return Stages.indexOf(stage ?? '')
}
