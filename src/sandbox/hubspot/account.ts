import type { ApiAnswer } from '../exchange.ts'
import { instant, json } from './answers.ts'
import type { Portal } from './portal.ts'

/** `/account-info/…/details`: how a client tells which portal its token opens. */
export function accountDetails(portal: Portal): ApiAnswer {
  return json(200, {
    portalId: portal.portalId,
    accountType: 'SANDBOX',
    timeZone: portal.timeZone,
    companyCurrency: 'USD',
    additionalCurrencies: [],
    ...utcOffset(portal),
    uiDomain: 'app.hubspot.com',
    dataHostingLocation: 'na1',
  })
}

export function dailyUsage(portal: Portal): ApiAnswer {
  const { limit, used } = portal.limits.usage()
  const at = instant(portal.now())
  const usage = { name: 'private-apps-api-calls-daily', usageLimit: limit, currentUsage: used }
  return json(200, { results: [{ ...usage, collectedAt: at, fetchStatus: 'SUCCESS', resetsAt: at }] })
}

function utcOffset(portal: Portal): { utcOffset: string; utcOffsetMilliseconds: number } {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: portal.timeZone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(portal.now()).find((part) => part.type === 'timeZoneName')?.value ?? ''
  const [, sign = '+', hours = '00', minutes = '00'] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? []
  const milliseconds = (Number(hours) * 60 + Number(minutes)) * 60_000
  return { utcOffset: `${sign}${hours}:${minutes}`, utcOffsetMilliseconds: sign === '-' ? -milliseconds : milliseconds }
}
