import { createDoubt, type Doubt, metByProbe, type Suspicion } from '../../kit/doubt.ts'
import type { Api, Headers } from '../api.ts'
import { sentence } from '../errors.ts'

export interface DoubtContext {
  readonly api: Api
  readonly crm: string
  readonly suspicion: Suspicion
  readonly signal: AbortSignal
}

interface Way {
  readonly method: 'POST' | 'PATCH'
  readonly path: string
  readonly headers?: Headers
}

/** Looks into bare refusals of one address of collections: a collection of nothing goes the same way, and changes nothing. */
export function doubtOf<R>({ method, path, headers }: Way, { api, crm, suspicion, signal }: DoubtContext): Doubt<R> {
  return createDoubt<R>({
    suspicion,
    probe: async () => metByProbe(await api.create(method, path, { allOrNone: false, records: [] }, signal, headers)),
    sentence: (say) => sentence(crm, say),
  })
}
