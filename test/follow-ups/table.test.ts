import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LogLine } from '../kit/recorded-log.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crms } from '../kit/three-crms.ts'
import { type HappeningName, has } from './happenings.ts'
import { whoHasTheTaskOfOneWhoLeft } from './left.ts'
import { rulesOf } from './rules.ts'
import { type Lived, live, type Row, type Seen } from './run.ts'
import { type FollowUpStand, openStand } from './stand.ts'
import { Standstills, type Stood, standStill } from './standstill.ts'

/**
 * What becomes of a follow-up of two tasks when something happens while it waits.
 *
 *   happens       what people, the customer or an admin do; `joined`: the person turns out to be somebody else whom the CRM has as well
 *   when          before any task was made, between the two, or `unheard`: the CRM has made the first one, Leadsync does not know (its process ended,
 *                 the answer was lost), and it happens before that is looked into
 *   of            mail: the tasks are to write, not to call; phone: the lead knows the person by telephone only
 *   in            CRMs where it is so; empty: in all that have such a thing
 *   first, later  what the plan says of the step, and why
 *   its task      how it stands in the CRM: at the lead's own record, or where; for the seller whom the configuration names, or whom; its text warns
 *                 of a no that does not stand in its way. Empty: there is none
 *   newer lead    the same of the steps of a lead that came since
 */
