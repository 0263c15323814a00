import { readLink } from './ledger.ts'
import { KeyPrefix, type Scripts } from './redis.ts'

const Field = 'link:'

/** Which of these contacts have a record in which CRM, as far as Leadsync knows: CRM → contact ids. */
export async function recordsOf(
  scripts: Scripts,
  contactIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const contacts = await Promise.all(
    contactIds.map(async (id) => ({ id, stored: await scripts.redis.hgetall(`${KeyPrefix}contact:${id}`) })),
  )
  const found = new Map<string, string[]>()
  for (const { id, stored } of contacts) {
    for (const crm of crmsIn(stored)) found.set(crm, [...(found.get(crm) ?? []), id])
  }
  return found
}

function crmsIn(stored: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(stored).flatMap(([field, value]) => {
    if (!field.startsWith(Field) || readLink(value).record === null) return []
    return [field.slice(Field.length)]
  })
}
