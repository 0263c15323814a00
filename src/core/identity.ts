import { createHmac } from 'node:crypto'
import { v5 } from 'uuid'
import type { Lead } from './lead.ts'
import { readPhone } from './normalize/phone.ts'
import { isJunkNumber } from './phone-junk.ts'

export interface PhoneKey {
  /** E.164 where it could be read, else its digits. */
  readonly number: string
  /** Folded; never empty: a number alone is shared by a household or an office. */
  readonly lastName: string
}

/** By what a contact is known. Name and company are hints, never keys. */
export interface IdentityKeys {
  readonly email: string | null
  readonly phone: PhoneKey | null
}

const FewestDigits = 7
const HmacBytes = 16
/** Letters that Unicode does not take apart into a base letter and a mark. */
const Undivided: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', þ: 'th', ı: 'i' }

export function identityKeys(lead: Pick<Lead, 'person'>): IdentityKeys {
  return { email: lead.person.email, phone: phoneKey(lead.person) }
}

/** The key that a contact id is minted from, the first that there is: e-mail, phone and last name, else the lead itself. */
export function contactKey(lead: Pick<Lead, 'id' | 'person'>): string {
  const { email, phone } = identityKeys(lead)
  if (email !== null) return `email:${email}`
  return phone ? `phone:${phone.number}:${phone.lastName}` : `lead:${lead.id}`
}

/** UUIDv5 of the key. The namespace comes from the installation's secret: nobody else can tell from the id whose it is. */
export function contactId(key: string, secret: string): string {
  const namespace = digest(secret, 'contact-id', '').subarray(0, 16)
  return v5(key, namespace)
}

/** HMAC-SHA-256 for stored keys, 128 bits as base64url. `purpose` keeps equal texts of different kinds apart. */
export function hmac(secret: string, purpose: string, text: string): string {
  return digest(secret, purpose, text).subarray(0, HmacBytes).toString('base64url')
}

/** A name for comparison: without case, accents, spaces and punctuation. Marks of scripts that spell vowels with them stay. */
export function foldName(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[ßæœøđðłþı]/g, (letter) => Undivided[letter] ?? letter)
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '')
}

/** The forms under which a number that a person typed may be known: E.164 where it can be read, and its digits. Empty when it is no number. */
export function numberForms(text: string): readonly string[] {
  const digits = digitsOf(text)
  if (!/^[\d\s().+/-]+$/.test(text.normalize('NFKC')) || digits.length < FewestDigits) return []
  const read = readPhone(text, null) ?? readPhone(`+${digits}`, null)
  return read === null ? [digits] : [read, digits]
}

/** Whether these digits may be somebody's: neither an extension nor what people type to get past a form. */
export function isPhoneNumber(digits: string): boolean {
  return digits.length >= FewestDigits && !isJunkNumber(digits)
}

function phoneKey(person: Lead['person']): PhoneKey | null {
  const lastName = foldName(person.lastName ?? '')
  const number = person.phone ?? digitsOf(person.phoneRaw ?? '')
  const digits = digitsOf(number)
  if (lastName === '' || !isPhoneNumber(digits)) return null
  return { number, lastName }
}

/** Full-width digits count as digits. */
export function digitsOf(text: string): string {
  return text.normalize('NFKC').replace(/\D/g, '')
}

function digest(secret: string, purpose: string, text: string): Buffer {
  return createHmac('sha256', secret).update(`${purpose}\0${text}`).digest()
}
