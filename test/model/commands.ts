import fc from 'fast-check'
import { CrmNames } from './crm-side.ts'
import { Contacts, type Expected, Offers } from './expected.ts'
import type { Death } from './mortal.ts'
import { Policies, type ToldLead, type Values } from './story.ts'
import { hour, type World } from './world.ts'

type Command = fc.AsyncCommand<Expected, World>

/** One of them has most of what happens, so that much of it meets. */
const contact = fc.oneof(
  { weight: 3, arbitrary: fc.constant(Contacts[0]) },
  { weight: 2, arbitrary: fc.constantFrom(...Contacts) },
)
const crm = fc.constantFrom(...CrmNames)
const offer = fc.constantFrom(...Offers)
const at = fc.integer({ min: 0, max: 6 }).map(hour)
const value = fc.constantFrom('A', 'B', 'C', 'D', null)
const values: fc.Arbitrary<Values> = fc.record({ fill: value, over: value, ours: value, once: value })
const channel = fc.constantFrom('any' as const, 'email' as const, 'phone' as const)
/** Which of those that wait, and by which to begin. */
const pick = fc.record({ which: fc.oneof(fc.constant(255), fc.integer({ min: 1, max: 255 })), first: fc.nat(7) })
type Choice = { readonly which: number; readonly first: number }

/** What Leadsync does by itself: whoever wants no e-mail, or no call, in a CRM goes on to want none there. */
function ours(name: string, does: Command['run'], can: Command['check']): Command {
  const watched: Command['run'] = async (expected, world) => {
    const before = await world.optedOut()
    await does(expected, world)
    const after = await world.optedOut()
    same(
      'opt-outs that Leadsync cleared',
      before.filter((one) => !after.includes(one)),
      [],
    )
  }
  return command(name, watched, can)
}

/** `does` is what the command does to both; absent `can`: always. */
function command(name: string, does: Command['run'], can: Command['check'] = () => true): Command {
  return { check: can, run: does, toString: () => name }
}

const lead = fc
  .record({ contact, action: fc.constantFrom('INS' as const, 'PLT' as const, 'DNC' as const), offer, at, values })
  .map((parts) =>
    command(`lead ${JSON.stringify(parts)}`, async (expected, world) => {
      const told: ToldLead = { ...parts, id: `lead-${String(expected.deliveries.length).padStart(3, '0')}` }
      await world.take(told)
      expected.told(told)
    }),
  )

const adminAdds = fc.record({ contact, channel, offer, at }).map(({ contact, channel, offer, at }) =>
  command(`admin: no to ${contact} by ${channel} about ${offer} at ${at}`, async (expected, world) => {
    await world.add(contact, { channel, offer, since: at })
    await followed(
      expected,
      world,
      contact,
      expected.adminSays(contact, (said) => said.add(channel, offer, at)),
    )
  }),
)

const adminLifts = fc.record({ contact, channel: fc.option(channel), offer, at }).map(({ contact, channel, offer, at }) =>
  command(`admin: lifts ${channel} of ${contact} about ${offer} at ${at}`, async (expected, world) => {
    await world.lift(contact, { channel, offer, at })
    await followed(
      expected,
      world,
      contact,
      expected.adminSays(contact, (said) => said.lift(channel, offer, at)),
    )
  }),
)

/** The command line asks for marks where the store says that the person has a record. */
async function followed(expected: Expected, world: World, contact: number, changed: boolean): Promise<void> {
  if (!changed) return
  const known = CrmNames.filter((crm) => expected.side(contact, crm).remembered?.hasRecord)
  same(`the CRMs that know ${contact}`, [...(await world.known(contact))].sort(), [...known].sort())
}

const salesEdits = fc.record({ contact, crm, policy: fc.constantFrom(...Policies), value }).map((edit) =>
  command(`sales: ${JSON.stringify(edit)}`, async (expected, world) => {
    await world.salesChange(edit.crm, edit.contact, { [edit.policy]: edit.value })
    expected.salesChange(edit.contact, edit.crm, { [edit.policy]: edit.value })
  }),
)

const salesOptsOut = fc.record({ contact, crm, wants: fc.boolean() }).map(({ contact, crm, wants }) =>
  command(
    `sales: ${contact} ${wants ? 'wants no e-mail' : 'wants to be reached'} in ${crm}`,
    async (expected, world) => {
      await world.salesOptOut(crm, contact, wants)
      const before = expected.side(contact, crm).held?.optOuts ?? []
      expected.salesOptOuts(contact, crm, wants ? [...new Set([...before, 'email' as const])] : [])
    },
    (expected) => expected.side(contact, crm).held !== null,
  ),
)

