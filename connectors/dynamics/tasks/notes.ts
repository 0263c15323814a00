import { DeliveryError, type Judged, type RecordWrite, type Touch, type WriteOutcome } from '../../../src/core/index.ts'
import { htmlOf } from '../../kit/html-text.ts'
import { showEach } from '../../kit/touches.ts'
import { sentence } from '../errors.ts'
import { activityId } from '../org/ids.ts'
import { type Activity, bindingOf, createActivities } from './activities.ts'
import type { ActivityContext } from './activity-lookup.ts'

const Subject = 'Marketplace lead'

/** Shows each written record's touches as notes, which stand in its timeline. */
export function showTouches(
  writes: readonly RecordWrite[],
  outcomes: readonly Judged<WriteOutcome>[],
  context: ActivityContext,
): Promise<Judged<WriteOutcome>[]> {
  return showEach(writes, outcomes, {
    entry: (touch, outcome) => noteOf(touch, outcome, context),
    async create(notes) {
      const made = await createActivities('annotations', notes.filter(isPossible), context)
      const madeOf = new Map(notes.filter(isPossible).map((note, index) => [note, made[index]]))
      return notes.map((note) => (isPossible(note) ? (madeOf.get(note) ?? null) : note))
    },
    field: 'annotation',
  })
}

function noteOf({ id, text }: Touch, { object, id: recordId }: WriteOutcome, { org, crm }: ActivityContext): Judged<Activity> {
  const parent = org.navigation('annotation', 'objectid', object)
  const record = bindingOf({ object, id: recordId })
  if (parent === null || record === null) {
    const say = `a ${object} takes no notes here, so the lead does not show in its timeline. Turn notes on for the table.`
    return new DeliveryError('invalid', sentence(crm, say))
  }
  const columns = {
    subject: Subject,
    // Shown as rich text: what a customer typed must not become markup.
    notetext: htmlOf(text),
    isdocument: false,
    [`${parent}@odata.bind`]: record,
  }
  return { id: activityId('note', id), columns, ownerKey: null }
}

function isPossible(note: Judged<Activity>): note is Activity {
  return !(note instanceof DeliveryError)
}
