import { type ObjectKind, type ObjectName, objectKinds } from './object-kinds.ts'
import { createUniqueIndex, type UniqueIndex, type Values } from './unique-index.ts'

/** One CRM record. `values` is replaced, never changed in place: search may still show what it was a moment ago. */
export interface StoredRecord {
  readonly id: string
  readonly kind: ObjectName
  readonly createdAt: number
  updatedAt: number
  values: Values
  archivedAt: number | null
  /** What search saw before the latest write; null while search has never seen the record. */
  staleValues: Values | null
  searchableAt: number
}

/** All records of the portal with their unique values. Ids come from one sequence and are never used again. */
export interface Store {
  find(kind: ObjectName, id: string): StoredRecord | undefined
  findArchived(kind: ObjectName, id: string): StoredRecord | undefined
  /** Who holds a value of a unique property; for `email` only as the primary address. */
  holder(kind: ObjectName, property: string, value: string): StoredRecord | undefined
  /** Who holds an address as primary or as one of `hs_additional_emails`. */
  emailHolder(address: string): StoredRecord | undefined
  create(kind: ObjectName, values: Values): StoredRecord
  update(record: StoredRecord, changes: Values): void
  archive(record: StoredRecord): void
  erase(record: StoredRecord): void
  /** Makes every later use of the loser's id answer the survivor. */
  forward(loser: StoredRecord, survivor: StoredRecord): void
  list(kind: ObjectName): StoredRecord[]
  save(): SavedStore
  load(saved: SavedStore): void
  clear(): void
}

export interface SavedStore {
  readonly nextId: number
  readonly records: readonly Omit<StoredRecord, 'staleValues' | 'searchableAt'>[]
  readonly forwarded: readonly (readonly [string, string])[]
}

interface StoreOptions {
  readonly now: () => number
  readonly searchLagMs: number
  readonly uniqueNames: (kind: ObjectName) => readonly string[]
}

export function createStore(options: StoreOptions): Store {
  let nextId = 33451
  const records = new Map<string, StoredRecord>()
  const forwarded = new Map<string, string>()
  const index: UniqueIndex = createUniqueIndex(options.uniqueNames)

  function resolve(kind: ObjectName, id: string): StoredRecord | undefined {
    const record = records.get(forwarded.get(id) ?? id)
    return record?.kind === kind ? record : undefined
  }

  function put(record: StoredRecord, values: Values): void {
    index.remove(record)
    record.values = values
    index.add(record)
  }

  function byId(id: string | undefined): StoredRecord | undefined {
    return id === undefined ? undefined : records.get(id)
  }

  return {
    find(kind, id) {
      const record = resolve(kind, id)
      return record?.archivedAt === null ? record : undefined
    },
    findArchived(kind, id) {
      const record = resolve(kind, id)
      return record?.archivedAt === null ? undefined : record
    },
    holder: (kind, property, value) => byId(index.holder(kind, property, value)),
    emailHolder: (address) => byId(index.emailHolder(address)),
    create(kind, values) {
      const at = options.now()
      const searchableAt = at + options.searchLagMs
      const id = String(nextId)
      const fresh = { id, kind, createdAt: at, updatedAt: at, values: {}, archivedAt: null, staleValues: null, searchableAt }
      nextId += 1
      records.set(id, fresh)
      put(fresh, values)
      return fresh
    },
    update(record, changes) {
      const changed = Object.entries(changes).filter(([name, value]) => (record.values[name] ?? '') !== value)
      if (changed.length === 0) return
      const at = options.now()
      if (record.searchableAt <= at) record.staleValues = record.values
      record.searchableAt = at + options.searchLagMs
      record.updatedAt = at
      put(record, { ...record.values, ...Object.fromEntries(changed) })
    },
    archive(record) {
      index.remove(record)
      record.archivedAt = options.now()
    },
    erase(record) {
      index.remove(record)
      records.delete(record.id)
    },
    forward(loser, survivor) {
      index.remove(loser)
      records.delete(loser.id)
      for (const [from, to] of forwarded) if (to === loser.id) forwarded.set(from, survivor.id)
      forwarded.set(loser.id, survivor.id)
    },
    list: (kind) => [...records.values()].filter((one) => one.kind === kind && one.archivedAt === null),
    save: () => ({ nextId, records: [...records.values()].map(toSaved), forwarded: [...forwarded] }),
    load(saved) {
      nextId = saved.nextId
      for (const [from, to] of saved.forwarded) forwarded.set(from, to)
      for (const one of saved.records) {
        const record: StoredRecord = { ...one, staleValues: null, searchableAt: 0 }
        records.set(record.id, record)
        if (record.archivedAt === null) index.add(record)
      }
    },
    clear() {
      // The sequence goes on: an id that a client still remembers must answer 404, not somebody else.
      records.clear()
      forwarded.clear()
      index.clear()
    },
  }
}

function toSaved({ id, kind, createdAt, updatedAt, values, archivedAt }: StoredRecord): SavedStore['records'][number] {
  return { id, kind, createdAt, updatedAt, values, archivedAt }
}

export function kindOf(record: StoredRecord): ObjectKind {
  return objectKinds[record.kind]
}
