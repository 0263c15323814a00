import { identityKeys, type Lead, type Log, mentionsEmail, type Sought, type StageRule } from '../core/index.ts'
import type { LeadRegister } from '../delivery/register.ts'
import type { JournalEntry } from '../intake/journal-entry.ts'
import { blankInJournal, findInJournal } from '../intake/journal-forget.ts'
import type { Arrival } from '../intake/lead-sink.ts'
import { type FoundJob, JobsToForget } from '../queue/forget-jobs.ts'
import { Queues } from '../queue/queues.ts'
import { emailAlias, phoneAlias } from '../store/aliases.ts'
import { ContactHold } from '../store/contact-hold.ts'
import { type CrmRecord, PersonToForget, type Traces } from '../store/forget.ts'
import type { Scripts } from '../store/redis.ts'
import type { Retention } from '../store/retention.ts'
import { noteChange } from '../store/suppression-changes.ts'

export interface ForgetParts {
  readonly scripts: Scripts
  readonly register: Pick<LeadRegister, 'admit'>
  readonly secret: string
  readonly retention: Retention
  readonly stages: readonly StageRule[]
  /** Those that are asked for leads now. */
  readonly crms: readonly string[]
  /** Those whose file is there but disabled. */
  readonly disabled: readonly string[]
  readonly journalDir: string
  readonly dataDir: string
  interpret(entry: JournalEntry): Arrival
  /** How long a contact stays locked without a sign of life, in ms. */
  readonly lockMs: number
  /** How long to wait for whoever has the person in hand, in ms. */
  readonly waitMs: number
  readonly log: Log
  now(): number
}

/** What was (or would be) taken out. */
export interface Forgotten {
  /** Whether the ledger knew a contact by this address. */
  readonly known: boolean
  /** ISO 8601: what happened up to then stays out for ever, what happens later is somebody new. */
  readonly until: string
  readonly leads: number
  readonly jobs: number
  readonly quarantined: number
  readonly journal: number
  /** What a person must erase in the CRMs. */
  readonly records: readonly CrmRecord[]
}

/** It could not be done to the end; the message is a sentence for a person, and the same command goes on. */
export class NotFinished extends Error {
  override readonly name = 'NotFinished'
}

/** What there is to forget; changes nothing. `email` in the form of `readEmail`. */
export async function lookForPerson(email: string, parts: ForgetParts): Promise<Forgotten> {
  const until = parts.now()
  const person = personOf(email, parts)
  const traces = await person.look()
  const sought = soughtBy(email, traces, until, parts)
  const leads = await person.leads(traces, until, (id) => mentionsEmail(id, email))
  return await withJobs(sought, traces.crms, parts, async (jobs) => {
    const unrouted = await jobs.leads()
    const setAside = await jobs.setAside()
    const keys = new Set([...leads, ...[...unrouted, ...setAside].flatMap(({ key }) => key ?? [])])
    const deliveries = await jobs.deliveries([...keys], traces.contacts)
    const journal = await findInJournal({ dir: parts.journalDir, sought, interpret: parts.interpret })
    return {
      known: traces.contacts.length > 0,
      until: new Date(until).toISOString(),
      leads: keys.size,
      jobs: unrouted.length + deliveries.length,
      quarantined: setAside.length,
      journal: journal.length,
      records: traces.records,
    }
  })
}

/**
 * Takes all out that tells of the person: first what keeps older leads out, so that whatever is read meanwhile stays out, then the contact, its
 * leads, jobs and the journal. Rejects with `NotFinished`; may be killed at any moment and called again. `told` is called at the end, when
 * nothing would be left to find again.
 */
export async function forgetPerson(
  email: string,
  parts: ForgetParts,
  told: (forgotten: Forgotten) => Promise<void>,
): Promise<void> {
  const { scripts, lockMs, waitMs } = parts
  const person = personOf(email, parts)
  const hold = new ContactHold(scripts, { lockMs, waitMs })
  try {
    const { until, traces } = await detach(person, hold, parts)
    // A Redis that is lost before the next daily export must not bring this person back.
    await noteChange(
      scripts,
      parts.dataDir,
      { aliases: [emailAlias(email, parts.secret), ...traces.aliases], contacts: [] },
      parts.now(),
    )
    const sought = soughtBy(email, traces, until, parts)
    const leads = await person.leads(traces, until, (id) => mentionsEmail(id, email))
    for (const key of leads) await person.forgetLead(key, null, parts.crms)
    const { crms } = await person.noted()
    const removed = await withJobs(sought, crms, parts, (jobs) => removeJobs(person, jobs, traces.contacts, parts))
    const noted = await person.noted()
    await person.forgetMarkers(noted.leads)
    const journal = await forgetJournal(sought, parts)
    await told({
      known: traces.contacts.length > 0,
      until: new Date(until).toISOString(),
      leads: noted.leads.length,
      journal,
      records: noted.records,
      ...removed,
    })
    await person.end()
  } finally {
    await hold.release()
  }
}

