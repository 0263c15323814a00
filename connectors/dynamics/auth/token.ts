import { z } from 'zod'
import { type ConnectorDependencies, DeliveryError, type Judged } from '../../../src/core/index.ts'
import { type Exchange, systemCodeOf } from '../../kit/exchange.ts'
import { parseJson } from '../../kit/json.ts'
import { retryAfterMs } from '../../kit/retry-after.ts'
import { retryFloor, shortRetry } from '../../kit/short-retry.ts'
import { sentence } from '../errors.ts'
import { type CredentialSettings, createCredential } from './credential.ts'
import { TokenRules } from './token-rules.ts'

export interface Token {
  readonly accessToken: string
  /** In ms since the epoch; infinite for one that has no end. */
  readonly expiresAt: number
}

interface Minting {
  readonly judged: Judged<Token>
  /** In how many ms it may be tried again within the call; null: not. */
  readonly againMs: number | null
}

const TokenError = z.object({
  error_codes: z.array(z.number()).nullish().catch(null),
  error_description: z.string().nullish().catch(null),
})

/**
 * Gets a new token, or says why there is none. Each from a credential of its own: those of the SDK keep a token until shortly before its
 * end, and there is no way to tell one that Dynamics 365 has refused it. (Managed identities share one cache in the whole process.)
 */
export function createTokenSource(settings: CredentialSettings, { crm, now, log }: ConnectorDependencies) {
  async function once(signal: AbortSignal): Promise<Minting> {
    const started = now()
    // Tokens are rare, so a timer that can't be cleared does no harm.
    const until = AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)])
    let seen: () => Exchange | null = () => null
    try {
      const credential = await createCredential(settings, until)
      seen = credential.seen
      const token = await Promise.race([credential.getToken(), aborted(until)])
      if (token === null) throw new Error('The credential gave no token.')
      log.debug({ crm, auth: settings.auth, ms: now() - started }, 'Dynamics 365 token')
      return { judged: { accessToken: token.token, expiresAt: token.expiresOnTimestamp }, againMs: null }
    } catch (error) {
      const last = until.aborted ? ({ kind: signal.aborted ? 'cancelled' : 'timeout' } as const) : seen()
      const status = last?.kind === 'answer' ? last.status : (last?.kind ?? 'none')
      log.debug({ crm, auth: settings.auth, status, ms: now() - started }, 'Dynamics 365 token refused')
      const againMs = last === null ? null : retryFloor(last)
      return { judged: refusalOf(last, error), againMs }
    }
  }

  function refusalOf(last: Exchange | null, error: unknown): DeliveryError {
    if (last?.kind === 'answer' && last.status > 299) return refusedWith(last)
    if (last?.kind === 'cancelled') return refused('unavailable', 'getting a token was cancelled, because Leadsync is stopping.')
    if (last?.kind === 'timeout')
      return refused('unavailable', `${issuer()} did not answer in time (timeoutMs). It is tried again.`)
    if (last?.kind === 'network') {
      return refused('unavailable', `${issuer()} can't be reached${last.code ? ` (${last.code})` : ''}. It is tried again.`)
    }
    const file = systemCodeOf(error)
    if (settings.auth === 'workload-identity' && file !== null) {
      return refused('misconfigured', `the file that \`tokenFile\` names can't be read (${file}). Check its path and its rights.`)
    }
    const machine = settings.auth === 'managed-identity' ? machineFault(error) : null
    if (machine?.status === 429) return refused('rate_limited', `${issuer()} has been asked for tokens too often.`, machine)
    if (machine && (machine.status === undefined || machine.status >= 500)) {
      const say = `${issuer()} can't be reached, or does not work right now. It is tried again; if that lasts, check that this machine runs in Azure with a managed identity.`
      return refused('unavailable', say, machine)
    }
    if (last === null && settings.auth === 'managed-identity') {
      const say =
        'this machine gives no token. Check that it runs in Azure with a managed identity, and that `clientId`, if given, is that of one.'
      return refused('misconfigured', say)
    }
    const say = 'the login gave no token, and an answer that Leadsync does not know. It is tried again; check `authorityHost`.'
    return refused('unavailable', say)
  }

  function refusedWith({ status, headers, text }: Extract<Exchange, { kind: 'answer' }>): DeliveryError {
    const code = codeIn(text)
    const rule = TokenRules.find(({ codes }) => code !== null && codes.includes(code))
    const asked = retryAfterMs(headers, now()) ?? rule?.delayMs
    const details = { status, ...(asked === undefined ? {} : { retryAfterMs: asked }) }
    if (rule !== undefined && status < 500) return refused(rule.code, rule.say, details)
    if (status === 429) return refused('rate_limited', `${issuer()} has been asked for tokens too often.`, details)
    if (status >= 500) return refused('unavailable', `${issuer()} does not work right now. It is tried again.`, details)
    if (status === 400 || status === 401) {
      const name = code === null ? 'for a reason that it does not name' : `AADSTS${code}`
      const say = `${issuer()} gives no token (${name}). Look at the app's sign-in logs in the Entra admin center.`
      return refused('unauthorized', say, details)
    }
    return refused('misconfigured', `${issuer()} gives no tokens at that address. Check \`authorityHost\`.`, details)
  }

  function refused(code: DeliveryError['code'], say: string, details = {}): DeliveryError {
    return new DeliveryError(code, sentence(crm, say), details)
  }

  function issuer(): string {
    return settings.auth === 'managed-identity' ? 'the managed identity endpoint' : 'the login (Microsoft Entra ID)'
  }

  return async function mint(signal: AbortSignal): Promise<Judged<Token>> {
    // Asking twice makes two tokens, which harms nobody.
    const { judged } = await shortRetry(
      () => once(signal),
      ({ againMs }) => againMs,
      signal,
    )
    return judged
  }
}

const MachineFault = z.object({ cause: z.object({ errorCode: z.string(), status: z.number().optional() }) })

/**
 * What the SDK says of the endpoint that gives machines their tokens, whose requests can't be seen: the status, or none where nobody answered or
 * the answer was a page. Null where it failed for another reason.
 */
function machineFault(error: unknown): { readonly status?: number } | null {
  const { errorCode, status } = MachineFault.safeParse(error).data?.cause ?? {}
  if (status !== undefined) return { status }
  return errorCode === 'network_error' ? {} : null
}

/** From the list of codes; some answers have them in the text only, where they are the same in all languages. */
function codeIn(text: string): number | null {
  const wire = TokenError.safeParse(parseJson(text)).data
  const [listed] = wire?.error_codes ?? []
  if (listed !== undefined) return listed
  const said = /\bAADSTS(\d{4,8})\b/.exec(wire?.error_description ?? '')?.[1]
  return said === undefined ? null : Number(said)
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(new Error('aborted'))
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  })
}
