import { DeliveryError } from '../../../src/core/index.ts'
import type { QueryContext } from './query.ts'

/** Id of the user that the token is for, or why it can't be told now. */
export async function ownUser({ api, signal }: Pick<QueryContext, 'api' | 'signal'>): Promise<string | DeliveryError> {
  try {
    return (await api.who(signal)).user
  } catch (error) {
    if (error instanceof DeliveryError) return error
    throw error
  }
}
