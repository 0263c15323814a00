import { createDoubt, type Doubt, metByProbe, type Suspicion } from '../kit/doubt.ts'
import type { Api } from './api.ts'
import { sentence } from './errors.ts'

export interface DoubtContext {
  readonly api: Api
  readonly suspicion: Suspicion
  readonly signal: AbortSignal
  readonly circumstances: () => { readonly crm: string }
}

/** Looks into bare refusals of one address of batches: a batch of nothing goes the same way, and changes nothing. */
export function doubtOf<R>(path: string, { api, suspicion, signal, circumstances }: DoubtContext): Doubt<R> {
  return createDoubt<R>({
    suspicion,
    probe: async () => metByProbe(await api.create(path, { inputs: [] }, signal)),
    sentence: (say) => sentence(circumstances().crm, say),
  })
}
