import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AuditReport, audit, mendJobs } from '../../src/admin/audit.ts'
import { formatAudit } from '../../src/admin/audit-text.ts'
import { DeliveryError, deliveryJobId, type Lead, leadJobId, leadKey } from '../../src/core/index.ts'
import { createFollowUpJobs } from '../../src/queue/follow-up-jobs.ts'
import { LeadIntake } from '../../src/queue/lead-intake.ts'
import { WorkJobs } from '../../src/queue/work-jobs.ts'
import { follow, makePlan } from '../kit/follow-up-plans.ts'
import { hours, makeLead } from '../kit/made-lead.ts'
import { createMemoryCrm, type MemoryCrm } from '../kit/memory-crm.ts'
import { openQueues, type QueueParts } from '../kit/queue-parts.ts'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crm } from '../kit/store-parts.ts'
import { until } from '../kit/until.ts'

let server: TestRedis
let parts: QueueParts
let crm: MemoryCrm
let jobs: WorkJobs

beforeAll(async () => {
  server = await startTestRedis()
})
beforeEach(async () => {
  parts = openQueues(server.url)
  await parts.store.redis.flushall()
  crm = createMemoryCrm()
  jobs = new WorkJobs(parts.queues, createFollowUpJobs(parts.queues, Date.now))
})
afterEach(() => parts.close())
afterAll(() => server.stop())

function check(options: { mend?: boolean; mayHaveAged?: boolean } = {}): Promise<AuditReport> {
  return audit({ scripts: parts.store.scripts, jobs, mayHaveAged: false, mend: false, pauseMs: 20, ...options })
}

function wrongLaws({ laws }: AuditReport): readonly string[] {
  return laws.filter(({ ok }) => !ok).map(({ law, says }) => `${law}: ${says}`)
}

function person(n: number): Lead {
  return makeLead({ id: `lead-${n}`, person: { email: `person-${n}@people.example` }, receivedAt: hours(n) })
}

function queue() {
  return parts.queues.delivery(Crm)
}

/** Two delivered, one parked, one waiting, one held, one that could not be understood, one not routed, and a follow-up of two steps. */
async function stage(): Promise<void> {
  await parts.add(person(1), person(2))
  parts.startDelivering(crm)
  await until('they are delivered', async () => (await parts.store.counters()).crms[Crm]?.delivered === 2)
  await parts.add(person(3))
  await until('it is delivered', async () => (await parts.store.counters()).crms[Crm]?.delivered === 3)
  await parts.close()
  parts = openQueues(server.url)
  jobs = new WorkJobs(parts.queues, createFollowUpJobs(parts.queues, Date.now))
  await parts.add(person(4))
  const intake = new LeadIntake(parts.store.redis, parts.store.register, parts.queues)
  const common = { receipt: 'r', contentKey: null, idempotency: null }
  await intake.accept([
    { kind: 'held', lead: makeLead({ id: 'test', test: true }), ...common },
    { kind: 'accepted', lead: person(5), ...common, receipt: 'r5' },
    {
      kind: 'quarantined',
      id: 'q',
      receivedAt: hours(0),
      channel: 'marketplace',
      token: 't',
      reason: 'The body is not JSON.',
      verbatim: { encoding: 'utf8', body: '{' },
    },
  ])
  const [first, second] = await follow(parts.store, person(4))
  const plan = await makePlan(parts.store, person(4))
  const followUps = createFollowUpJobs(parts.queues, Date.now)
  for (const { id, fireAt } of plan.steps) await followUps.fire(plan, id, fireAt)
  expect(plan.steps.map(({ id }) => id)).toEqual([first, second])
}

