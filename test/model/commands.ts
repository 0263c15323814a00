import fc from 'fast-check'
import { Stages } from './contact-model.ts'
import type { CrmWorld } from './crm-world.ts'
import { modelCrms } from './crms.ts'
import { People } from './people.ts'
import { RecordEnds, TaskDeeds } from './sales.ts'
import { AnyOffer } from './suppression-model.ts'
import { SalesFields } from './witness.ts'
import type { World } from './world.ts'

/** Nothing is known of the model that the world does not check itself. */
export type Command = fc.AsyncCommand<object, World>

/** As it is printed when a run fails. */
function command(name: string, args: readonly unknown[], run: (world: World) => Promise<void>): Command {
  return {
    check: () => true,
    run: (_, world) => run(world),
    toString: () => `${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`,
  }
}

function withCrm(world: World, index: number): CrmWorld {
  const crm = world.crms[index]
  if (!crm) throw new Error(`There is no CRM ${index}.`)
  return crm
}

/** Who may be joined has the most to go wrong. */
const person = fc.nat(People).map((n) => Math.min(n, People - 1))
const crm = fc.nat(modelCrms.length - 1)
const alias = fc.constantFrom('email' as const, 'phone' as const)
const picks = fc.array(fc.nat(9), { minLength: 1, maxLength: 5 })
const offer = fc.constantFrom(null, 'alpha', 'beta')

function leadThatSays(actions: readonly string[]): fc.Arbitrary<Command> {
  return fc
    .record({
      person,
      form: fc.constantFrom('email' as const, 'phone' as const, 'phone' as const, 'both' as const),
      action: fc.constantFrom(...actions),
      offer,
      hour: fc.nat(9),
      first: fc.boolean(),
      title: fc.constantFrom('some' as const, 'some' as const, 'none' as const, 'absent' as const),
      company: fc.boolean(),
      stage: fc.constantFrom(null, ...Stages),
      prefix: fc.constantFrom('a', 'b'),
      quiet: fc.nat(9).map((n) => n === 3),
    })
    .map((choice) => command('lead', [choice], (world) => world.come(choice)))
}

const lead = leadThatSays(['INS', 'INS', 'INS', 'PLT', 'DNC', 'CREATE'])

const again = fc.nat(9).map((index) => command('again', [index], (world) => world.comeAgain(index)))

const deliver = fc
  .tuple(crm, picks)
  .map(([at, all]) => command('deliver', [at, all], (world) => world.deliver(withCrm(world, at), all)))

const redeliver = fc
  .tuple(crm, fc.nat(9))
  .map(([at, pick]) => command('redeliver', [at, pick], (world) => world.redeliver(withCrm(world, at), pick)))

const race = fc
  .tuple(crm, fc.array(fc.nat(9), { minLength: 1, maxLength: 2 }), fc.array(fc.nat(9), { minLength: 1, maxLength: 2 }))
  .map(([at, one, other]) => command('race', [at, one, other], (world) => world.race(withCrm(world, at), one, other)))

const crash = fc
  .tuple(
    crm,
    picks,
    fc.record({ exchange: fc.integer({ min: 1, max: 24 }), when: fc.constantFrom('before' as const, 'after' as const) }),
  )
  .map(([at, all, death]) => command('crash', [at, all, death], (world) => world.crash(withCrm(world, at), all, death)))

/** A cut connection is tried again within the call, after some time: one of them costs as much as twenty other commands. */
const interrupt = fc
  .tuple(crm, picks, fc.record({ commit: fc.boolean(), reset: fc.nat(19).map((n) => n === 7) }))
  .map(([at, all, fault]) => command('interrupt', [at, all, fault], (world) => world.interrupt(withCrm(world, at), all, fault)))

const unlock = crm.map((at) => command('unlock', [at], (world) => world.unlock(withCrm(world, at))))

const mark = fc
  .tuple(crm, person, alias)
  .map(([at, who, by]) => command('mark', [at, who, by], (world) => world.mark(withCrm(world, at), who, by)))

/** A no to one alias is one to whoever turns out to have it. */
const joinAgainstNo = fc.boolean().map((isDnc) =>
  command('joinAgainstNo', [isDnc], async (world) => {
    const choice = { person: People - 1, offer: null, hour: 9, first: false, title: 'absent', company: false } as const
    const rest = { stage: null, prefix: 'a', quiet: false } as const
    if (isDnc) await world.come({ ...choice, ...rest, form: 'email', action: 'DNC' })
    else await world.adminSays(People - 1, 'email', { channel: 'any', offer: AnyOffer })
    await world.come({ ...choice, ...rest, form: 'both', action: 'CREATE' })
  }),
)

