import type {
  Connector,
  DroppedField,
  Judged,
  Match,
  MatchKeys,
  RecordRef,
  RecordWrite,
  TaskKey,
  TaskOutcome,
  TaskState,
  TaskWrite,
  WriteOutcome,
} from '../core/index.ts'
import { DeliveryError } from '../core/index.ts'
import { Batcher } from './batcher.ts'
import { type ContactHold, ContactLost } from './contact-hold.ts'

interface Held<T> {
  readonly item: T
  readonly hold: Pick<ContactHold, 'mayWrite'>
}

const Always: Pick<ContactHold, 'mayWrite'> = { mayWrite: () => true }

const WaitMs = 20
/** A task is not waited for as a lead may be: while one batch is under way the next one fills. Requests are what CRMs count. */
const TaskWaitMs = 250

/** One connector behind batchers: single records and tasks in, full batches out. The connector never sees one contact twice in a batch. */
export class BatchedConnector {
  readonly #connector: Connector
  readonly #matches: Batcher<MatchKeys, Match>
  readonly #writes: Batcher<Held<RecordWrite>, WriteOutcome>
  readonly #owners: Batcher<string, string | null>
  readonly #asked = new Map<string, Promise<string | null>>()
  readonly #newTasks: Batcher<Held<TaskWrite>, TaskOutcome>
  readonly #sought: Batcher<TaskKey, RecordRef | null>
  readonly #taskReads: Batcher<RecordRef, TaskState>
  readonly #withdrawals: Batcher<RecordRef, TaskState>

  constructor(connector: Connector, signal: AbortSignal) {
    const { matchBatch, writeBatch, taskBatch, concurrentRequests: concurrency } = connector.limits
    const tasks = { max: taskBatch, concurrency, waitMs: TaskWaitMs }
    this.#connector = connector
    this.#matches = new Batcher({ max: matchBatch, concurrency, waitMs: WaitMs, run: (keys) => connector.match(keys, signal) })
    this.#writes = new Batcher({
      max: writeBatch,
      concurrency,
      waitMs: WaitMs,
      run: onlyHeld((writes) => connector.write(writes, signal)),
    })
    this.#owners = new Batcher({ ...tasks, run: (owners) => connector.assignees(owners, signal) })
    this.#newTasks = new Batcher({ ...tasks, run: onlyHeld((some) => connector.createTasks(some, signal)) })
    this.#sought = new Batcher({ ...tasks, run: (keys) => connector.findTasks(keys, signal) })
    this.#taskReads = new Batcher({ ...tasks, run: (refs) => connector.readTasks(refs, signal) })
    this.#withdrawals = new Batcher({ ...tasks, run: (refs) => connector.withdrawTasks(refs, signal) })
  }

  match(keys: MatchKeys): Promise<Match> {
    return this.#matches.submit(keys)
  }

  /**
   * The CRM's own id of this person, null when there is no such one who can be given a task. Every task asks for the same few people, and what
   * the connector remembers helps only once it has answered: who asks meanwhile waits for that answer.
   */
  assignee(owner: string): Promise<string | null> {
    const known = this.#asked.get(owner)
    if (known) return known
    const asked = this.#owners.submit(owner)
    const forget = () => void this.#asked.delete(owner)
    this.#asked.set(owner, asked)
    asked.then(forget, forget)
    return asked
  }

  /** Rejects with `ContactLost` instead of making it when the contact is not held any more: two at once would not find each other's. */
  createTask(task: TaskWrite, hold = Always): Promise<TaskOutcome> {
    return this.#newTasks.submit({ item: task, hold })
  }

  /** The task that was made under this id about this record; null where none was, or where it is gone. */
  findTask({ id, record }: TaskKey): Promise<RecordRef | null> {
    return this.#sought.submit({ id, record })
  }

  readTask(task: RecordRef): Promise<TaskState> {
    return this.#taskReads.submit(task)
  }

  withdrawTask(task: RecordRef): Promise<TaskState> {
    return this.#withdrawals.submit(task)
  }

  /**
   * Writes one record. Fields that the CRM refuses and that are neither identity nor required are left out, once: a lead without its campaign
   * is worth more than a lead in the dead letters. Rejects with `ContactLost` instead of writing when the contact is not held any more.
   */
  async write(write: RecordWrite, hold = Always): Promise<WriteOutcome> {
    try {
      return await this.#writes.submit({ item: write, hold })
    } catch (error) {
      const lighter = error instanceof DeliveryError && error.code === 'invalid' ? this.#without(write, error) : null
      if (!lighter) throw error
      const outcome = isNothing(lighter.write) ? unchanged(write) : await this.#writes.submit({ item: lighter.write, hold })
      return { ...outcome, dropped: [...outcome.dropped, ...lighter.dropped] }
    }
  }

  #without(write: RecordWrite, error: DeliveryError): { write: RecordWrite; dropped: DroppedField[] } | null {
    const identity = this.#connector.identity(write.object)
    const needed = new Set([identity.email, identity.contactId, ...write.required])
    const refused = error.fields.filter((field) => Object.hasOwn(write.fields, field))
    if (refused.length === 0 || refused.length < error.fields.length || refused.some((field) => needed.has(field))) return null
    const fields = Object.fromEntries(Object.entries(write.fields).filter(([field]) => !refused.includes(field)))
    if (write.recordId === null && Object.keys(fields).length === 0) return null
    return { write: { ...write, fields }, dropped: refused.map((field) => ({ field, reason: error.message })) }
  }
}

/** Asked at the last moment: a batch may have waited for others, and the process may have stood still meanwhile. */
function onlyHeld<In, Out>(run: (items: readonly In[]) => Promise<readonly Judged<Out>[]>) {
  return async (all: readonly Held<In>[]): Promise<readonly (Judged<Out> | Error)[]> => {
    const held = all.filter(({ hold }) => hold.mayWrite())
    const judged = held.length === 0 ? [] : await run(held.map(({ item }) => item))
    if (held.length === all.length || held.length !== judged.length) return judged
    return all.map((one) => judged[held.indexOf(one)] ?? new ContactLost())
  }
}

function isNothing({ fields, touches = [], optOut = [] }: RecordWrite): boolean {
  return Object.keys(fields).length === 0 && touches.length === 0 && optOut.length === 0
}

function unchanged({ object, recordId }: RecordWrite): WriteOutcome {
  return { object, id: recordId ?? '', result: 'unchanged', dropped: [] }
}
