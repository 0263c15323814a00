import type { AcceptResult } from './accept.ts'
import type { DeliverResult } from './deliver.ts'
import type { FollowUpsResult } from './follow-ups.ts'

type Row = readonly [name: string, value: string, note: string]

export function acceptRows(result: AcceptResult): Row[] {
  const { accepted, p50Ms, p99Ms, perSecond, bareAddsPerSecond, bareIntakePerSecond, ratioToAdds, ratioToIntake } = result
  return [
    ['accept', `${whole(perSecond)} leads/s`, `${whole(accepted)} leads, p50 ${p50Ms} ms, p99 ${p99Ms} ms, 5xx ${result.fivexx}`],
    ['  CPU per lead', '', cpu({ intake: result.intakeCpuUs, Redis: result.redisCpuUs })],
    ['  bare queue.add', `${whole(bareAddsPerSecond)} jobs/s`, ratios(ratioToAdds, result.cpuRatioToAdds)],
    ['  bare Fastify + fsync', `${whole(bareIntakePerSecond)} leads/s`, ratios(ratioToIntake, null)],
  ]
}

export function deliverRows(result: DeliverResult): Row[] {
  const { delivered, perSecond, requestsPer1000, barePerSecond, ratio } = result
  return [
    ['deliver', `${whole(perSecond)} leads/s`, `${whole(delivered)} leads, ${requests(requestsPer1000, 'leads')}`],
    [
      '  CPU per lead',
      '',
      cpu({ worker: result.workerCpuUs, Redis: result.redisCpuUs, 'HubSpot stand-in': result.sandboxCpuUs }),
    ],
    ['  bare BullMQ, two hops', `${whole(barePerSecond)} leads/s`, ratios(ratio, result.cpuRatio)],
    ['  CPU per lead', '', cpu({ worker: result.bareWorkerCpuUs, Redis: result.bareRedisCpuUs })],
  ]
}

export function followUpRows(result: FollowUpsResult): Row[] {
  const { tasks, perSecond, requestsPer1000, deliveriesPerSecond, ratio, workerCpuUs, redisCpuUs } = result
  return [
    ['follow up', `${whole(perSecond)} tasks/s`, `${whole(tasks)} tasks due at once, ${requests(requestsPer1000, 'tasks')}`],
    ['  CPU per task', '', cpu({ worker: workerCpuUs, Redis: redisCpuUs })],
    ['  delivery of the same leads', `${whole(deliveriesPerSecond)} leads/s`, ratios(ratio, null)],
  ]
}

/** Columns as wide as their widest cell. */
export function tableOf(rows: readonly Row[]): string {
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length))
  const [names, numbers] = [width(0), width(1)]
  return rows.map(([name, value, note]) => `${name.padEnd(names)}  ${value.padStart(numbers)}   ${note}`.trimEnd()).join('\n')
}

function requests(per1000: number | null, what: string): string {
  return per1000 === null ? 'more requests than were counted' : `${per1000} requests per 1,000 ${what}`
}

function ratios(throughput: number, ofCpu: number | null): string {
  return `ratio ${throughput.toFixed(2)}${ofCpu === null ? '' : `, by CPU ${ofCpu.toFixed(2)}`}`
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US')
}

function cpu(us: Readonly<Record<string, number | null>>): string {
  return Object.entries(us)
    .map(([name, value]) => `${name} ${value === null ? 'not known' : `${value} µs`}`)
    .join(', ')
}
