import type { Judged, RecordWrite, Touch, WriteOutcome } from '../../src/core/index.ts'
import { htmlOf } from '../kit/html-text.ts'
import { markerOf } from '../kit/marks.ts'
import { showEach } from '../kit/touches.ts'
import { type Activity, createActivities } from './activities.ts'
import type { ReadContext } from './read.ts'

/** Shows each written contact's touches as notes. */
export function noteTouches(
  writes: readonly RecordWrite[],
  outcomes: readonly Judged<WriteOutcome>[],
  context: ReadContext,
): Promise<Judged<WriteOutcome>[]> {
  const create = (notes: readonly Activity[]) => createActivities('notes', notes, context)
  return showEach(writes, outcomes, { entry: noteOf, create, field: 'hs_note_body' })
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