const delivers = pick.map((pick) =>
  ours(
    `deliver ${JSON.stringify(pick)}`,
    async (expected, world) => {
      const due = picked(expected.waiting(), pick)
      for (const crm of CrmNames) {
        const its = due.filter((one) => one.crm === crm)
        const ends = await world.deliver(
          crm,
          its.map(({ lead }) => lead),
        )
        same('deliveries that failed', [...ends.values()].filter((end) => end === 'failed').length, 0)
        for (const contact of Contacts)
          expected.came(
            its.filter(({ lead }) => lead.contact === contact),
            ends,
          )
      }
    },
    (expected) => expected.waiting().length > 0,
  ),
)

const deliversAgain = fc.nat(30).map((number) =>
  ours(
    `deliver a settled lead again (${number})`,
    async (expected, world) => {
      const done = expected.deliveries.filter(({ state }) => state === 'done')
      const again = done[number % done.length]
      if (again) same('again', (await world.deliver(again.crm, [again.lead])).get(again.lead.id), 'settled')
    },
    (expected) => expected.deliveries.some(({ state }) => state === 'done'),
  ),
)

const losesAnswer = fc.record({ contact, crm, pick }).map(({ contact, crm, pick }) =>
  ours(
    `${crm}: the answer to a write of ${contact} is lost ${JSON.stringify(pick)}`,
    async (expected, world) => {
      const due = picked(of(expected, contact, crm), pick)
      const leads = due.map(({ lead }) => lead)
      expected.came(due, await world.losingAnswer(crm, () => world.deliver(crm, leads)))
    },
    (expected) => of(expected, contact, crm).length > 0,
  ),
)

const death: fc.Arbitrary<Death> = fc.record({
  at: fc.constantFrom('of', 'recordWrite', 'settle'),
  call: fc.integer({ min: 1, max: 3 }),
})
const crashes = fc.record({ contact, crm, pick, death }).map(({ contact, crm, pick, death }) =>
  ours(
    `${crm}: a process ends at ${death.at} ${death.call} of ${contact} ${JSON.stringify(pick)}`,
    async (expected, world) => {
      const due = picked(of(expected, contact, crm), pick)
      const leads = due.map(({ lead }) => lead)
      const { ends, ...came } = await world.deliverUntil(crm, leads, death)
      expected.came(due, ends, { beforeWrite: death.at !== 'recordWrite', ...came })
    },
    (expected) => of(expected, contact, crm).length > 0,
  ),
)

const marks = fc.record({ number: fc.nat(10), lost: fc.boolean() }).map(({ number, lost }) =>
  ours(
    `mark (${number})${lost ? ', its answer is lost' : ''}`,
    async (expected, world) => {
      const mark = expected.marks[number % expected.marks.length]
      if (!mark) return
      const { crm, contact } = mark
      const marking = () => world.mark(crm, contact)
      expected.marked(mark, lost ? await world.losingAnswer(crm, marking) : await marking())
    },
    (expected) => expected.marks.length > 0,
  ),
)

const locksEnd = fc.constant(
  command('the locks of processes that ended run out', async (expected, world) => {
    await world.locksEnd()
    expected.locksEnd()
  }),
)

const clockMoves = fc.integer({ min: -48, max: 48 }).map((count) =>
  command(`the clock moves by ${count} hours`, async (_, world) => {
    world.moveClock(count)
  }),
)

export const commands = [
  lead,
  lead,
  lead,
  lead,
  adminAdds,
  adminLifts,
  salesEdits,
  salesEdits,
  salesOptsOut,
  delivers,
  delivers,
  deliversAgain,
  losesAnswer,
  crashes,
  marks,
  locksEnd,
  clockMoves,
]

function of(expected: Pick<Expected, 'waiting'>, contact: number, crm: string) {
  return expected.waiting().filter((one) => one.crm === crm && one.lead.contact === contact)
}

/** At least one, in an order of its own. */
function picked<T>(all: readonly T[], { which, first }: Choice): readonly T[] {
  const some = all.filter((_, index) => (which >> (index % 8)) & 1)
  const chosen = some.length > 0 ? some : all
  const from = first % chosen.length
  return [...chosen.slice(from), ...chosen.slice(0, from)]
}

function same(what: string, found: unknown, meant: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(meant)]
  if (left !== right) throw new Error(`${what}: ${left} instead of ${right}`)
}
