import { z } from 'zod'
import { isTimeZone } from '../core/index.ts'
import { Country } from './crm-settings.ts'
import { Condition, Priority, Score } from './qualification-file.ts'

const Hours = z.number().min(0).max(87_600)
const SomeHours = z.number().positive().max(87_600)

const TimeZone = z
  .string()
  .refine(isTimeZone, 'is no time zone that this machine knows; name it as in Europe/Berlin or America/Los_Angeles')
const Holiday = z.iso.date('must be a date that there is, written like 2026-12-25')
const Day = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])
const Time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day in quotes, from "00:00" to "23:59"')
const EndTime = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day in quotes, from "00:01" to "24:00"')
const Days = z.array(Day).min(1)

const PersonSetting = z
  .strictObject({
    timeZone: TimeZone.optional(),
    businessHours: z.strictObject({ days: Days.optional(), from: Time.optional(), to: EndTime.optional() }).optional(),
    holidays: z.array(Holiday).optional().describe('Instead of those of the others.'),
  })
  .describe('Whoever works elsewhere or at other times, as assign names them; what is absent is as for the others.')

const Owner = z.string().trim().min(1).max(200)
/** Where one person is named: the word that leaves it to the CRM elsewhere would be looked for as a user there. */
const Person = Owner.refine((name) => name.toLowerCase() !== 'crm', 'must be a person here, as the CRM knows them')
const Rotation = z.array(Person).min(1, 'is empty; name who takes turns')
const Simple = z.union([
  z.strictObject({ rotation: Rotation.describe('In turn, one lead each.') }),
  Owner.describe('crm: whom the CRM gave the record to; else a name as the CRM knows it.'),
])

const Assign = z
  .union([
    z
      .strictObject({
        rotation: Rotation.optional().describe('In turn, one lead each.'),
        offers: z
          .record(z.string().min(1), Person)
          .optional()
          .describe('publisher.offer, the offer id alone, or the title: owner.'),
        countries: z.record(Country, Person).optional().describe('Country: owner. Asked after offers.'),
        otherwise: Simple.optional().describe('For leads that neither offers nor countries names. Absent: nobody.'),
      })
      .refine(
        ({ rotation, offers, countries }) => (rotation === undefined) === (offers !== undefined || countries !== undefined),
        {
          message: 'must have either rotation (a list of owners) or a table: offers, countries or both',
        },
      )
      .refine(({ rotation, otherwise }) => rotation === undefined || otherwise === undefined, {
        path: ['otherwise'],
        message: 'goes with offers and countries only; remove it',
      }),
    Owner,
  ])
  .describe(
    'crm: whom the CRM gave the record to; an owner as the CRM knows them; { rotation: […] }; or a table by offer and country.',
  )

const FollowUpCondition = Condition.extend({
  score: z
    .strictObject({ from: Score.optional(), below: Score.optional() })
    .optional()
    .describe('By its qualification: from and more, less than below.'),
}).describe('Which leads it is about; as in qualification.rules, and by score. Absent: every lead.')

const StepSetting = z.strictObject({
  name: z
    .string()
    .regex(
      /^([a-z][a-z0-9-]{0,30}|\d{1,3})$/,
      'must be small letters, digits and -, beginning with a letter; or a number in quotes',
    )
    .optional()
    .describe('Once in its rule. Absent: its number, from 1.'),
  afterHours: Hours.default(0).describe('When the task is made, after the CRM had the lead; fractions are fine.'),
  dueWithinHours: SomeHours.optional().describe(
    'Until when it is to be done; the first from the lead’s own time, later ones from when they are made. Absent: slaHours.',
  ),
  type: z.enum(['call', 'email', 'todo']).default('call'),
  priority: Priority.optional().describe("Absent: the lead's own, by its qualification."),
  subject: z.string().regex(/\S/, 'must hold text').describe('Liquid, with the lead and more as its variables.'),
  body: z.string().regex(/\S/, 'must hold text').describe('As subject.'),
  evenIfWorked: z
    .boolean()
    .default(false)
    .describe('true: it is made although somebody has worked on an earlier task of this follow-up.'),
})

const RuleSetting = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be at most 31 small letters, digits and -, beginning with a letter')
    .describe('Once among the rules. It stands in the tasks’ ids: another name is another rule.'),
  when: z
    .union([FollowUpCondition, z.literal('otherwise')])
    .optional()
    .describe('Which leads it is about; otherwise: those that no other rule is about. Absent: every lead.'),
  allowParallel: z
    .boolean()
    .default(false)
    .describe('true: other rules may be about the same lead, and make tasks beside these.'),
  assign: Assign.optional(),
  steps: z.array(StepSetting).min(1, 'is empty; a rule needs at least one step').describe('In the order of their afterHours.'),
})

const CrmSetting = z.union([
  z.strictObject({
    crm: z.string().min(1).describe('The name of a crm/NAME.yaml.'),
    when: FollowUpCondition.optional(),
  }),
  z.string().min(1),
])

/** `followUps:` of `leadsync.yaml`. */
export const FollowUpsSetting = z.strictObject({
  owner: z
    .union([z.array(CrmSetting), z.string().min(1)])
    .default([])
    .describe(
      'Which CRM has the tasks of a lead: the first whose when fits and that wants the lead. []: all, in the order of their names.',
    ),
  maxLeadAgeHours: SomeHours.default(72).describe("No follow-up of an older lead is begun; by the lead's own time."),
  slaHours: SomeHours.default(24).describe("Until when somebody is to have followed up a lead, from the lead's own time."),
  warnHours: Hours.default(4).describe('How long before that `leadsync status` lists it as about to be late.'),
  minGapHours: Hours.default(4).describe('Between two tasks about one contact, in all CRMs together.'),
  mostPerContact: z
    .strictObject({ count: z.int().min(1).max(1_000).default(8), days: z.number().positive().max(3_650).default(30) })
    .prefault({})
    .describe('No more than so many tasks about one contact in so many days, in all CRMs together.'),
  timeZone: TimeZone.default('UTC').describe('Of businessHours and holidays, e.g. Europe/Berlin.'),
  businessHours: z
    .strictObject({
      days: Days.default(['mon', 'tue', 'wed', 'thu', 'fri']),
      from: Time.default('09:00'),
      to: EndTime.default('17:00'),
    })
    .prefault({}),
  holidays: z.array(Holiday).default([]).describe('Days on which nobody works, e.g. 2026-12-25.'),
  people: z.record(Owner, PersonSetting).default({}).describe('Owner: when they work, if not as the others do.'),
  assign: Assign.default('crm'),
  rules: z.array(RuleSetting).default([]).describe('Which leads are followed up by which tasks. []: none.'),
})

export type FollowUpsFile = z.output<typeof FollowUpsSetting>
