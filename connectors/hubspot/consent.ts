import { DeliveryError, type Judged, type RecordWrite, type WriteOutcome } from '../../src/core/index.ts'
import { sentence } from './errors.ts'
import type { ReadContext } from './read.ts'

/**
 * Unsubscribes the written contacts that are to be closed for e-mail from everything, one request each: the batch call is for Marketing Hub
 * Enterprise only. Repeating it changes nothing. There is no way back in here: HubSpot's resubscribe is called nowhere.
 * https://developers.hubspot.com/docs/api-reference/communication-preferences-subscriptions-v4/guide
 */
export async function unsubscribe(
  writes: readonly RecordWrite[],
  outcomes: readonly Judged<WriteOutcome>[],
  context: ReadContext,
): Promise<Judged<WriteOutcome>[]> {
  const judged = [...outcomes]
  for (const [index, { optOut, email }] of writes.entries()) {
    const outcome = judged[index]
    if (!outcome || outcome instanceof DeliveryError || email === null || !optOut?.includes('email')) continue
    judged[index] = await unsubscribeOne(email, outcome, context)
  }
  return judged
}

async function unsubscribeOne(email: string, outcome: WriteOutcome, context: ReadContext): Promise<Judged<WriteOutcome>> {
  const { api, effort, signal } = context
  if (effort.stopped) return effort.stopped
  const reply = await api.post(api.paths.unsubscribe(email), undefined, signal)
  if (reply.kind === 'ok') return { ...outcome, result: outcome.result === 'unchanged' ? 'updated' : outcome.result }
  if (reply.reach === 'org') effort.stopped = reply.error
  if (reply.error.status !== 403) return reply.error
  const { crm } = context.circumstances()
  const say =
    'its token may not unsubscribe anybody. Add the scope communication_preferences.read_write to the service key, or set doNotContact.mode: flag.'
  return new DeliveryError('misconfigured', sentence(crm, say), { status: 403 })
}
