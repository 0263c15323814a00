const MostMs = 24 * 60 * 60_000

/** `Retry-After` in ms from now, or undefined: seconds or an HTTP date (RFC 9110 §10.2.3), never more than a day. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isFinite(ms) && ms >= 0 ? Math.min(Math.ceil(ms), MostMs) : undefined
}
