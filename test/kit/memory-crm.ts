import type {
  Connector,
  ContactChannel,
  DeliveryError,
  Fields,
  FieldValue,
  Judged,
  Match,
  MatchedRecord,
  MatchKeys,
  RecordRef,
  RecordWrite,
  TaskOutcome,
  TaskState,
  TaskWrite,
  WriteOutcome,
} from '../../src/core/index.ts'

const Methods = ['catalog', 'match', 'write', 'assignees', 'createTasks', 'findTasks', 'readTasks', 'withdrawTasks'] as const
type Method = (typeof Methods)[number]

/** What goes wrong next. Without `when` the whole call rejects; with it only the items that it picks are judged. */
export interface Fault {
  readonly on: Method
  readonly error: unknown
  /** How many calls (or items); 1 unless told. */
  readonly times?: number
  when?(item: { readonly contactId: string; readonly fields: Fields }): boolean
}

export interface MemoryRecord {
  readonly id: string
  readonly fields: Record<string, FieldValue>
  /** What others than Leadsync did with it; absent: nothing. */
  owner?: string
  closed?: boolean
  optOuts?: readonly ContactChannel[]
  /** What sales made of it. */
  object?: string
}

/** As it was asked for, and what became of it. */
export interface MemoryTask extends TaskWrite {
  status: 'open' | 'completed' | 'withdrawn'
  touched: boolean
}

/** A CRM in memory that keeps to the connector's contract: e-mail and contact id are unique, and every call may come twice. */
export interface MemoryCrm extends Connector {
  org: string | null
  readonly records: Map<string, MemoryRecord>
  /** By our id; one that a person deletes is gone. */
  readonly tasks: Map<string, MemoryTask>
  /** The match finds several records, and none of them is the one that the ledger knows. */
  ambiguous: boolean
  readonly calls: Record<Method, number>
  /** When `match` was called, in ms of the epoch. */
  readonly matchedAt: number[]
  /** Items per `write` call. */
  readonly batches: number[]
  /** Most `write` calls under way at once, and how often one contact was in two of them. */
  mostAtOnce: number
  overlaps: number
  /** New records can't be found by e-mail or contact id, only by their own id: a search index that lags. */
  searchLags: boolean
  /** Calls go on waiting when they are told to stop. */
  deaf: boolean
  /** Owners who may not be given tasks, by their ids; everybody else may. */
  inactive: Set<string>
  /** The ids of people by what else they are called; who is not here is known by the id only. */
  readonly aliases: Map<string, string>
  /** Whom each `assignees` call was about. */
  readonly asked: string[][]
  fail(fault: Fault): void
  /** Forgets every fault. */
  heal(): void
  /** The next call of the method waits at its door; those after it pass. */
  block(method: Method): { readonly reached: Promise<void>; release(): void }
}

interface Door {
  readonly opened: Promise<void>
  reach(): void
}