it('finds nothing where nothing is lost, and says each number', async () => {
  await stage()
  const report = await check()
  expect(wrongLaws(report)).toEqual([])
  expect(report).toMatchObject({ ok: true, stranded: [], strays: [] })
  const lines = formatAudit(report)
  expect(lines).toContain('ok    received = accepted + duplicates + quarantined + held: 7 = 5 accepted + 1 quarantined + 1 held')
  expect(lines).toContain(
    `ok    ${Crm}: accepted = delivered + suppressed + notWanted + parked + discarded + forgotten + waiting: 4 = 3 delivered + 1 waiting`,
  )
  expect(lines).toContain(`ok    ${Crm}: delivered: 3 counted, 3 in the ledger`)
  expect(lines).toContain('ok    the quarantine holds at most what was held or quarantined: 2 there, 2 counted')
  expect(lines.at(-1)).toBe('Nothing is lost: every number adds up, and everything that is still to be done has its job.')
})

describe('what is lost is found:', () => {
  const counter = (name: string) => parts.store.redis.hincrby('{leadsync}:counters', name, 1)

  it.each([
    { what: 'a counter of what came in', lose: () => counter('received'), law: /^received = .*: 8 ≠ 5 accepted/ },
    {
      what: 'a counter of a CRM',
      lose: () => counter(`crm:${Crm}:suppressed`),
      law: /accepted = .*: 4 ≠ 3 delivered \+ 1 suppressed/,
    },
    {
      what: 'an entry of the ledger',
      lose: () => parts.store.redis.del(`{leadsync}:lead:${leadKey('lead-1')}`),
      law: /delivered: 3 counted, 2 in the ledger: entries are missing/,
    },
    {
      what: 'all counters',
      lose: () => parts.store.redis.del('{leadsync}:counters'),
      law: /delivered: 0 counted, 3 in the ledger: counters were lost/,
    },
    {
      what: 'a whole follow-up',
      lose: async () => parts.store.redis.del(...(await parts.store.redis.keys('{leadsync}:plan:*'))),
      law: /follow-up steps waiting: 2 counted, 0 in the ledger: entries are missing/,
    },
  ])('$what', async ({ lose, law }) => {
    await stage()
    await lose()
    const report = await check()
    expect(report.ok).toBe(false)
    expect(wrongLaws(report).join('\n')).toMatch(law)
    expect(formatAudit(report).at(-1)).toContain('leadsync rebuild')
  })

  it('entries that may have aged out are none, but those that something waits for are', async () => {
    await stage()
    await parts.store.redis.del(`{leadsync}:lead:${leadKey('lead-1')}`)
    expect(await check({ mayHaveAged: true })).toMatchObject({ ok: true })
    await parts.store.redis.del(`{leadsync}:lead:${leadKey('lead-4')}`)
    const report = await check({ mayHaveAged: true })
    expect(wrongLaws(report)).toEqual([expect.stringContaining('waiting: 1 counted, 0 in the ledger')])
    expect(report.strays).toMatchObject([{ lead: leadKey('lead-4'), hasFailed: false }])
  })

  it.each([
    { what: 'the job of a delivery', lose: () => queue().remove(deliveryJobId(Crm, 'lead-4')), names: /^\w+ in hubspot$/ },
    {
      what: 'the place of a delivery’s job in its list',
      lose: () => parts.store.redis.lrem(queue().toKey('wait'), 0, deliveryJobId(Crm, 'lead-4')),
      names: /^\w+ in hubspot$/,
    },
    {
      what: 'the job of a step',
      lose: async () => {
        const [first] = await parts.queues.followUps.getDelayed()
        const [waiting] = await parts.queues.followUps.getWaiting()
        // Its lead's delivery has ended: that would add it again.
        await queue().remove(deliveryJobId(Crm, 'lead-4'))
        await parts.store.ledger.decline(Crm, leadKey('lead-4'))
        await (first ?? waiting)?.remove()
      },
      names: /^\w+\.sales\.\d in hubspot$/,
    },
  ])('$what, and it comes back with --mend', async ({ lose, names }) => {
    await stage()
    await lose()
    const report = await check()
    expect(report.ok).toBe(false)
    expect(report.stranded.map(({ name }) => name)).toEqual([expect.stringMatching(names)])
    expect(formatAudit(report).join('\n')).toContain('leadsync status --audit --mend adds its job again')

    expect(await check({ mend: true })).toMatchObject({ ok: true, stranded: [{ mended: true }] })
    expect(await check()).toMatchObject({ ok: true, stranded: [] })
    expect(await mendJobs({ scripts: parts.store.scripts, jobs, pauseMs: 20 })).toEqual([])
  })

  it('a lead that nobody routes: only a journal can bring it back', async () => {
    await stage()
    await parts.queues.leads.remove(leadJobId('lead-5'))
    const report = await check({ mend: true })
    expect(report).toMatchObject({ ok: false, stranded: [{ work: { kind: 'lead' }, mended: false }] })
    expect(formatAudit(report).join('\n')).toContain('start the daemon whose journal has it')
  })

  it('a dead letter without a job, which is tried once more, and a job without a dead letter', async () => {
    const refused = new DeliveryError('invalid', `${Crm}: its company is none.`)
    crm.fail({ on: 'write', error: refused, times: 10, when: () => true })
    await parts.add(person(1), person(2))
    parts.startDelivering(crm)
    await until('both are parked', async () => (await queue().getFailedCount()) === 2)
    expect(await check()).toMatchObject({ ok: true })
    await queue().remove(deliveryJobId(Crm, 'lead-1'))
    expect((await check()).stranded).toMatchObject([{ name: `${leadKey('lead-1')} in ${Crm}`, state: 'parked' }])
    expect(await check({ mend: true })).toMatchObject({ ok: true })
    await until('it is parked again', async () => (await queue().getFailedCount()) === 2)

    await parts.store.redis.hset(`{leadsync}:lead:${leadKey('lead-2')}`, `crm:${Crm}`, 'discarded')
    const report = await check()
    expect(report.strays).toMatchObject([{ id: deliveryJobId(Crm, 'lead-2'), hasFailed: true }])
    expect(formatAudit(report).join('\n')).toContain(`leadsync dead-letters discard ${deliveryJobId(Crm, 'lead-2')} --yes`)
  })
})

