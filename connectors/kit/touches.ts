import { DeliveryError, type Judged, type RecordWrite, type Touch, type WriteOutcome } from '../../src/core/index.ts'

export interface Showing<A> {
  entry(touch: Touch, outcome: WriteOutcome): A
  create(entries: readonly A[]): Promise<readonly Judged<unknown>[]>
  /** By what name an entry that was left out is spoken of. */
  readonly field: string
}

/**
 * Shows each written record's touches as entries of their own. One that could not be made now makes the write repeat, which changes nothing
 * else; one that the CRM will never take is left out.
 */
export async function showEach<A>(
  writes: readonly RecordWrite[],
  outcomes: readonly Judged<WriteOutcome>[],
  { entry, create, field }: Showing<A>,
): Promise<Judged<WriteOutcome>[]> {
  const wanted = writes.flatMap(({ touches }, index) => {
    const outcome = outcomes[index]
    if (!outcome || outcome instanceof DeliveryError) return []
    return (touches ?? []).map((touch) => ({ index, entry: entry(touch, outcome) }))
  })
  if (wanted.length === 0) return [...outcomes]
  const shown = await create(wanted.map((one) => one.entry))
  const judged = [...outcomes]
  for (const [place, { index }] of wanted.entries()) {
    const [one, outcome] = [shown[place], judged[index]]
    if (outcome && one instanceof DeliveryError) judged[index] = without(one, field, outcome)
  }
  return judged
}

function without(refusal: DeliveryError, field: string, outcome: Judged<WriteOutcome>): Judged<WriteOutcome> {
  if (outcome instanceof DeliveryError || refusal.code !== 'invalid') return refusal
  return { ...outcome, dropped: [...outcome.dropped, { field, reason: refusal.message }] }
}
