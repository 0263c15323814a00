import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** Digits and what people put between them. Anything else, such as two numbers in one field, is for a person to read. */
const DigitsAndSigns = /^\+?[\d\s().\-/]+$/
const WithCountryCode = 11

/**
 * A number as E.164, or null when it can't be read with certainty. The strict metadata (`/max`) is meant: a wrong reading would call a
 * stranger and join two people, while an unread number stays in `phoneRaw`. The country is only a hint for numbers without `+`.
 */
export function readPhone(text: string | null, country: string | null): string | null {
  if (text === null) return null
  const hint = country !== null && isSupportedCountry(country) ? country : undefined
  const direct = valid(text, hint)
  if (direct !== null || !DigitsAndSigns.test(text)) return direct
  const digits = text.replace(/\D/g, '')
  if (digits.startsWith('00')) return valid(`+${digits.slice(2)}`, undefined)
  // The documented samples carry a country code without `+`; where it is another country's, the hint alone misses it. Without any hint
  // this stays undone: a Chinese mobile number would pass for an American one.
  return hint && digits.length >= WithCountryCode ? valid(`+${digits}`, undefined) : null
}

function valid(text: string, hint: CountryCode | undefined): string | null {
  const number = parsePhoneNumberFromString(text, { extract: false, ...(hint ? { defaultCountry: hint } : {}) })
  return number?.isValid() ? number.number : null
}
