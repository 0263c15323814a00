import { DeliveryError, type Judged, type RecordWrite, type Touch, type WriteOutcome } from '../../src/core/index.ts'
import { type Activity, createActivities } from './activities.ts'
import { markerOf } from './activity-lookup.ts'
import { htmlOf } from './activity-text.ts'
import type { ReadContext } from './read.ts'

/**
 * Shows each written contact's touches as notes. A note that could not be made now makes the write repeat, which changes nothing else;
 * one that HubSpot will never take is left out.
 */
export async function noteTouches(
  writes: readonly RecordWrite[],
  outcomes: readonly Judged<WriteOutcome>[],
  context: ReadContext,
): Promise<Judged<WriteOutcome>[]> {
  const wanted = writes.flatMap(({ touches }, index) => {
    const outcome = outcomes[index]
    if (!outcome || outcome instanceof DeliveryError) return []
    return (touches ?? []).map((touch) => ({ index, activity: noteOf(touch, outcome) }))
  })
  if (wanted.length === 0) return [...outcomes]
  const notes = await createActivities(
    'notes',
    wanted.map(({ activity }) => activity),
    context,
  )
  const judged = [...outcomes]
  for (const [place, { index }] of wanted.entries()) {
    const [note, outcome] = [notes[place], judged[index]]
    if (outcome && note instanceof DeliveryError) judged[index] = without(note, outcome)
  }
  return judged
}

function noteOf({ id, at, text }: Touch, outcome: WriteOutcome): Activity {
  const marker = markerOf('notes', id)
  return {
    contactId: outcome.id,
    marker,
    properties: { hs_timestamp: at, hs_note_body: `${htmlOf(text)}<br><br>[${marker}]` },
    isFirst: outcome.result === 'created',
  }
}

function without(note: DeliveryError, outcome: Judged<WriteOutcome>): Judged<WriteOutcome> {
  if (outcome instanceof DeliveryError || note.code !== 'invalid') return note
  return { ...outcome, dropped: [...outcome.dropped, { field: 'hs_note_body', reason: note.message }] }
}