const adminSays = fc
  .record({ who: person, by: alias, channel: fc.constantFrom('any' as const, 'email' as const, 'phone' as const), offer })
  .map(({ who, by, channel, offer: about }) =>
    command('adminSays', [who, by, channel, about], (world) => world.adminSays(who, by, { channel, offer: about ?? AnyOffer })),
  )

const adminLifts = fc
  .tuple(person, alias)
  .map(([who, by]) => command('adminLifts', [who, by], (world) => world.adminLifts(who, by)))

const salesWrite = fc
  .tuple(crm, fc.nat(2), fc.constantFrom(...SalesFields), fc.option(fc.nat(99), { freq: 2 }))
  .map(([at, who, field, n]) => {
    const value = n === null ? null : `Sales ${n}`
    return command('salesWrite', [at, who, field, value], (world) => withCrm(world, at).salesWrite(who, field, value))
  })

function optOutThatSays(no: fc.Arbitrary<boolean>): fc.Arbitrary<Command> {
  return fc
    .tuple(crm, fc.nat(2), no)
    .map(([at, who, no]) => command('salesOptOut', [at, who, no], (world) => withCrm(world, at).salesOptOut(who, no)))
}

const salesOptOut = optOutThatSays(fc.boolean())

const clock = fc.integer({ min: -12, max: 36 }).map((by) => command('clock', [by], async (world) => world.move(by)))

const work = picks.map((all) => command('work', [all], (world) => world.work(all)))

const catchUp = fc.constant(command('catchUp', [], (world) => world.catchUp()))

const review = fc.boolean().map((inOther) => command('review', [inOther], (world) => world.review(inOther)))

const channel = fc.constantFrom('any' as const, 'email' as const, 'phone' as const)

const crashFollowUp = fc
  .tuple(
    fc.nat(9),
    fc.record({ exchange: fc.integer({ min: 1, max: 14 }), when: fc.constantFrom('before' as const, 'after' as const) }),
    fc.option(channel, { freq: 1 }),
  )
  .map(([pick, death, no]) => command('crashFollowUp', [pick, death, no], (world) => world.crashFollowUp(pick, death, no)))

const intrude = fc
  .tuple(fc.nat(9), fc.integer({ min: 1, max: 14 }), channel)
  .map(([pick, exchange, no]) => command('intrude', [pick, exchange, no], (world) => world.intrude(pick, exchange, no)))

const salesTask = fc
  .tuple(crm, fc.nat(5), fc.constantFrom(...TaskDeeds))
  .map(([at, pick, deed]) => command('salesTask', [at, pick, deed], (world) => world.salesTask(withCrm(world, at), pick, deed)))

const salesEnd = fc
  .tuple(crm, fc.nat(2), fc.constantFrom(...RecordEnds))
  .map(([at, pick, how]) => command('salesEnd', [at, pick, how], (world) => world.salesEnd(withCrm(world, at), pick, how)))

/** Weighed by what they find, and by what they cost. */
export const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 30, arbitrary: lead },
  { weight: 18, arbitrary: deliver },
  { weight: 10, arbitrary: salesWrite },
  { weight: 5, arbitrary: salesOptOut },
  { weight: 6, arbitrary: race },
  { weight: 5, arbitrary: crash },
  { weight: 4, arbitrary: interrupt },
  { weight: 2, arbitrary: unlock },
  { weight: 2, arbitrary: redeliver },
  { weight: 4, arbitrary: mark },
  { weight: 4, arbitrary: adminSays },
  { weight: 4, arbitrary: adminLifts },
  { weight: 1, arbitrary: again },
  { weight: 4, arbitrary: clock },
  { weight: 16, arbitrary: work },
  { weight: 9, arbitrary: catchUp },
  { weight: 5, arbitrary: review },
  { weight: 9, arbitrary: crashFollowUp },
  { weight: 9, arbitrary: intrude },
  { weight: 9, arbitrary: salesTask },
  { weight: 3, arbitrary: salesEnd },
)

/** What is said when all tasks are made: whoever said it, they must be taken back. A CRM's own word is heard with the next lead. */
export const lastWords: fc.Arbitrary<readonly Command[]> = fc.oneof(
  fc.tuple(leadThatSays(['DNC'])),
  fc.tuple(adminSays),
  fc.tuple(adminSays, leadThatSays(['INS'])),
  fc.tuple(joinAgainstNo),
  fc.tuple(optOutThatSays(fc.constant(true)), leadThatSays(['INS']), leadThatSays(['INS'])),
)
