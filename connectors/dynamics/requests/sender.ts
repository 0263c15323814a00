import { type ConnectorDependencies, DeliveryError, type Judged } from '../../../src/core/index.ts'
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

/** An exchange that took place, or why nothing was sent. */
export type Sent = (Exchange | { readonly kind: 'unsent'; readonly error: DeliveryError }) & {
  /** In ms. */
  readonly startedAt: number
  /** With which it was sent; null where there was none. */
  readonly token: Token | null
}

/** What the requests of one call share: a new token that is refused as well is the end of it. */
export interface Asking {
  readonly signal: AbortSignal
  renewed: Token | null
}

export interface Sender {
  readonly allowance: Allowance
  /** One request, once; with a new token if the one at hand is refused. */
  send(call: Call, asking: Asking): Promise<Sent>
  /** Another token than the refused one, for all that is sent after it; null where the call has had its new one. */
  renew(refused: Token, asking: Asking): Promise<Judged<Token> | null>
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

  async function once(token: Token, call: Call, signal: AbortSignal): Promise<Sent> {
    const startedAt = now()
    const held = allowance.held()
    if (held !== null) return { kind: 'unsent', error: held, startedAt, token: null }
    const result = await carry(call, token.accessToken, { fetch, baseUrl: origin, signal, timeoutMs })
    const status = result.kind === 'answer' ? result.status : result.kind
    log.debug({ crm, method: call.method, path: withoutPeople(call.path), status, ms: now() - startedAt }, 'Dynamics 365 request')
    if (result.kind === 'answer') {
      allowance.note(result.headers)
      if (result.status > 299) allowance.refused(refusalOf(result, { crm, now: now() }), startedAt)
    }
    return { ...result, startedAt, token }
  }

  async function renew(refused: Token, asking: Asking): Promise<Judged<Token> | null> {
    if (refused === asking.renewed) return null
    const fresh = await session.renewed(refused, asking.signal)
    if (!(fresh instanceof DeliveryError)) asking.renewed = fresh
    return fresh
  }

  function unsent(error: DeliveryError): Sent {
    return { kind: 'unsent', error, startedAt: now(), token: null }
  }

  return {
    allowance,
    renew,
    async send(call, asking) {
      const { signal } = asking
      const token = await session.token(signal)
      if (token instanceof DeliveryError) return unsent(token)
      const sent = await slots.within(signal, () => once(token, call, signal))
      const fresh = isTokenRefused(sent) ? await renew(token, asking) : null
      if (fresh === null) return sent
      return fresh instanceof DeliveryError ? unsent(fresh) : slots.within(signal, () => once(fresh, call, signal))
    },
  }
}

/** Plug-ins of an environment may answer 401 as well: that is about the record. */
function isTokenRefused(sent: Sent): boolean {
  return sent.kind === 'answer' && sent.status === 401 && codeOf(sent.text) !== '0x80048d05'
}
