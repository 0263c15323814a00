import {
  boolean,
  businessRequired,
  defineColumn,
  instant,
  integer,
  lookup,
  lookupOfAny,
  memo,
  picklist,
  readOnly,
  text,
} from '../column.ts'
import { ownership, primaryId, stamps, states } from './system-columns.ts'
import { defineTable, type TableDefinition } from './table-definition.ts'

// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/task
export function taskTable(): TableDefinition {
  return defineTable({
    logicalName: 'task',
    schemaName: 'Task',
    entitySet: 'tasks',
    label: 'Task',
    labelPlural: 'Tasks',
    objectTypeCode: 4212,
    primaryId: 'activityid',
    primaryName: 'subject',
    isActivity: true,
    privilege: 'Activity',
    columns: [
      primaryId('activityid', 'Task'),
      businessRequired(text('subject', 'Subject', 200)),
      memo('description', 'Description', 2000),
      text('category', 'Category', 250),
      text('subcategory', 'Sub-Category', 250),
      instant('scheduledstart', 'Start Date'),
      instant('scheduledend', 'Due Date'),
      instant('actualstart', 'Actual Start'),
      instant('actualend', 'Actual End'),
      integer('actualdurationminutes', 'Duration', 0, 2_147_483_647),
      integer('percentcomplete', 'Percent Complete', 0, 100),
      picklist('prioritycode', 'Priority', { 0: 'Low', 1: 'Normal', 2: 'High' }, { defaultValue: 1 }),
      readOnly(defineColumn('activitytypecode', 'String', { label: 'Activity Type', defaultValue: 'task' })),
      lookupOfAny('regardingobjectid', 'Regarding', ['lead', 'contact', 'account'], '_task'),
      lookup('transactioncurrencyid', 'Currency', 'transactioncurrency', 'transactioncurrencyid_task'),
      ...states([
        {
          state: 'Open',
          reasons: [
            [2, 'Not Started'],
            [3, 'In Progress'],
            [4, 'Waiting on someone else'],
            [7, 'Deferred'],
          ],
        },
        { state: 'Completed', reasons: [[5, 'Completed']] },
        { state: 'Canceled', reasons: [[6, 'Canceled']] },
      ]),
      ...ownership('_task'),
      ...stamps('_task'),
    ],
  })
}

// https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/annotation
export function annotationTable(): TableDefinition {
  return defineTable({
    logicalName: 'annotation',
    schemaName: 'Annotation',
    entitySet: 'annotations',
    label: 'Note',
    labelPlural: 'Notes',
    objectTypeCode: 5,
    primaryName: 'subject',
    privilege: 'Note',
    columns: [
      primaryId('annotationid', 'Note'),
      text('subject', 'Title', 500),
      memo('notetext', 'Description', 100_000, { format: 'RichText' }),
      boolean('isdocument', 'Is Document'),
      text('filename', 'File Name', 255),
      text('mimetype', 'Mime Type', 256),
      text('documentbody', 'Document', 1_073_741_823),
      text('langid', 'Language ID', 2),
      lookupOfAny('objectid', 'Regarding', ['lead', 'contact', 'account', 'task']),
      readOnly(defineColumn('objecttypecode', 'String', { label: 'Object Type' })),
      ...ownership(),
      ...stamps(),
    ],
  })
}