const Table = `
  happens                     | when    | of    | in         | first                          | its task                  | later                          | its task                  | newer lead
  nothing                     | before  |       |            | made                           | open                      | made                           | open                      |
  nothing                     | unheard |       |            | made                           | open                      | made                           | open                      |
  joined                      | before  |       |            | made                           | open                      | made                           | open                      |
  joined                      | between |       |            | made                           | open                      | made                           | open                      |
  joined                      | unheard |       |            | made                           | open                      | made                           | open                      |
  joined                      | before  | phone |            | made                           | open at the other         | made                           | open at the other         |
  joined                      | between | phone |            | made                           | open                      | made                           | open at the other         |
  joined                      | unheard | phone |            | made                           | open                      | made                           | open at the other         |
  forgotten                   | before  |       |            | gone                           |                           | gone                           |                           |
  forgotten                   | between |       |            | gone                           | open                      | gone                           |                           |
  converted                   | before  |       |            | made                           | open at the Contact       | made                           | open at the Contact       |
  converted                   | between |       | salesforce | made                           | open at the Contact       | cancelled: converted           |                           |
  converted                   | between |       | dynamics   | made                           | open                      | cancelled: converted           |                           |
  converted                   | unheard |       | salesforce | made                           | open at the Contact       | cancelled: converted           |                           |
  converted                   | unheard |       | dynamics   | made                           | open                      | cancelled: converted           |                           |
  closed                      | before  |       |            | cancelled: closed              |                           | cancelled: closed              |                           |
  closed                      | between |       |            | made                           | open                      | cancelled: closed              |                           |
  closed                      | unheard |       |            | withdrawn: closed              | withdrawn                 | cancelled: closed              |                           |
  closed before the lead      | before  |       |            | made                           | open                      | made                           | open                      |
  deleted                     | before  |       |            | cancelled: deleted             |                           | cancelled: deleted             |                           |
  deleted                     | between |       | hubspot    | made                           | open at nothing           | cancelled: deleted             |                           |
  deleted                     | between |       | salesforce | made                           |                           | cancelled: deleted             |                           |
  deleted                     | between |       | dynamics   | made                           |                           | cancelled: deleted             |                           |
  deleted                     | unheard |       | hubspot    | cancelled: deleted             | open at nothing           | cancelled: deleted             |                           |
  deleted                     | unheard |       | salesforce | cancelled: deleted             |                           | cancelled: deleted             |                           |
  deleted                     | unheard |       | dynamics   | cancelled: deleted             |                           | cancelled: deleted             |                           |
  erased                      | before  |       |            | cancelled: deleted             |                           | cancelled: deleted             |                           |
  erased                      | between |       | hubspot    | made                           | open at nothing           | cancelled: deleted             |                           |
  erased                      | between |       | salesforce | made                           |                           | cancelled: deleted             |                           |
  merged                      | before  |       |            | made                           | open at the survivor      | made                           | open at the survivor      |
  merged                      | between |       |            | made                           | open at the survivor      | made                           | open at the survivor      |
  merged                      | unheard |       |            | made                           | open at the survivor      | made                           | open at the survivor      |
  given to Sam                | before  |       |            | made                           | open for Sam              | made                           | open for Sam              |
  given to Sam                | between |       |            | made                           | open                      | made                           | open for Sam              |
  given to Sam                | unheard |       |            | made                           | open                      | made                           | open for Sam              |
  no e-mail                   | before  |       |            | made                           | open, with a warning      | made                           | open, with a warning      |
  no e-mail                   | between |       |            | made                           | open                      | made                           | open, with a warning      |
  no e-mail                   | before  | mail  |            | cancelled: no, by the CRM      |                           | cancelled: no, by the CRM      |                           |
  no e-mail                   | between | mail  |            | withdrawn: no, by the CRM      | withdrawn                 | cancelled: no, by the CRM      |                           |
  no calls                    | before  |       |            | cancelled: no, by the CRM      |                           | cancelled: no, by the CRM      |                           |
  no calls                    | between |       |            | withdrawn: no, by the CRM      | withdrawn                 | cancelled: no, by the CRM      |                           |
  no calls                    | before  | mail  |            | made                           | open, with a warning      | made                           | open, with a warning      |
  no calls                    | between | mail  |            | made                           | open                      | made                           | open, with a warning      |
  an admin's no               | before  |       |            | cancelled: no, by an admin     |                           | cancelled: no, by an admin     |                           |
  an admin's no               | between |       |            | withdrawn: no, by an admin     | withdrawn                 | cancelled: no, by an admin     |                           |
  an admin's no               | unheard |       |            | withdrawn: no, by an admin     | withdrawn                 | cancelled: no, by an admin     |                           |
  an admin's no, taken back   | before  |       |            | cancelled: no, by an admin     |                           | cancelled: no, by an admin     |                           |
  an admin's no, taken back   | between |       |            | withdrawn: no, by an admin     | withdrawn                 | cancelled: no, by an admin     |                           |
  DNC                         | before  |       |            | cancelled: no, by Microsoft    |                           | cancelled: no, by Microsoft    |                           |
  DNC                         | between |       |            | withdrawn: no, by Microsoft    | withdrawn                 | cancelled: no, by Microsoft    |                           |
  DNC                         | unheard |       |            | withdrawn: no, by Microsoft    | withdrawn                 | cancelled: no, by Microsoft    |                           |
  DNC of another offer        | before  |       |            | made                           | open, with a warning      | made                           | open, with a warning      |
  DNC of another offer        | between |       |            | made                           | open                      | made                           | open, with a warning      |
  DNC, then they ask          | before  |       |            | cancelled: no, by Microsoft    |                           | cancelled: no, by Microsoft    |                           | made open, made open
  DNC, then they ask          | between |       |            | withdrawn: no, by Microsoft    | withdrawn                 | cancelled: no, by Microsoft    |                           | made open, made open
  a newer lead                | before  |       |            | cancelled: newer               |                           | cancelled: newer               |                           | made open, made open
  a newer lead                | between |       |            | made                           | open                      | cancelled: newer               |                           | made open, made open
  newer about another offer   | before  |       |            | made                           | open                      | made                           | open                      | made open, made open
  newer about another offer   | between |       |            | made                           | open                      | made                           | open                      | made open, made open
  the first task worked       | between |       |            | worked                         | open                      | cancelled: worked              |                           |
  the first task deleted      | between |       |            | worked                         |                           | cancelled: worked              |                           |
`

/** What HubSpot, which has contacts only, does not know. Who wants no calls is in no field of its contacts. */
const NotInHubSpot: readonly HappeningName[] = ['converted', 'closed', 'closed before the lead', 'no calls']
/** A row that is deleted leaves nothing in Dataverse by which one that was erased could be told from it. */
const NotInDynamics: readonly HappeningName[] = ['erased']

type Cells = Row & Seen & { readonly crms: readonly string[] }

const Rows = Table.trim().split('\n').slice(1).map(cellsOf)

function cellsOf(line: string): Cells {
  const [happens, when, of, crms = '', first = '', firstTask = '', later = '', laterTask = '', newer = ''] = line
    .split('|')
    .map((cell) => cell.trim())
  const row = { happens, when, of } as Row
  return { ...row, crms: crms.split(' ').filter(Boolean), first, firstTask, later, laterTask, newer }
}

