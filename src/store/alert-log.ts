import { randomUUID } from 'node:crypto'
import { type AlertEvent, cut } from '../core/index.ts'
import type { Alert, AlertBatch, AlertBatchRef, AlertLane, AlertLog, AlertSample } from '../delivery/alerts.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

const MostSamples = 20
const LongestReason = 300
/** Of no use to anybody later; it is what ends batches that nobody sends any more, as the webhook was taken out of the configuration. */
const KeepSeconds = 7 * 24 * 3_600

export class RedisAlertLog implements AlertLog {
  readonly #scripts: Scripts

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  async gather(alert: Alert, now: number): Promise<{ readonly batch: AlertBatchRef; readonly opened: boolean }> {
    const { lead, code = null, reason } = alert
    const sample: AlertSample = { lead, code, reason: reason === null ? null : cut(reason, LongestReason) }
    const args = [nameOf(alert), randomUUID(), now, JSON.stringify(sample), MostSamples, KeepSeconds]
    const [id, opened] = (await this.#scripts.run('alert', 'gather', ...args)) as [string, number]
    return { batch: { ...laneOf(alert), id }, opened: opened === 1 }
  }

  async take(batch: AlertBatchRef): Promise<AlertBatch | 'busy' | 'gone'> {
    const answer = await this.#scripts.run('alert', 'take', nameOf(batch), batch.id, KeepSeconds)
    const [verdict, stored = []] = answer as ['taken' | 'busy' | 'gone', string[]?]
    if (verdict !== 'taken') return verdict
    const fields = new Map<string, string>()
    for (let at = 0; at < stored.length; at += 2) fields.set(stored[at] ?? '', stored[at + 1] ?? '')
    const number = (name: string) => Number(fields.get(name) ?? 0)
    return {
      ...batch,
      count: number('count'),
      since: number('since'),
      until: number('until'),
      samples: samplesIn(fields),
    }
  }

  async forget(batch: AlertBatchRef): Promise<void> {
    await this.#scripts.run('alert', 'forget', nameOf(batch), batch.id)
  }

  async standing(): Promise<readonly AlertBatchRef[]> {
    const { redis } = this.#scripts
    const lanes = await redis.smembers(`${KeyPrefix}alerts`)
    const found = lanes.flatMap((lane) =>
      ['', ':taken'].map((part) => batchAt(lane, redis.hget(`${KeyPrefix}alert:${lane}${part}`, 'id'))),
    )
    return (await Promise.all(found)).filter((batch) => batch !== null)
  }
}

async function batchAt(lane: string, id: Promise<string | null>): Promise<AlertBatchRef | null> {
  const [event = '', crm = ''] = lane.split(':')
  const stored = await id
  return stored === null ? null : { event: event as AlertEvent, crm: crm === '' ? null : crm, id: stored }
}

function samplesIn(fields: ReadonlyMap<string, string>): readonly AlertSample[] {
  const texts = Array.from({ length: MostSamples }, (_, index) => fields.get(`sample${index + 1}`))
  return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as AlertSample)
}

function laneOf({ event, crm }: AlertLane): AlertLane {
  return { event, crm }
}

function nameOf({ event, crm }: AlertLane): string {
  return `${event}:${crm ?? ''}`
}
