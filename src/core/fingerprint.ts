import { digitsOf, isPhoneNumber } from './identity.ts'
import type { Lead } from './lead.ts'

/** By what one lead that came by two channels is recognized: whoever shares one of these with it did the same. Null: can't be told by that. */
export interface Fingerprint {
  readonly email: string | null
  /** Digits only: one channel gives a number with its `+`, another one without. */
  readonly phone: string | null
}

const None: Fingerprint = { email: null, phone: null }

/** E-mail or phone number, and the action, whatever their letter case. Without an action there is none: too much would look the same. */
export function fingerprint({ action, person }: Pick<Lead, 'action' | 'person'>): Fingerprint {
  const did = action?.trim().toLowerCase()
  if (!did) return None
  const digits = digitsOf(person.phone ?? person.phoneRaw ?? '')
  return {
    email: person.email === null ? null : JSON.stringify([person.email.toLowerCase(), did]),
    phone: isPhoneNumber(digits) ? JSON.stringify([digits, did]) : null,
  }
}
