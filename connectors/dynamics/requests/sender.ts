import { type ConnectorDependencies, DeliveryError } from '../../../src/core/index.ts'
import { absenceOf } from '../../kit/absence.ts'
import type { Exchange } from '../../kit/exchange.ts'
import { createSession } from '../../kit/session.ts'
import { createTokenSource, type Token } from '../auth/token.ts'
import { codeOf, refusalOf, sentence } from '../errors.ts'
import { withoutPeople } from '../paths.ts'
import type { Settings } from '../settings.ts'
import { type Allowance, createAllowance } from './allowance.ts'
import { createSlots } from './slots.ts'
import { type Call, carry } from './transport.ts'

/** An exchange that took place, or why nothing was sent. `startedAt` in ms. */
export type Sent = (Exchange | { readonly kind: 'unsent'; readonly error: DeliveryError }) & { readonly startedAt: number }

/** What the requests of one call share: a new token that is refused as well is the end of it. */
export interface Asking {
  readonly signal: AbortSignal
  renewed: Token | null
}

export interface Sender {
  readonly allowance: Allowance
  /** One request, once; with a new token if the one at hand is refused. */
  send(call: Call, asking: Asking): Promise<Sent>
}

/** A token is not used in its last two minutes: the way to the CRM takes some time, and clocks differ. */
const LastMs = 2 * 60_000

export function createSender(settings: Settings, dependencies: ConnectorDependencies): Sender {
  const { crm, fetch, log, now } = dependencies
  const { timeoutMs } = settings
  const { origin } = new URL(settings.baseUrl)
  const session = createSession({
    mint: createTokenSource(settings, dependencies),
    cancelled: () => absenceOf({ kind: 'cancelled' }, (say) => sentence(crm, say)),
    isSpent: ({ expiresAt }) => expiresAt - now() < LastMs,
  })
  const slots = createSlots(settings.concurrentRequests, now)
  const allowance = createAllowance(slots, now)

  async function once(token: string, call: Call, signal: AbortSignal): Promise<Sent> {
    const startedAt = now()
    const held = allowance.held()
    if (held !== null) return { kind: 'unsent', error: held, startedAt }
    const result = await carry(call, token, { fetch, baseUrl: origin, signal, timeoutMs })
    const status = result.kind === 'answer' ? result.status : result.kind
    log.debug({ crm, method: call.method, path: withoutPeople(call.path), status, ms: now() - startedAt }, 'Dynamics 365 request')
    if (result.kind === 'answer') {
      allowance.note(result.headers)
      if (result.status > 299) allowance.refused(refusalOf(result, { crm, now: now() }), startedAt)
    }
    return { ...result, startedAt }
  }

  return {
    allowance,
    async send(call, asking) {
      const { signal } = asking
      const token = await session.token(signal)
      if (token instanceof DeliveryError) return { kind: 'unsent', error: token, startedAt: now() }
      const sent = await slots.within(signal, () => once(token.accessToken, call, signal))
      if (!isTokenRefused(sent) || token === asking.renewed) return sent
      const fresh = await session.renewed(token, signal)
      if (fresh instanceof DeliveryError) return { kind: 'unsent', error: fresh, startedAt: now() }
      asking.renewed = fresh
      return slots.within(signal, () => once(fresh.accessToken, call, signal))
    },
  }
}

/** Plug-ins of an environment may answer 401 as well: that is about the record. */
function isTokenRefused(sent: Sent): boolean {
  return sent.kind === 'answer' && sent.status === 401 && codeOf(sent.text) !== '0x80048d05'
}
