import { DeliveryError, type RecordRef } from '../../../src/core/index.ts'
import { sentence } from '../errors.ts'
import { IdColumns, SetNames } from '../org/table.ts'
import { eqAny, isGuid } from '../requests/odata.ts'
import type { Operation } from '../requests/operation.ts'
import { Page } from '../wire.ts'
import type { Row } from './plan.ts'
import type { Answered, Outcomes, WriteContext } from './row-answer.ts'

/** `.1`, `.2`: a record made beside a closed one. */
const Another = /\.\d+$/

/**
 * Judges new records that a duplicate detection rule took for others. One record of the same table is who is meant: the next match finds
 * it, and what is written to it is decided as for any other. Where the refusal does not name it, the one with the same e-mail is it.
 */
export async function judgeDoubles(met: readonly Answered<'double'>[], outcomes: Outcomes, context: WriteContext): Promise<void> {
  const { api, crm, signal, holders } = context
  const creates = met.filter(({ row }) => row.way === 'create' && !Another.test(row.write.contactId))
  const unnamed = creates.filter(({ row, answer }) => answer.holder === null && row.write.email !== null)
  const replies =
    unnamed.length === 0
      ? []
      : await api.all(
          unnamed.map(({ row }) => likeOf(row)),
          signal,
        )
  for (const { row, answer } of creates) {
    const reply = replies[unnamed.findIndex((one) => one.row === row)]
    if (reply?.kind === 'refused') outcomes.set(row.index, reply.error)
    const id = answer.holder ?? onlyId(reply?.kind === 'ok' ? reply.body : null, row)
    if (id === null || isKnown(holders.of(row.write.contactId), id)) continue
    holders.learn(row.write.contactId, { object: row.kind, id })
    const say = `a duplicate detection rule found the same customer in another ${row.kind}. That one is looked up.`
    outcomes.set(row.index, new DeliveryError('conflict', sentence(crm, say)))
  }
}

function likeOf({ kind, write }: Row): Operation {
  const filter = eqAny('emailaddress1', [write.email ?? ''])
  return {
    method: 'GET',
    path: `${SetNames[kind]}?$select=${IdColumns[kind]}&$filter=statecode%20eq%200%20and%20${filter}&$top=2`,
  }
}

function onlyId(body: unknown, { kind }: Row): string | null {
  const found = Page.safeParse(body).data?.value ?? []
  const id = found.length === 1 ? found[0]?.[IdColumns[kind]] : undefined
  return typeof id === 'string' && isGuid(id) ? id.toLowerCase() : null
}

/** It was looked up before, and yet this was to be a new record: looking again would change nothing. */
function isKnown(holder: RecordRef | null, id: string): boolean {
  return holder?.id === id
}
