import { DeliveryError, isTimeZone } from '../../../src/core/index.ts'
import { type QueryContext, query } from '../requests/query.ts'
import type { WireRecord } from '../wire.ts'

/** What the org's tasks go by. An org that was made in another language than English has its statuses in that language. */
export interface TaskFacts {
  /** What a task begins with. */
  readonly openStatus: string
  readonly closedStatus: string
  /** In which the day of a touch is computed: it has no owner whose zone that could be. */
  readonly timeZone: string
}

export interface TaskFactsReader {
  /** As far as they may be read, else as a new English org has them; an error where time, or the operator, must first do something. */
  read(context: QueryContext): Promise<TaskFacts | DeliveryError>
}

// https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_taskstatus.htm
const Statuses = { soql: 'SELECT ApiName, IsClosed, IsDefault FROM TaskStatus ORDER BY SortOrder' }
const Organization = { soql: 'SELECT TimeZoneSidKey FROM Organization' }

const FreshMs = 60 * 60_000

/** Keeps what it read for an hour. */
export function createTaskFacts(now: () => number): TaskFactsReader {
  let facts: TaskFacts | null = null
  let staleAt = 0
  return {
    async read(context) {
      if (facts && now() < staleAt) return facts
      const [statuses = [], organizations = []] = await query([Statuses, Organization], context)
      const hindrance = [statuses, organizations].find(isHindrance)
      if (hindrance) return facts ?? hindrance
      facts = factsFrom(rowsOf(statuses), rowsOf(organizations))
      staleAt = now() + FreshMs
      return facts
    },
  }
}

// A user who may not see these is no reason to make no tasks; what is wrong for good is said by the requests that follow.
const NoHindrance = new Set<DeliveryError['code']>(['invalid', 'protocol', 'misconfigured'])

function isHindrance(answer: readonly WireRecord[] | DeliveryError): answer is DeliveryError {
  return answer instanceof DeliveryError && !NoHindrance.has(answer.code)
}

function rowsOf(answer: readonly WireRecord[] | DeliveryError): readonly WireRecord[] {
  return answer instanceof DeliveryError ? [] : answer
}

function factsFrom(statuses: readonly WireRecord[], organizations: readonly WireRecord[]): TaskFacts {
  const timeZone = organizations[0]?.TimeZoneSidKey
  return {
    openStatus: nameOf(statuses.find(({ IsDefault }) => IsDefault === true)) ?? 'Not Started',
    closedStatus: nameOf(statuses.find(({ IsClosed }) => IsClosed === true)) ?? 'Completed',
    timeZone: typeof timeZone === 'string' && isTimeZone(timeZone) ? timeZone : 'UTC',
  }
}

function nameOf(status: WireRecord | undefined): string | undefined {
  return typeof status?.ApiName === 'string' ? status.ApiName : undefined
}
