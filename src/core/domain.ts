import { readEmail } from './normalize/email.ts'

/** A domain in the one form that the addresses of leads have (lower case, punycode); null when it is none. */
export function readDomain(text: string): string | null {
  // `x <a@contoso.com>` is an address all the same.
  if (/[<>@]/.test(text)) return null
  const { email, unread } = readEmail(`a@${text.trim()}`)
  return unread === null && email !== null ? domainOf(email) : null
}

/** The domain of a lead's address. */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1)
}

/** Whether a domain is one of these or below one of them. */
export function isWithin(domain: string, domains: readonly string[]): boolean {
  return domains.some((one) => domain === one || domain.endsWith(`.${one}`))
}
