import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CrmStand, openStand } from '../kit/crm-stand.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crms, type ThreeCrm } from '../kit/three-crms.ts'
import { live, type Row, type Step, type Story, Times } from './run.ts'
import { changedFields, meant, stateOf } from './state.ts'

/** What happens after the do-not-contact, by the column's name. */
const Columns: Readonly<Record<string, readonly Step[]>> = {
  DNC: [],
  'then PLT': ['PLT'],
  'INS, other offer': ['INS of another offer'],
  'admin lift': ['admin lift'],
  'CRM opt-out': ['INS of another offer', 'reopen', 'INS of another offer', 'unsubscribe', 'INS of another offer'],
  withdrawn: [
    'INS of another offer',
    'reopen',
    'INS of another offer',
    'unsubscribe',
    'INS of another offer',
    'reopen',
    'INS of another offer',
  ],
  'at once withdrawn': ['reopen', 'INS of another offer'],
}

/**
 * What stands in a record after a do-not-contact about one offer, and after what then follows.
 *
 *   nobody        there is no record
 *   no markers    there is one, and Leadsync's markers are empty
 *   no            the markers say since when and why
 *   by customer   the markers say that it was lifted, when, and that the customer asked for it
 *   by admin      the same, by an admin
 *   + closed      the CRM's own opt-outs that Leadsync set are true, and stay true whatever lifts the no
 *   + unsubscribed  those that sales set are true
 */
const Written = `
  person            | mode    | create | DNC                | then PLT             | INS, other offer   | admin lift        | CRM opt-out         | withdrawn
  unknown           | flag    | no     | nobody             | by customer          | no                 | nobody            | no + unsubscribed   | no
  unknown           | flag    | yes    | no                 | by customer          | no                 | by admin          | no + unsubscribed   | no
  unknown           | opt-out | no     | nobody             | by customer          | no                 | nobody            | no + unsubscribed   | no
  unknown           | opt-out | yes    | no + closed        | by customer + closed | no + closed        | by admin + closed | no + unsubscribed   | no
  unknown           | skip    | no     | nobody             | by customer          | no                 | nobody            | no + unsubscribed   | no
  unknown           | skip    | yes    | nobody             | by customer          | no                 | nobody            | no + unsubscribed   | no
  made by Leadsync  | flag    | no     | no                 | by customer          | no                 | by admin          | no + unsubscribed   | no
  made by Leadsync  | flag    | yes    | no                 | by customer          | no                 | by admin          | no + unsubscribed   | no
  made by Leadsync  | opt-out | no     | no + closed        | by customer + closed | no + closed        | by admin + closed | no + unsubscribed   | no
  made by Leadsync  | opt-out | yes    | no + closed        | by customer + closed | no + closed        | by admin + closed | no + unsubscribed   | no
  made by Leadsync  | skip    | no     | no markers         | by customer          | no                 | no markers        | no + unsubscribed   | no
  made by Leadsync  | skip    | yes    | no markers         | by customer          | no                 | no markers        | no + unsubscribed   | no
  made by sales     | flag    | no     | no                 | by customer          | no                 | by admin          | no + unsubscribed   | no
  made by sales     | flag    | yes    | no                 | by customer          | no                 | by admin          | no + unsubscribed   | no
  made by sales     | opt-out | no     | no + closed        | by customer + closed | no + closed        | by admin + closed | no + unsubscribed   | no
  made by sales     | opt-out | yes    | no + closed        | by customer + closed | no + closed        | by admin + closed | no + unsubscribed   | no
  made by sales     | skip    | no     | no markers         | by customer          | no                 | no markers        | no + unsubscribed   | no
  made by sales     | skip    | yes    | no markers         | by customer          | no                 | no markers        | no + unsubscribed   | no
`

/**
 * By which channels the next lead may be followed up: about the same offer, and about another one. It is the same in every row and every
 * CRM: who was told of the no, and how, changes nothing of whom nobody may call.
 */
const FollowUps = `
  next lead         | DNC                | then PLT             | INS, other offer   | admin lift        | CRM opt-out         | withdrawn
  the same offer    | none               | email and phone      | none               | email and phone   | none                | none
  another offer     | email and phone    | email and phone      | email and phone    | email and phone   | phone               | email and phone
`

