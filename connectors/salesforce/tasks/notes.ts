import { DeliveryError, dayIn, type Judged, type RecordWrite, type Touch, type WriteOutcome } from '../../../src/core/index.ts'
import { markerOf } from '../../kit/marks.ts'
import { showEach } from '../../kit/touches.ts'
import { createActivities } from './activities.ts'
import type { Activity, ActivityContext } from './activity-lookup.ts'
import type { TaskFacts, TaskFactsReader } from './task-facts.ts'
import { descriptionOf, subjectOf } from './task-text.ts'

export interface NoteContext extends ActivityContext {
  readonly taskFacts: TaskFactsReader
}

/**
 * Shows each written record's touches as completed tasks: they stand in the activity history beside calls and mails, in one request for 200.
 * Salesforce's notes are files that have to be made and then linked, and are found by nobody's report.
 */
export function showTouches(
  writes: readonly RecordWrite[],
  outcomes: readonly Judged<WriteOutcome>[],
  context: NoteContext,
): Promise<Judged<WriteOutcome>[]> {
  return showEach(writes, outcomes, {
    entry: (touch, outcome) => ({ touch, outcome }),
    async create(entries) {
      const facts = await context.taskFacts.read(context)
      if (facts instanceof DeliveryError) return entries.map(() => facts)
      return createActivities(
        entries.map(({ touch, outcome }) => noteOf(touch, outcome, facts)),
        context,
      )
    },
    field: 'Task',
  })
}

function noteOf({ id, at, text }: Touch, { id: whoId, result }: WriteOutcome, facts: TaskFacts): Activity {
  const marker = markerOf('notes', id)
  return {
    whoId,
    marker,
    fields: {
      Subject: subjectOf(`Marketplace lead: ${text.split('\n', 1)[0] ?? ''}`),
      Status: facts.closedStatus,
      ActivityDate: dayIn(Date.parse(at), facts.timeZone),
      Description: `${descriptionOf(text)}\n\n[${marker}]`,
    },
    isFirst: result === 'created',
  }
}
