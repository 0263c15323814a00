const IsoDay = /^\d{4}-\d{2}-\d{2}$/
const IsoTime = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?:(Z)|([+-]\d{2}):?(\d{2}))?$/i
const EpochMs = /^-?\d{11,14}$/
const FirstMs = Date.parse('0000-01-01T00:00:00.000Z')
const LastMs = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * Milliseconds since the epoch of an ISO day, an ISO time (`+0000` as Salesforce writes it too), or epoch milliseconds as HubSpot may
 * answer; undefined when it is none of these. A time without a zone is UTC: `Date.parse` alone would read it in this machine's zone,
 * and it takes 30 February for 2 March.
 */
export function instant(value: string | number): number | undefined {
  const text = String(value).trim()
  if (EpochMs.test(text)) return inRange(Number(text))
  if (IsoDay.test(text)) return realDay(text) ? inRange(Date.parse(text)) : undefined
  const parts = IsoTime.exec(text)
  if (!parts) return undefined
  const [, day = '', time = '', , hours, minutes] = parts
  if (!realDay(day)) return undefined
  return inRange(Date.parse(`${day}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`))
}

/** The same instant as a CRM holds it that keeps no fractions of a second; ms since the epoch. */
export function toTheSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000
}

function inRange(ms: number): number | undefined {
  return ms >= FirstMs && ms <= LastMs ? ms : undefined
}

/** What `Date.parse` does not refuse by itself: it rolls the 29th to 31st of a shorter month over into the next. */
function realDay(day: string): boolean {
  if (Number(day.slice(8)) <= 28) return true
  const ms = Date.parse(`${day}T00:00:00.000Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}
