import type { Person } from '../lead.ts'
import { readCountry } from './country.ts'
import { readEmail } from './email.ts'
import { readPhone } from './phone.ts'
import { cleanLine, cleanText } from './text.ts'

export interface ReadPerson {
  readonly person: Person
  /** The e-mail as it arrived, where the person's `email` does not say all of it. */
  readonly unreadEmail: string | null
}

/** Cleans what arrived about a person. Nothing is made up: a value that can't be read stays null beside its original. */
export function readPerson(arrived: Readonly<Record<keyof Person, string | null>>): ReadPerson {
  const { email, unread } = readEmail(arrived.email)
  const countryGiven = cleanLine(arrived.country)
  const countryRaw = cleanLine(arrived.countryRaw) ?? countryGiven
  const country = readCountry(countryGiven) ?? readCountry(countryRaw)
  const phoneGiven = cleanLine(arrived.phone)
  const phoneRaw = cleanLine(arrived.phoneRaw) ?? phoneGiven
  const phone = readPhone(phoneGiven, country) ?? (phoneRaw === phoneGiven ? null : readPhone(phoneRaw, country))
  const person = {
    email,
    phone,
    phoneRaw,
    firstName: cleanLine(arrived.firstName),
    lastName: cleanLine(arrived.lastName),
    company: cleanLine(arrived.company),
    jobTitle: cleanLine(arrived.jobTitle),
    country,
    countryRaw,
  }
  return { person, unreadEmail: unread }
}

/** An address that can't be read would be refused by every CRM, and dropping it would lose how to reach the person: it goes to the notes. */
export function notesWith(notes: string | null, unreadEmail: string | null): string | null {
  if (unreadEmail === null) return notes
  return cleanText([...(notes ? [notes] : []), `E-mail as it arrived: ${unreadEmail}`].join('\n'))
}
