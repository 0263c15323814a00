import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { instant, json, resourceNotFound } from './answers.ts'

export interface Owner {
  readonly id: string
  readonly email: string
  readonly type: 'PERSON' | 'QUEUE'
  readonly firstName: string
  readonly lastName: string
  readonly userId: number
  readonly archived: boolean
}

export interface Owners {
  isActive(id: string): boolean
  /** False: there is no such owner. */
  setArchived(id: string, archived: boolean): boolean
  answer(request: ApiRequest, id: string | undefined): ApiAnswer
}

/** Two people who sell, and one who has left: assigning to that one must fail. */
export const defaultOwners: readonly Owner[] = [
  {
    id: '101',
    email: 'sam@sandbox.example',
    type: 'PERSON',
    firstName: 'Sam',
    lastName: 'Seller',
    userId: 9101,
    archived: false,
  },
  {
    id: '102',
    email: 'gone@sandbox.example',
    type: 'PERSON',
    firstName: 'Greta',
    lastName: 'Gone',
    userId: 9102,
    archived: true,
  },
  {
    id: '103',
    email: 'kim@sandbox.example',
    type: 'PERSON',
    firstName: 'Kim',
    lastName: 'Closer',
    userId: 9103,
    archived: false,
  },
]

export function createOwners(seeds: readonly Owner[]): Owners {
  const owners = [...seeds]
  const since = instant(Date.UTC(2024, 0, 1))

  return {
    isActive: (id) => owners.some((owner) => owner.id === id && !owner.archived),
    setArchived(id, archived) {
      const place = owners.findIndex((owner) => owner.id === id)
      const owner = owners[place]
      if (owner === undefined) return false
      owners[place] = { ...owner, archived }
      return true
    },
    answer(request, id) {
      const archived = request.query.get('archived') === 'true'
      const shown = owners.filter((owner) => owner.archived === archived)
      const dated = shown.map((owner) => ({ ...owner, teams: [], createdAt: since, updatedAt: since }))
      if (id === undefined) return json(200, page(dated, request.query))
      const one = dated.find((owner) => owner.id === id)
      if (one === undefined) throw resourceNotFound()
      return json(200, one)
    },
  }
}

function page(owners: readonly { readonly email: string }[], query: URLSearchParams): unknown {
  const email = query.get('email')?.toLowerCase()
  const found = email === undefined ? owners : owners.filter((owner) => owner.email.toLowerCase() === email)
  const start = Number(query.get('after') ?? 0)
  const end = start + Number(query.get('limit') ?? 100)
  const paging = end < found.length ? { paging: { next: { after: String(end) } } } : {}
  return { results: found.slice(start, end), ...paging }
}
