import { createHmac } from 'node:crypto'
import { type AlertWebhook, isListedHost } from '../core/index.ts'
import type { AlertBatch } from './alerts.ts'

export interface AlertSending {
  readonly fetch: typeof globalThis.fetch
  now(): number
  /** Ends a try that is under way. */
  readonly signal: AbortSignal
}

export type AlertSent =
  | { readonly ok: true }
  /** `reason`: a sentence without address, secret or body. `retryAfterMs`: what the receiver asked for. */
  | { readonly ok: false; readonly reason: string; readonly retryAfterMs?: number }

const MostRetryAfterMs = 6 * 3_600_000

/**
 * Posts one batch, once: signed, to a listed host, and nowhere that this host would send it on to. Only a 2xx is a success. Rejects never.
 * docs/alerts.md is what the receiver relies on.
 */
export async function sendAlert(
  webhook: AlertWebhook,
  batch: AlertBatch,
  { fetch, now, signal }: AlertSending,
): Promise<AlertSent> {
  const url = URL.parse(webhook.url)
  if (url === null || !isListedHost(url, webhook.hosts)) return { ok: false, reason: 'Its host is not in alerts.webhook.hosts.' }
  const body = alertBody(batch)
  const timeout = AbortSignal.timeout(webhook.timeoutMs)
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'leadsync',
        'leadsync-delivery': batch.id,
        'leadsync-signature': signatureOf(body, webhook.secret, now()),
      },
      body,
      // A redirect would carry the alert to a place that nobody listed, so it is an answer like any other.
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    })
    // What it says is of no use, and may be endless.
    await answer.body?.cancel().catch(() => undefined)
    return answer.ok ? { ok: true } : refused(answer, now())
  } catch (error) {
    if (signal.aborted) return { ok: false, reason: 'It was interrupted.' }
    if (timeout.aborted) return { ok: false, reason: `It did not answer within ${webhook.timeoutMs / 1_000} s.` }
    return { ok: false, reason: `It could not be reached (${systemCode(error)}).` }
  }
}

/** The same bytes at every try. */
function alertBody({ id, event, crm, count, since, until, samples }: AlertBatch): string {
  const time = (ms: number) => new Date(ms).toISOString()
  return JSON.stringify({ v: 1, id, event, crm, count, since: time(since), until: time(until), samples })
}

/** The time goes into the signature, so that a request that somebody recorded is worth nothing minutes later. */
function signatureOf(body: string, secret: string, now: number): string {
  const t = Math.floor(now / 1_000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}

function refused({ status, headers }: Response, now: number): AlertSent {
  const where = status >= 300 && status < 400 ? ', a redirect, which is not followed' : ''
  const asked = retryAfterMs(headers.get('retry-after')?.trim(), now)
  return { ok: false, reason: `It answered ${status}${where}.`, ...(asked === null ? {} : { retryAfterMs: asked }) }
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3). */
function retryAfterMs(asked: string | undefined, now: number): number | null {
  if (!asked) return null
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1_000 : Date.parse(asked) - now
  return Number.isFinite(ms) && ms >= 0 ? Math.min(Math.ceil(ms), MostRetryAfterMs) : null
}

/** `ECONNREFUSED` and the like; an error's text would name the address. */
function systemCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code) ? code : 'no code'
}
