import { DeliveryError } from '../../../src/core/index.ts'
import type { ActivityContext } from './activity-lookup.ts'
import type { TaskFactsReader } from './task-facts.ts'
import type { TaskStyle } from './task-text.ts'

export interface StyleContext extends ActivityContext {
  readonly taskFacts: TaskFactsReader
  readonly withdrawnTaskStatus: string
  readonly withdrawnTaskPrefix: string
}

export async function styleOf(context: StyleContext): Promise<TaskStyle | DeliveryError> {
  const facts = await context.taskFacts.read(context)
  return facts instanceof DeliveryError ? facts : { ...context, facts }
}
