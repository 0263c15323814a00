import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestRedis, type TestRedis } from '../kit/redis.ts'
import { Crms } from '../kit/three-crms.ts'
import { has, Happenings, type HappeningName } from './happenings.ts'
import { rulesOf } from './rules.ts'
import { live, type Row } from './run.ts'
import { openStand } from './stand.ts'
let redis: TestRedis
beforeAll(async () => { redis = await startTestRedis() })
afterAll(() => redis.stop())
it.each(Object.values(Crms))('$name', async (crm) => {
  const t0 = performance.now()
  const stand = await openStand(crm, redis.url, rulesOf(crm))
  await stand.store.redis.flushall()
  const rows: Row[] = []
  for (const happens of Object.keys(Happenings) as HappeningName[]) {
    if (!has(crm, happens)) continue
    if (!happens.startsWith('the first')) rows.push({ happens, when: 'before' })
    rows.push({ happens, when: 'between' })
    if (['no calls', 'no e-mail'].includes(happens)) rows.push({ happens, when: 'before', by: 'mail' }, { happens, when: 'between', by: 'mail' })
    if (happens === 'joined') rows.push({ happens, when: 'before', known: 'by telephone' }, { happens, when: 'between', known: 'by telephone' })
    if (['nothing','converted', 'deleted', 'erased','merged', "an admin's no", 'closed', 'given to Sam', 'joined'].includes(happens)) rows.push({ happens, when: 'unheard' })
    if (happens === 'joined') rows.push({ happens, when: 'unheard', known: 'by telephone' })
  }
  const t1 = performance.now()
  try {
  const lived = await live(stand, rows)
  const t2 = performance.now()
  console.log(crm.name, t1 - t0, t2 - t1, process.cpuUsage())
  console.log(lived.map(({ row, seen, again }) => [row.happens, row.when, row.known ?? row.by ?? '', ...Object.values(seen), JSON.stringify(seen) === JSON.stringify(again) ? '' : `AGAIN ${JSON.stringify(again)}`].join(' | ')).join('\n'))
  } finally {
  console.log([...new Set(stand.lines.filter(l=>l.level!=='debug').map(l => JSON.stringify([l.level, l.facts, l.message])))].slice(0,12).join('\n'))
  await stand.stop()
  }
  expect(1).toBe(1)
}, 120000)