it('calls nothing wrong that only takes a moment: the job of a delivery that comes after the first look', async () => {
  await parts.store.enter(person(1))
  let looks = 0
  class Slow extends WorkJobs {
    override async without(works: Parameters<WorkJobs['without']>[0]) {
      const missing = await super.without(works)
      looks += missing.length
      if (looks === 1) await parts.add(person(1))
      return missing
    }
  }
  const slow = new Slow(parts.queues, createFollowUpJobs(parts.queues, Date.now))
  const { scripts } = parts.store
  expect(await audit({ scripts, jobs: slow, mayHaveAged: false, mend: false, pauseMs: 1 })).toMatchObject({
    ok: true,
    stranded: [],
  })
  expect(looks).toBe(1)
})

it('finds nothing while leads come in, are routed, delivered and parked', async () => {
  parts.startRouting([{ name: Crm, wants: () => 'yes' }])
  parts.startDelivering(crm, { concurrency: 5 })
  const intake = new LeadIntake(parts.store.redis, parts.store.register, parts.queues)
  let sent = 0
  let stopped = false
  const sending = (async () => {
    while (!stopped) {
      const lead = makeLead({
        id: `busy-${sent}`,
        person: { email: `busy-${sent % 40}@people.example` },
        receivedAt: hours(sent),
      })
      await intake.accept([{ kind: 'accepted', lead, receipt: `r${sent}`, contentKey: null, idempotency: null }])
      sent += 1
    }
  })()
  await until('leads are under way', () => sent > 50)
  for (let n = 0; n < 3; n++) {
    const report = await check()
    expect(wrongLaws(report)).toEqual([])
    expect(report).toMatchObject({ ok: true })
  }
  stopped = true
  await sending
  await until('all are delivered', async () => (await parts.store.counters()).crms[Crm]?.delivered === sent)
  expect(await check()).toMatchObject({ ok: true })
})