let redis: TestRedis
const stands = new Map<string, FollowUpStand>()
const stories = new Map<string, readonly Lived[]>()
/** Of the rows alone. */
const errors = new Map<string, readonly LogLine[]>()
/** One after the other in each CRM, as each has the whole queue stand still; by CRM and name. */
const standing = new Map<string, Promise<Stood>>()
const left = new Map<string, ReturnType<typeof whoHasTheTaskOfOneWhoLeft>>()

function rowsIn(crm: (typeof Crms)[keyof typeof Crms]): Cells[] {
  return Rows.filter(({ happens, crms }) => has(crm, happens) && (crms.length === 0 || crms.includes(crm.name)))
}

// Much of it is waiting for a contact that is in other hands, so all CRMs live at once, each on a database of its own.
beforeAll(async () => {
  redis = await startTestRedis()
  await Promise.all(
    Object.values(Crms).map(async (crm, database) => {
      const stand = await openStand(crm, `${redis.url}/${database}`, rulesOf(crm))
      stands.set(crm.name, stand)
      stories.set(crm.name, await live(stand, rowsIn(crm)))
      errors.set(crm.name, errorsIn(stand))
      goOn(stand)
    }),
  )
})

function errorsIn({ lines }: FollowUpStand): readonly LogLine[] {
  return lines.filter(({ level }) => level === 'error')
}

/** Without waiting for it: what one CRM waits for is time for the others. */
function goOn(stand: FollowUpStand): void {
  let last: Promise<unknown> = Promise.resolve()
  for (const standstill of Standstills) {
    const stood = last.then(() => standStill(stand, standstill))
    standing.set(`${stand.crm.name} ${standstill.name}`, stood)
    last = stood.catch(() => undefined)
  }
  const ended = last.then(() => whoHasTheTaskOfOneWhoLeft(stand))
  left.set(stand.crm.name, ended)
  ended.catch(() => undefined)
}

afterAll(async () => {
  await Promise.allSettled(left.values())
  await Promise.all([...stands.values()].map((stand) => stand.stop()))
  await redis.stop()
})

describe.each(Object.values(Crms))('$name', (crm) => {
  const rows = rowsIn(crm).map((row, index) => ({ ...row, index, about: [row.when, row.of].filter(Boolean).join(', ') }))

  it('knows all that happens but what it has no notion of', () => {
    const known = new Set(rows.map(({ happens }) => happens))
    const unknown = [...new Set(Rows.map(({ happens }) => happens))].filter((happens) => !known.has(happens))
    expect(unknown).toEqual({ hubspot: NotInHubSpot, salesforce: [], dynamics: NotInDynamics }[crm.name])
  })

  it.each(rows)('$happens ($about): $first, $later; a second run changes nothing', ({ index, ...row }) => {
    const { first, firstTask, later, laterTask, newer } = row
    const lived = stories.get(crm.name)?.[index]
    expect(lived?.seen).toEqual({ first, firstTask, later, laterTask, newer })
    expect(lived?.again).toEqual(lived?.seen)
  })

  it('nobody who is forgotten has a job left, and nobody else a job that failed', async () => {
    const stand = stands.get(crm.name) ?? expect.unreachable()
    const forgotten = (stories.get(crm.name) ?? []).filter(({ row }) => row.happens === 'forgotten')
    expect(forgotten.map(({ jobs }) => jobs)).toEqual([[], []])
    expect(await stand.queues.delivery(crm.name).getFailed()).toEqual([])
    expect(await stand.queues.followUps.getFailed()).toEqual([])
    expect(errors.get(crm.name)).toEqual([])
  })

  it.each(Standstills)('$name: while it stands the CRM is asked nothing, then each task is made once', async ({ name }) => {
    const stood = (await standing.get(`${crm.name} ${name}`)) ?? expect.unreachable()
    expect(stood.during).toEqual({ asked: 0, steps: ['due', 'due'], attempts: [0, 0], tasks: [0, 0, 1, 0] })
    expect(stood.after).toEqual({ steps: ['made', 'made'], attempts: [null, null], tasks: [1, 0, 1, 1] })
    expect(stood.again).toEqual(stood.after)
  })

  it('a task of a record whose owner has left is for whom the configuration names', async () => {
    expect(await left.get(crm.name)).toEqual({ before: ['open', 'open'], between: ['open for Sam', 'open'] })
  })
})
