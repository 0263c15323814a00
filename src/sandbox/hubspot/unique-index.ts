import type { ObjectName } from './object-kinds.ts'

export type Values = Readonly<Record<string, string>>

/** What of a record is indexed. */
interface Indexed {
  readonly id: string
  readonly kind: ObjectName
  readonly values: Values
}

/** Who holds which unique value, so that ten thousands of records cost a batch nothing. */
export interface UniqueIndex {
  add(record: Indexed): void
  remove(record: Indexed): void
  holder(kind: ObjectName, property: string, value: string): string | undefined
  emailHolder(address: string): string | undefined
  clear(): void
}

const secondary = 'hs_additional_emails'

export function createUniqueIndex(uniqueNames: (kind: ObjectName) => readonly string[]): UniqueIndex {
  const holders = new Map<string, string>()

  function keys(record: Indexed): string[] {
    const { kind, values } = record
    const found: string[] = []
    for (const name of uniqueNames(kind)) {
      const value = values[name]
      if (value !== undefined && value !== '') found.push(key(kind, name, value))
    }
    if (kind !== 'contacts') return found
    const email = values.email ?? ''
    if (email !== '') found.push(key(kind, 'email', email))
    for (const address of splitEmails(values[secondary])) found.push(key(kind, secondary, address))
    return found
  }

  return {
    add(record) {
      for (const one of keys(record)) holders.set(one, record.id)
    },
    remove(record) {
      for (const one of keys(record)) if (holders.get(one) === record.id) holders.delete(one)
    },
    holder: (kind, property, value) => holders.get(key(kind, property, value)),
    emailHolder: (address) => holders.get(key('contacts', 'email', address)) ?? holders.get(key('contacts', secondary, address)),
    clear: () => holders.clear(),
  }
}

/** The addresses of an `hs_additional_emails` value, lower-cased; HubSpot separates them with semicolons. */
export function splitEmails(value: string | undefined): string[] {
  const parts = (value ?? '').split(';').map((part) => part.trim().toLowerCase())
  return parts.filter((part) => part !== '')
}

/** Addresses are lower-cased before they are stored or asked for; other unique values count as they are written. */
function key(kind: ObjectName, property: string, value: string): string {
  return `${kind}\n${property}\n${value}`
}
