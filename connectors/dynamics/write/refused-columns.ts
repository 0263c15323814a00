import { DeliveryError, type DroppedField, type Judged, type WriteOutcome } from '../../../src/core/index.ts'
import { judgeRows, type Reach, type Sent } from '../../kit/bisect.ts'
import { isOrgWide } from '../../kit/passing.ts'
import { sentence } from '../errors.ts'
import { SetNames } from '../org/table.ts'
import type { Reply } from '../requests/operation.ts'
import { contactIdColumnOf } from '../settings.ts'
import { operationOf, type Row } from './plan.ts'
import { type Answered, type Outcomes, rowAnswerOf, type WriteContext } from './row-answer.ts'

/**
 * Judges records that were refused for a value without being told for which. Each is written with what it can't be without, and the rest is
 * added in halves of halves, so that the one bad value costs itself alone. Where the definitions are known no request is needed for
 * this: they say beforehand what a column takes.
 */
export async function judgeColumns(
  met: readonly Answered<'unnamed'>[],
  outcomes: Outcomes,
  context: WriteContext,
): Promise<void> {
  const rows = met.map(({ row }) => row).filter((row) => othersOf(row, context).length > 0)
  const written = await writeNeeded(rows, context)
  for (const [place, row] of rows.entries()) {
    const base = written[place]
    if (base === undefined) continue
    outcomes.set(row.index, base instanceof DeliveryError ? base : await withOthers(row, base, context))
  }
}

async function writeNeeded(rows: readonly Row[], context: WriteContext): Promise<Judged<WriteOutcome>[]> {
  const light = rows.map((row) => without(row, othersOf(row, context)))
  const sent = light.filter(({ way, body }) => way === 'create' || Object.keys(body).length > 0)
  const replies =
    sent.length === 0
      ? []
      : await context.api.all(
          sent.map((row) => operationOf(row, context)),
          context.signal,
        )
  return light.map((row) => {
    const { kind, id } = row
    const place = sent.indexOf(row)
    if (place < 0 && id !== null) return { object: kind, id, result: 'unchanged', dropped: row.dropped }
    const answer = rowAnswerOf(row, replies[place], context)
    return answer.kind === 'judged' ? answer.judged : answer.error
  })
}

async function withOthers(row: Row, base: WriteOutcome, context: WriteContext): Promise<Judged<WriteOutcome>> {
  const names = othersOf(row, context)
  const known: Row = { ...row, way: 'update', id: base.id, address: `${SetNames[row.kind]}(${base.id})` }
  const judged = await judgeRows<string, true>(names, batchesOf(known, context), context.effort)
  const dropped: DroppedField[] = []
  for (const [name, one] of judged) {
    if (one === true) continue
    // What time may mend is sent again whole; what is written by then is found there.
    if (one.code !== 'invalid') return one
    dropped.push({ field: row.origins.get(name) ?? name, reason: one.message })
  }
  const result = base.result === 'unchanged' && dropped.length < names.length ? 'updated' : base.result
  return { ...base, result, dropped: [...base.dropped, ...dropped] }
}

function batchesOf(row: Row, context: WriteContext) {
  const { api, crm, signal } = context
  return {
    async send(names: readonly string[]): Promise<Sent<string, true>> {
      const unsent = Object.keys(row.body).filter((name) => !names.includes(name))
      const [reply] = await api.all([operationOf(without(row, unsent), context)], signal)
      return sentOf(names, reply)
    },
    names: (name: string, fields: readonly string[]) => fields.includes(name.replace(/@odata\.bind$/, '')),
    exhausted: () =>
      new DeliveryError('unavailable', sentence(crm, 'it refused too many values of one batch. The rest is sent later.')),
  }
}

function sentOf(names: readonly string[], reply: Reply | undefined): Sent<string, true> {
  if (reply?.kind === 'refused') return { kind: 'refused', error: reply.error, reach: reachOf(reply.error) }
  return { kind: 'answered', judged: new Map(names.map((name) => [name, true as const])), undecided: [] }
}

function reachOf(error: DeliveryError): Reach {
  if (isOrgWide(error)) return 'org'
  if (error.code !== 'invalid') return 'request'
  return error.fields.length > 0 ? 'field' : 'row'
}

/** Columns that the record can be without. Placeholders and opt-outs stand for no field of the write, and stay. */
function othersOf({ body, origins, write }: Row, { settings }: WriteContext): string[] {
  return Object.keys(body).filter((name) => {
    const field = origins.get(name)
    return field !== undefined && field !== contactIdColumnOf(settings) && !write.required.includes(field)
  })
}

function without(row: Row, names: readonly string[]): Row {
  return { ...row, body: Object.fromEntries(Object.entries(row.body).filter(([name]) => !names.includes(name))) }
}
