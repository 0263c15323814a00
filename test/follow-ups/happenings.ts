import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as pathTo } from 'node:path'
import { forgetPerson } from '../../src/cli/forget-person.ts'
import { NoFollowUpTag } from '../../src/core/follow-ups/no-follow-up.ts'
import { DefaultStages, type Fields } from '../../src/core/index.ts'
import { createInterpreter } from '../../src/intake/interpret.ts'
import { StrongSuppressions, strongAlias } from '../../src/store/strong-suppression.ts'
import { recordedLog } from '../kit/recorded-log.ts'
import { Keep, LockMs } from '../kit/store-parts.ts'
import type { ThreeCrm } from '../kit/three-crms.ts'
import { leadOf, type Person, recordOf } from './person.ts'
import { Action } from './rules.ts'
import type { FollowUpStand } from './stand.ts'

/** What happens to a person while a follow-up waits. */
export type Happening = (stand: FollowUpStand, person: Person) => Promise<void>

const Secret = 'a secret'

export const Happenings = {
  nothing: async () => undefined,
  joined: join,
  forgotten: forget,
  converted: async (stand, person) => {
    const { id } = await salesOf(stand, 'convert')(stand.url, await idOf(stand, person))
    person.places.set(id, 'at the Contact')
  },
  'closed before the lead': async () => undefined,
  closed: async (stand, person) => salesOf(stand, 'close')(stand.url, await idOf(stand, person)),
  deleted: async (stand, person) => stand.crm.harness.sales.remove(stand.url, await idOf(stand, person)),
  erased: async (stand, person) => salesOf(stand, 'erase')(stand.url, await idOf(stand, person)),
  merged: merge,
  'given to Sam': async (stand, person) => give(stand, person),
  'no e-mail': async (stand, person) => stand.crm.harness.sales.optOut(stand.url, await idOf(stand, person)),
  'no calls': async (stand, person) => {
    const field = NoCalls[stand.crm.name]
    if (field) await stand.crm.harness.sales.change(stand.url, await idOf(stand, person), { [field]: true })
  },
  "an admin's no": sayNo,
  "an admin's no, taken back": async (stand, person) => {
    await sayNo(stand, person)
    await stand.settle()
    const lift = { channel: null, offer: null, at: stand.clock.ms + 1, reason: 'they called us' }
    await new StrongSuppressions(stand.store.scripts, Keep).lift(strongAlias(person.email, Secret) ?? '', lift)
  },
  DNC: (stand, person) => come(stand, person, 1, { action: 'DNC' }),
  'DNC of another offer': (stand, person) => come(stand, person, 1, { action: 'DNC', offerId: 'backup' }),
  'DNC, then they ask': async (stand, person) => {
    await come(stand, person, 1, { action: 'DNC' })
    await stand.settle()
    await come(stand, person, 2, { action: Action.asks })
  },
  'a newer lead': (stand, person) => come(stand, person, 1, {}),
  'newer about another offer': (stand, person) => come(stand, person, 1, { offerId: 'backup' }),
  'the first task worked': async (stand, person) => stand.crm.harness.sales.workTask(stand.url, await taskIdOf(stand, person)),
  'the first task deleted': async (stand, person) => stand.crm.harness.sales.removeTask(stand.url, await taskIdOf(stand, person)),
} satisfies Readonly<Record<string, Happening>>

export type HappeningName = keyof typeof Happenings

const NoCalls: Readonly<Record<ThreeCrm['name'], string | null>> = {
  hubspot: null,
  salesforce: 'DoNotCall',
  dynamics: 'donotphone',
}

/** Whether the CRM has the notion at all. */
export function has({ name, harness }: ThreeCrm, happening: HappeningName): boolean {
  if (happening === 'no calls') return NoCalls[name] !== null
  return !(happening in Sales) || harness.sales[Sales[happening as keyof typeof Sales]] !== null
}

const Sales = {
  converted: 'convert',
  closed: 'close',
  'closed before the lead': 'close',
  erased: 'erase',
  merged: 'merge',
} as const

export async function give(stand: FollowUpStand, person: Person): Promise<void> {
  const { sales, facts } = stand.crm.harness
  await sales.give(stand.url, await idOf(stand, person), await sales.userId(stand.url, facts.sellers.active[0]))
}

async function idOf(stand: FollowUpStand, person: Person): Promise<string> {
  return (await recordOf(stand, person)).id
}

async function taskIdOf({ plan }: FollowUpStand, { lead }: Person): Promise<string> {
  return String((await plan(lead))?.steps[0]?.task?.id)
}

type Nullable = 'convert' | 'close' | 'erase' | 'merge'

function salesOf<K extends Nullable>({ crm }: FollowUpStand, what: K) {
  const act = crm.harness.sales[what]
  if (act === null) throw new Error(`${crm.name} has no such thing: ${what}.`)
  return act
}

async function come(stand: FollowUpStand, person: Person, hour: number, parts: Parameters<typeof leadOf>[2]): Promise<void> {
  const lead = leadOf(person, hour, parts)
  person.newer.push(lead)
  await stand.enter(lead)
}

/** Before the lead comes: whom the person turns out to be is in the CRM, too, and sales has closed what it knew. */
export async function prepare(stand: FollowUpStand, person: Person, happening: HappeningName): Promise<void> {
  if (happening === 'closed before the lead') {
    const id = await stand.crm.harness.sales.create(stand.url, stand.crm.made(person.email))
    return await salesOf(stand, 'close')(stand.url, id)
  }
  if (happening !== 'joined') return
  const other = person.lead.person.email === null ? { email: person.email } : { phone: person.phone }
  await stand.enter(leadOf(person, -3, { tags: [NoFollowUpTag] }, other))
}

/** A lead names the e-mail of the one and the telephone of the other. */
async function join(stand: FollowUpStand, person: Person): Promise<void> {
  await stand.enter(leadOf(person, -2, { tags: [NoFollowUpTag] }, { email: person.email, phone: person.phone }))
}

async function merge(stand: FollowUpStand, person: Person): Promise<void> {
  const { sales, facts } = stand.crm.harness
  const fields: Fields = { ...facts.newFields(1), [stand.crm.email]: `survivor.${person.email}` }
  const survivor = await sales.create(stand.url, fields)
  person.places.set(survivor, 'at the survivor')
  await salesOf(stand, 'merge')(stand.url, survivor, await idOf(stand, person))
}

async function sayNo({ store, clock }: FollowUpStand, { email }: Person): Promise<void> {
  const entry = { source: 'admin' as const, channel: 'any' as const, offer: '*', since: clock.ms, reason: 'by letter' }
  await new StrongSuppressions(store.scripts, Keep).add(strongAlias(email, Secret) ?? '', entry)
}

/** As `leadsync forget` does it. */
async function forget({ store, crm, clock }: FollowUpStand, { email }: Person): Promise<void> {
  const journalDir = await mkdtemp(pathTo(tmpdir(), 'leadsync-journal-'))
  const { log } = recordedLog()
  const { interpret } = createInterpreter({ secret: Secret, stages: DefaultStages }, log)
  const common = {
    secret: Secret,
    retention: Keep,
    stages: DefaultStages,
    crms: [crm.name],
    disabled: [],
    journalDir,
    dataDir: journalDir,
    interpret,
  }
  const parts = { ...common, scripts: store.scripts, register: store.register, lockMs: LockMs, waitMs: 10_000, log }
  await forgetPerson(email, { ...parts, now: () => clock.ms }, async () => undefined)
  await rm(journalDir, { recursive: true })
}
