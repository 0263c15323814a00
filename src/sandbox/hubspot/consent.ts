import type { ApiAnswer, ApiRequest } from '../exchange.ts'
import { instant, invalid, json, Refusal } from './answers.ts'

/** Addresses that are unsubscribed from all e-mail. An address may be here without any contact that has it. */
export interface Consent {
  isOptedOut(email: string): boolean
  answer(request: ApiRequest, email: string): ApiAnswer
  /** As the person or sales does it in HubSpot's own pages. False: the address was not opted out. */
  resubscribe(email: string): boolean
  save(): [string, number][]
  load(saved: readonly (readonly [string, number])[]): void
  clear(): void
}

/** https://developers.hubspot.com/docs/api-reference/latest/communication-preferences/guide: the POST has no body. */
export function createConsent(now: () => number, changed: () => void): Consent {
  const optOuts = new Map<string, number>()

  function optOut(email: string): ApiAnswer {
    const startedAt = instant(now())
    const wasOptedOut = optOuts.has(email)
    if (!wasOptedOut) optOuts.set(email, now())
    changed()
    const result = {
      subscriberIdString: email,
      channel: 'EMAIL',
      subscriptionId: 1,
      status: 'UNSUBSCRIBED',
      source: 'API',
      timestamp: instant(optOuts.get(email) ?? now()),
      setStatusSuccessReason: wasOptedOut ? 'NO_STATUS_CHANGE' : 'UNSUBSCRIBE_FROM_ALL_OCCURRED',
    }
    return json(200, { status: 'COMPLETE', startedAt, completedAt: instant(now()), results: [result] })
  }

  function state(email: string): ApiAnswer {
    const at = optOuts.get(email)
    const wide = { wideStatusType: 'PORTAL_WIDE', subscriberIdString: email, channel: 'EMAIL', status: 'UNSUBSCRIBED' }
    const results = at === undefined ? [] : [{ ...wide, timestamp: instant(at) }]
    return json(200, { status: 'COMPLETE', startedAt: instant(now()), completedAt: instant(now()), results })
  }

  return {
    isOptedOut: (email) => optOuts.has(email.toLowerCase()),
    answer(request, address) {
      const email = address.trim().toLowerCase()
      if (request.query.get('channel') !== 'EMAIL') throw invalid('The query parameter channel must be EMAIL')
      if (!email.includes('@')) throw invalid(`Email address ${address} is invalid`)
      if (request.method === 'POST') return optOut(email)
      if (request.method === 'GET') return state(email)
      throw new Refusal({ status: 405, message: 'Method Not Allowed' })
    },
    resubscribe(email) {
      const wasOptedOut = optOuts.delete(email.trim().toLowerCase())
      if (wasOptedOut) changed()
      return wasOptedOut
    },
    save: () => [...optOuts],
    load(saved) {
      for (const [email, at] of saved) optOuts.set(email, at)
    },
    clear: () => optOuts.clear(),
  }
}
