import { DeliveryError, type Judged } from '../../src/core/index.ts'

/** A task or note to be made once. */
export interface Marked {
  /** Unique to it; it stands where the CRM can be asked for it. */
  readonly marker: string
  /** Nothing of ours can be there yet: the record it is about was made a moment ago. */
  readonly isFirst: boolean
}

export interface Made {
  readonly id: string
  readonly isNew: boolean
}

export interface Making<A> {
  readonly batchSize: number
  /** Which are there already: marker → id. What can't be looked up must not be made. */
  find(activities: readonly A[]): Promise<ReadonlyMap<string, string> | DeliveryError>
  make(rows: readonly A[]): Promise<ReadonlyMap<A, Judged<Made>>>
  unjudged(): DeliveryError
}

/** Makes those that are not there yet, same length and order; one that is asked for twice is made once. */
export async function makeOnce<A extends Marked>(activities: readonly A[], making: Making<A>): Promise<Judged<Made>[]> {
  const judged = new Map<string, Judged<Made>>()
  const known = await making.find(activities.filter(({ isFirst }) => !isFirst))
  if (known instanceof DeliveryError) return activities.map(() => known)
  for (const [marker, id] of known) judged.set(marker, { id, isNew: false })
  const missing = new Map(activities.filter(({ marker }) => !judged.has(marker)).map((one) => [one.marker, one]))
  const rows = [...missing.values()]
  for (let from = 0; from < rows.length; from += making.batchSize) {
    for (const [{ marker }, made] of await making.make(rows.slice(from, from + making.batchSize))) judged.set(marker, made)
  }
  return activities.map(({ marker }) => judged.get(marker) ?? making.unjudged())
}

/** What became of rows whose request was not answered: those that are there now were made by it. */
export function foundOr<A extends Marked>(
  rows: readonly A[],
  found: ReadonlyMap<string, string>,
  silence: DeliveryError,
): Map<A, Judged<Made>> {
  const judged = new Map<A, Judged<Made>>()
  for (const row of rows) {
    const id = found.get(row.marker)
    judged.set(row, id === undefined ? silence : { id, isNew: true })
  }
  return judged
}