/** The same where sales had noted before that the person wants no e-mail. That word is the CRM's own: nothing but its end lifts it. */
const WrittenUnsubscribed = `
  person       | mode    | create | DNC                       | then PLT                   | admin lift                | at once withdrawn
  unsubscribed | flag    | no     | no + unsubscribed         | by customer + unsubscribed | by admin + unsubscribed   | no
  unsubscribed | opt-out | no     | no + both                 | by customer + both         | by admin + both           | no
  unsubscribed | skip    | no     | no markers + unsubscribed | by customer + unsubscribed | no markers + unsubscribed | no
`
const FollowUpsUnsubscribed = `
  next lead                       | DNC                       | then PLT                   | admin lift                | at once withdrawn
  the same offer                  | none                      | phone                      | phone                     | none
  another offer                   | phone                     | phone                      | phone                     | email and phone
`

const Tables = [
  { of: 'a person whom the CRM says nothing of', written: readTable(Written), followUps: readTable(FollowUps) },
  {
    of: 'a person who wanted no e-mail before',
    written: readTable(WrittenUnsubscribed),
    followUps: readTable(FollowUpsUnsubscribed),
  },
]

function readTable(text: string): Record<string, string>[] {
  const lines = text.trim().split('\n')
  const [names = [], ...rows] = lines.map((line) => line.split('|').map((cell) => cell.trim()))
  return rows.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])))
}

function rowOf({ person, mode, create }: Record<string, string>): Row {
  return { person, mode, createIfMissing: create === 'yes' } as Row
}

let redis: TestRedis
beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.stop())

describe.each(Object.values(Crms))('$name: after a do-not-contact', (crm) => {
  let stand: CrmStand
  beforeAll(async () => {
    stand = await openStand(crm, redis.url)
    await stand.store.redis.flushall()
  })
  afterAll(() => stand.stop())

  describe.each(Tables)('of $of', ({ written, followUps }) => {
    const names = Object.keys(Columns).filter((name) => name in (written[0] ?? {}))
    let stories: readonly (readonly Story[])[]
    beforeAll(async () => {
      stories = await live(
        stand,
        written.map(rowOf),
        names.map((name) => Columns[name] ?? []),
      )
    })
    const rows = written.map((row, index) => ({ row, index, ...rowOf(row) }))

    it.each(rows)('$person, mode $mode, createIfMissing $createIfMissing', ({ row, index, person }) => {
      const lived = stories[index] ?? []
      const seen = lived.map(({ end }, column) => [names[column], stateOf(end, crm, Times)])
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(names.map((name) => [name, meant(row[name] ?? '', crm)])))
      for (const story of lived) expectOnlyTheNo(story, crm, person)
    })

    it.each(followUps.map((row) => ({ row, about: row['next lead'] })))(
      'the next lead about $about may be followed up by',
      ({ row, about }) => {
        for (const [index, lived] of stories.entries()) {
          const seen = lived.map(({ followUps }, column) => [
            names[column],
            followUps[about === 'the same offer' ? 'sameOffer' : 'otherOffer'],
          ])
          expect(Object.fromEntries(seen), JSON.stringify(written[index])).toEqual(
            Object.fromEntries(names.map((name) => [name, row[name]])),
          )
        }
      },
    )
  })
})

/** The do-not-contact wrote its markers and opt-outs and nothing else; every other lead was delivered; what sales had entered stands. */
function expectOnlyTheNo({ before, afterNo, end, leads }: Story, crm: ThreeCrm, person: string): void {
  const said = leads.filter(({ notes }) => notes?.startsWith('DNC'))
  const others = leads.filter((lead) => !said.includes(lead))
  expect(said.map(({ outcome }) => outcome)).toEqual(['suppressed'])
  expect(others.filter(({ outcome }) => !outcome.startsWith('delivered:'))).toEqual([])

  const markers = Object.values(crm.harness.facts.fields.markers)
  const its = [...markers, ...Object.values(crm.optOuts).flat()]
  if (before) expect(changedFields(before, afterNo, crm).filter((name) => !its.includes(name))).toEqual([])
  else expect([crm.history, ...crm.ofLeads].filter((name) => (afterNo?.fields[name] ?? null) !== null)).toEqual([])

  const history = String(end?.fields[crm.history] ?? '').split('\n')
  const shown = history.filter((line) => leads.some(({ notes }) => notes === line))
  expect(shown.toReversed()).toEqual(others.map(({ notes }) => notes))
  if (person === 'unknown' || person === 'made by Leadsync') return
  expect(end?.fields).toMatchObject(crm.made(String(end?.fields[crm.email])))
}
