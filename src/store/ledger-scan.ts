import type { PlannedStep } from '../core/index.ts'
import { type OpenWork, StepsWithJobs } from '../delivery/open-work.ts'
import { KeyPrefix, type Scripts } from './redis.ts'
import { scanKeys } from './scan-keys.ts'

/** What an audit reads of one lead; nothing in it names a person. */
export interface ScannedLead {
  /** `accepted`, `held`, `quarantined`; `replayed` when it went on under another id. */
  readonly state: string
  /** CRM → `waiting`, `delivered:created`, … */
  readonly deliveries: Readonly<Record<string, string>>
  readonly open: readonly OpenWork[]
}

/** And of one lead's follow-up. */
export interface ScannedPlan {
  readonly crm: string
  readonly steps: readonly PlannedStep[]
  readonly open: readonly OpenWork[]
}

/** Every lead that the ledger has, a page at a time. One that is there all the time is met at least once, and may be met twice. */
export async function* scanLedger(scripts: Scripts): AsyncGenerator<readonly ScannedLead[]> {
  for await (const [keys, entries] of hashes(scripts, 'lead:')) {
    yield entries.map((entry, at) => scannedLead(keys[at] ?? '', entry))
  }
}

/** In the same way, every follow-up. */
export async function* scanPlans(scripts: Scripts): AsyncGenerator<readonly ScannedPlan[]> {
  for await (const [keys, plans] of hashes(scripts, 'plan:')) {
    yield plans.map((plan, at) => scannedPlan(keys[at] ?? '', plan))
  }
}

/** The same piece of work as it stands now; null when nothing is to be done about it any more. */
export async function stillOpen({ redis }: Scripts, work: OpenWork): Promise<OpenWork | null> {
  if (work.kind === 'step') {
    const { open } = scannedPlan(work.lead, await redis.hgetall(`${KeyPrefix}plan:${work.lead}`))
    return open.find((one) => one.kind === 'step' && one.step === work.step) ?? null
  }
  const { open } = scannedLead(work.lead, await redis.hgetall(`${KeyPrefix}lead:${work.lead}`))
  const isSame = (one: OpenWork) => one.kind === work.kind && (one.kind === 'lead' || ('crm' in work && one.crm === work.crm))
  return open.find(isSame) ?? null
}

/** How the delivery or the step that a job is about stands; null where the ledger knows nothing of it. */
export async function stateOf(
  { redis }: Scripts,
  { lead, crm, step }: { readonly lead: string; readonly crm: string; readonly step: string | null },
): Promise<string | null> {
  if (step === null) return await redis.hget(`${KeyPrefix}lead:${lead}`, `crm:${crm}`)
  const stored = await redis.hget(`${KeyPrefix}plan:${lead}`, `s:${step}`)
  return stored === null ? null : (JSON.parse(stored) as PlannedStep).state
}

async function* hashes(
  scripts: Scripts,
  kind: string,
): AsyncGenerator<readonly [keys: readonly string[], values: readonly Readonly<Record<string, string>>[]]> {
  const prefix = `${KeyPrefix}${kind}`
  for await (const found of scanKeys(scripts, `${kind}*`)) {
    const values = await Promise.all(found.map((key) => scripts.redis.hgetall(key)))
    yield [found.map((key) => key.slice(prefix.length)), values]
  }
}

/** One that went since its key was read has no state, and counts as nothing. */
function scannedLead(lead: string, entry: Readonly<Record<string, string>>): ScannedLead {
  const deliveries: Record<string, string> = {}
  const open: OpenWork[] = entry.s === 'accepted' && entry.routed === undefined ? [{ kind: 'lead', lead }] : []
  for (const [field, stored] of Object.entries(entry)) {
    const crm = /^crm:([^:]+)$/.exec(field)?.[1]
    if (crm === undefined) continue
    const state = stored === 'ask' || stored === 'written' ? 'waiting' : stored
    deliveries[crm] = state
    if (state === 'waiting' || state === 'parked') open.push({ kind: 'delivery', lead, crm, state })
  }
  return { state: entry.s ?? '', deliveries, open }
}

function scannedPlan(lead: string, { crm = '', c: contact = '', ...fields }: Readonly<Record<string, string>>): ScannedPlan {
  const stored = Object.entries(fields).filter(([field]) => field.startsWith('s:'))
  const steps = stored.map(([, step]) => JSON.parse(step) as PlannedStep)
  const open = steps
    .filter(({ state }) => StepsWithJobs.has(state))
    .map(({ id: step, state, fireAt }) => ({ kind: 'step' as const, lead, crm, contact, step, state, fireAt }))
  return { crm, steps, open }
}