export function createMemoryCrm(limits: Partial<Connector['limits']> = {}): MemoryCrm {
  const faults: { readonly fault: Fault; left: number }[] = []
  const doors = new Map<Method, Door>()
  const inHand = new Set<string>()
  const hidden = new Set<string>()
  let underWay = 0

  async function pass(method: Method, signal: AbortSignal): Promise<void> {
    crm.calls[method] += 1
    const door = doors.get(method)
    doors.delete(method)
    door?.reach()
    if (door) await (crm.deaf ? door.opened : Promise.race([door.opened, aborted(signal)]))
    const due = faults.find(({ fault, left }) => fault.on === method && !fault.when && left > 0)
    if (!due) return
    due.left -= 1
    throw due.fault.error
  }

  function judge<T>(method: Method, contactId: string, fields: Fields, value: () => T): Judged<T> {
    const due = faults.find(({ fault, left }) => fault.on === method && left > 0 && fault.when?.({ contactId, fields }))
    if (!due) return value()
    due.left -= 1
    return due.fault.error as DeliveryError
  }

  function find(contactIds: readonly unknown[], email: unknown): MemoryRecord | undefined {
    const all = [...crm.records.values()]
    const own = all.find(({ fields }) => contactIds.includes(fields.our_id))
    return own ?? (email === null ? undefined : all.find(({ fields }) => fields.email === email))
  }

  function match({ contactIds, email, record }: MatchKeys): Match {
    const known = record && crm.records.get(record.id)
    const found = known ?? find(contactIds, email)
    if (found && crm.ambiguous) return { kind: 'many', records: ['x', 'y'].map((id) => matched({ ...found, id }, contactIds)) }
    if (!found || (!known && hidden.has(found.id))) return { kind: 'none', deleted: record !== null }
    return { kind: 'one', record: matched(found, contactIds) }
  }

  function write({ object, recordId, contactId, email, fields }: RecordWrite): WriteOutcome {
    const existing = recordId === null ? find([contactId], email) : crm.records.get(recordId)
    const target = existing ?? { id: String(crm.records.size + 1), fields: {} }
    Object.assign(target.fields, fields)
    crm.records.set(target.id, target)
    if (!existing && crm.searchLags) hidden.add(target.id)
    return { object, id: target.id, result: existing ? 'updated' : 'created', dropped: [] }
  }

  function createTask(task: TaskWrite): TaskOutcome {
    const result = crm.tasks.has(task.id) ? 'unchanged' : 'created'
    if (result === 'created') crm.tasks.set(task.id, { ...task, status: 'open', touched: false })
    return { object: 'task', id: `T.${task.id}`, result, dropped: [] }
  }

  function stateOf({ id }: RecordRef): TaskState {
    const task = crm.tasks.get(id.slice('T.'.length))
    return task ? { status: task.status, touched: task.touched } : { status: 'gone', touched: false }
  }

  function withdraw(ref: RecordRef): TaskState {
    const task = crm.tasks.get(ref.id.slice('T.'.length))
    if (task?.status === 'open' && !task.touched) task.status = 'withdrawn'
    return stateOf(ref)
  }

  const crm: MemoryCrm = {
    limits: { matchBatch: 100, writeBatch: 100, taskBatch: 100, concurrentRequests: 4, ...limits },
    objects: ['contact'],
    org: 'portal-1',
    records: new Map(),
    tasks: new Map(),
    ambiguous: false,
    calls: Object.fromEntries(Methods.map((method) => [method, 0])) as Record<Method, number>,
    matchedAt: [],
    batches: [],
    mostAtOnce: 0,
    overlaps: 0,
    searchLags: false,
    deaf: false,
    inactive: new Set(),
    aliases: new Map(),
    asked: [],
    fail: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    heal: () => void faults.splice(0),
    block(method) {
      const opened = Promise.withResolvers<void>()
      const reached = Promise.withResolvers<void>()
      doors.set(method, { opened: opened.promise, reach: reached.resolve })
      return { reached: reached.promise, release: opened.resolve }
    },
    identity: () => ({ email: 'email', contactId: 'our_id' }),
    async catalog(signal) {
      await pass('catalog', signal)
      return { org: crm.org, objects: { contact: null } }
    },
    async match(keys, signal) {
      crm.matchedAt.push(Date.now())
      await pass('match', signal)
      return keys.map((one) => judge('match', one.contactIds[0] ?? '', {}, () => match(one)))
    },
    preview: () => [],
    async write(writes, signal) {
      crm.batches.push(writes.length)
      underWay += 1
      crm.mostAtOnce = Math.max(crm.mostAtOnce, underWay)
      const ids = writes.map((one) => one.contactId)
      crm.overlaps += ids.filter((id) => inHand.has(id)).length
      for (const id of ids) inHand.add(id)
      try {
        await pass('write', signal)
        return writes.map((one) => judge('write', one.contactId, one.fields, () => write(one)))
      } finally {
        underWay -= 1
        for (const id of ids) inHand.delete(id)
      }
    },
    verify: async () => [],
    async assignees(owners, signal) {
      crm.asked.push([...owners])
      await pass('assignees', signal)
      const ids = owners.map((owner) => crm.aliases.get(owner) ?? owner)
      return ids.map((id) => (crm.inactive.has(id) ? null : id))
    },
    async createTasks(tasks, signal) {
      await pass('createTasks', signal)
      return tasks.map((task) => judge('createTasks', task.id, {}, () => createTask(task)))
    },
    async findTasks(tasks, signal) {
      await pass('findTasks', signal)
      return tasks.map(({ id }) =>
        judge('findTasks', id, {}, () => (crm.tasks.has(id) ? { object: 'task', id: `T.${id}` } : null)),
      )
    },
    async readTasks(refs, signal) {
      await pass('readTasks', signal)
      return refs.map(stateOf)
    },
    async withdrawTasks(refs, signal) {
      await pass('withdrawTasks', signal)
      return refs.map(withdraw)
    },
    async stop() {},
  }
  return crm
}

function matched({ id, fields, ...others }: MemoryRecord, contactIds: readonly unknown[]): MatchedRecord {
  const { owner = null, closed = false, optOuts = [], object = 'contact' } = others
  const ours = contactIds.includes(fields.our_id)
  return { object, id, fields: { ...fields }, optOuts, owner, closed, mergedFrom: null, ours }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
