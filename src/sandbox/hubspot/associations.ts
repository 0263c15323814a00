import type { Problem } from './answers.ts'
import type { Link } from './bodies.ts'
import { type ObjectKind, type ObjectName, objectKinds } from './object-kinds.ts'
import type { Store, StoredRecord } from './store.ts'

/** A HubSpot-defined type has a direction: its inverse has a number of its own. */
interface AssociationKind {
  readonly id: number
  readonly inverse: number
  readonly from: ObjectName
  readonly to: ObjectName
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/associations/association-types; the first of a pair is its default. */
const pairs: readonly AssociationKind[] = [
  { id: 202, inverse: 201, from: 'notes', to: 'contacts' },
  { id: 190, inverse: 189, from: 'notes', to: 'companies' },
  { id: 204, inverse: 203, from: 'tasks', to: 'contacts' },
  { id: 192, inverse: 191, from: 'tasks', to: 'companies' },
  { id: 279, inverse: 280, from: 'contacts', to: 'companies' },
  { id: 1, inverse: 2, from: 'contacts', to: 'companies' },
]
const kinds: readonly AssociationKind[] = [
  ...pairs,
  ...pairs.map(({ id, inverse, from, to }) => ({ id: inverse, inverse: id, from: to, to: from })),
]

interface Associated {
  readonly record: StoredRecord
  readonly typeIds: readonly number[]
}

export interface Associations {
  /** What is wrong with links from a record of this kind, or null. */
  problem(kind: ObjectKind, links: readonly Link[]): Problem | null
  link(from: StoredRecord, to: StoredRecord, typeId: number): void
  linkAll(from: StoredRecord, links: readonly Link[]): void
  /** Links with the unlabelled type; its id, or null when these kinds can't be associated. */
  linkByDefault(from: StoredRecord, to: StoredRecord): number | null
  of(record: StoredRecord, kind: ObjectName): Associated[]
  move(from: StoredRecord, to: StoredRecord): void
  save(): SavedLink[]
  load(saved: readonly SavedLink[]): void
  clear(): void
}

export type SavedLink = readonly [from: string, to: string, typeIds: readonly number[]]

export function createAssociations(store: Store): Associations {
  const links = new Map<string, Map<string, Set<number>>>()

  function add(from: string, to: string, typeId: number): void {
    const ofRecord = links.get(from) ?? new Map<string, Set<number>>()
    links.set(from, ofRecord)
    ofRecord.set(to, (ofRecord.get(to) ?? new Set()).add(typeId))
  }

  function link(from: StoredRecord, to: StoredRecord, typeId: number): void {
    const kind = findAssociation(typeId)
    add(from.id, to.id, typeId)
    if (kind !== undefined) add(to.id, from.id, kind.inverse)
  }

  function target(one: Link): StoredRecord | undefined {
    const kind = findAssociation(one.types[0]?.associationTypeId)
    return kind === undefined ? undefined : store.find(kind.to, one.to.id)
  }

  return {
    problem(kind, wanted) {
      for (const one of wanted) {
        const found = linkProblem(store, kind, one)
        if (found !== null) return found
      }
      return null
    },
    link,
    linkAll(from, wanted) {
      for (const one of wanted) {
        const to = target(one)
        if (to === undefined) continue
        for (const type of one.types) link(from, to, type.associationTypeId)
      }
    },
    linkByDefault(from, to) {
      const kind = kinds.find((one) => one.from === from.kind && one.to === to.kind)
      if (kind === undefined) return null
      link(from, to, kind.id)
      return kind.id
    },
    of(record, kind) {
      const found: Associated[] = []
      for (const [id, typeIds] of links.get(record.id) ?? []) {
        const other = store.find(kind, id)
        if (other !== undefined) found.push({ record: other, typeIds: [...typeIds] })
      }
      return found
    },
    move(from, to) {
      for (const [id, typeIds] of links.get(from.id) ?? []) {
        for (const typeId of typeIds) add(to.id, id, typeId)
        for (const typeId of links.get(id)?.get(from.id) ?? []) add(id, to.id, typeId)
        links.get(id)?.delete(from.id)
      }
      links.delete(from.id)
    },
    save: () => [...links].flatMap(([from, ends]) => [...ends].map(([to, ids]): SavedLink => [from, to, [...ids]])),
    load(saved) {
      for (const [from, to, typeIds] of saved) for (const typeId of typeIds) add(from, to, typeId)
    },
    clear: () => links.clear(),
  }
}

function findAssociation(typeId: number | undefined): AssociationKind | undefined {
  return kinds.find((kind) => kind.id === typeId)
}

function linkProblem(store: Store, from: ObjectKind, link: Link): Problem | null {
  for (const type of link.types) {
    const kind = type.associationCategory === 'HUBSPOT_DEFINED' ? findAssociation(type.associationTypeId) : undefined
    if (kind === undefined) return refused('One or more associations are invalid')
    if (kind.from !== from.name) return refused(wrongDirection(from, kind))
    if (store.find(kind.to, link.to.id) === undefined) {
      return refused('One or more associations are invalid', {
        INVALID_OBJECT_IDS: [`${objectKinds[kind.to].label}=${link.to.id} is not valid`],
        objectId: [link.to.id],
        objectType: [objectKinds[kind.to].label],
      })
    }
  }
  return null
}

function wrongDirection(from: ObjectKind, kind: AssociationKind): string {
  const expected = objectKinds[kind.from].typeId
  return `invalid from object type ${from.typeId} for associations to be created. expected: ${expected}. For definition 0-${kind.id}`
}

function refused(message: string, context?: Record<string, string[]>): Problem {
  return { status: 400, category: 'VALIDATION_ERROR', message, ...(context === undefined ? {} : { context }) }
}
