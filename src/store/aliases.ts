import { hmac, type PhoneKey } from '../core/index.ts'

/** Keyed with the installation's secret: a copy of Redis tells nobody's address. */
export function emailAlias(email: string, secret: string): string {
  return hmac(secret, 'email', email)
}

/** The alias is made of its two halves, so that who knows the number finds the last names it was seen with, and by them the contacts. */
export function phoneAlias({ number, lastName }: PhoneKey, secret: string) {
  const halves = { number: numberHalf(number, secret), lastName: hmac(secret, 'name', lastName) }
  return { ...halves, alias: `${halves.number}.${halves.lastName}` }
}

export function numberHalf(number: string, secret: string): string {
  return hmac(secret, 'number', number)
}

/** Of a number alone, under which a no is kept for whoever has it. Only its digits count: a lead may carry it with or without its `+`. */
export function digitsAlias(number: string, secret: string): string {
  return hmac(secret, 'digits', number.normalize('NFKC').replace(/\D/g, ''))
}