function personOf(email: string, { scripts, secret, retention, now }: ForgetParts): PersonToForget {
  return new PersonToForget(scripts, emailAlias(email, secret), { secret, retention, now })
}

/** While its locks are held no delivery can bring back what is deleted. A lead may join another contact into it meanwhile: then once more. */
async function detach(person: PersonToForget, hold: ContactHold, { crms, waitMs }: ForgetParts) {
  for (;;) {
    const traces = await person.begin()
    const busy = await hold.take([...new Set([...crms, ...traces.crms])], traces.contacts)
    if (busy !== null) throw new NotFinished(inHand(`a delivery to ${busy}`, waitMs))
    const detached = await person.detach(traces.contacts)
    if (detached !== null) return detached
  }
}

/** A lead is theirs by its address, or by a number and last name of theirs when it has none. */
function soughtBy(email: string, { aliases }: Traces, until: number, { secret }: ForgetParts): Sought {
  const ours = new Set(aliases)
  function isTheirs(lead: Lead): boolean {
    const keys = identityKeys(lead)
    if (keys.email !== null) return keys.email === email
    return keys.phone !== null && ours.has(phoneAlias(keys.phone, secret).alias)
  }
  return {
    isLead: (lead) => Date.parse(lead.occurredAt) <= until && isTheirs(lead),
    isText: (text, receivedAt) => !(Date.parse(receivedAt) > until) && mentionsEmail(text, email),
  }
}

async function withJobs<T>(
  sought: Sought,
  crms: readonly string[],
  parts: ForgetParts,
  use: (jobs: JobsToForget) => Promise<T>,
): Promise<T> {
  const { redis } = parts.scripts
  const queues = new Queues(redis, [...new Set([...parts.crms, ...parts.disabled, ...crms])], parts.log)
  try {
    return await use(new JobsToForget({ ...parts, redis, queues, sought }))
  } finally {
    await queues.close()
  }
}

async function removeJobs(person: PersonToForget, jobs: JobsToForget, contacts: readonly string[], parts: ForgetParts) {
  const removed: FoundJob[] = []
  async function remove(found: readonly FoundJob[]): Promise<void> {
    const busy = await jobs.remove(found)
    if (busy !== null) throw new NotFinished(inHand(`a job in ${busy}`, parts.waitMs))
    removed.push(...found)
  }
  async function forget(found: readonly FoundJob[]): Promise<void> {
    for (const one of found) {
      await jobs.admit(one)
      if (one.key !== null) await person.forgetLead(one.key, one.lead, parts.crms)
    }
    await remove(found)
  }
  // Until none is left: one may have come back from a worker while the others were looked through.
  for (let found = await jobs.leads(); found.length > 0; found = await jobs.leads()) await forget(found)
  const setAside = await jobs.setAside()
  await forget(setAside)
  const { leads } = await person.noted()
  await remove(await jobs.deliveries(leads, contacts))
  await jobs.removeEvents(removed)
  return { jobs: removed.length - setAside.length, quarantined: setAside.length }
}

async function forgetJournal(sought: Sought, { journalDir: dir, interpret }: ForgetParts): Promise<number> {
  try {
    const lines = await findInJournal({ dir, sought, interpret })
    await blankInJournal(dir, lines)
    return lines.length
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new NotFinished(
      `The journal in ${dir} can't be changed (${code}); Redis is done. Run it again as the user that the daemon runs as, and it goes on.`,
    )
  }
}

function inHand(what: string, waitMs: number): string {
  return `Not finished: ${what} has this person in hand and did not end within ${Math.round(waitMs / 1_000)} s. Run it again, and it goes on.`
}
