/** The CRM's own opt-out fields per object kind, in any letter case; a name that ends in `*` stands for all that begin so. */
export type OptOutFields = Readonly<Record<string, readonly string[]>>

/** Whether a field says what the person themselves decided: it is never written false or empty, whatever a mapping says. */
export function isOptOutField(fields: OptOutFields, object: string, field: string): boolean {
  const names = Object.hasOwn(fields, object) ? (fields[object] ?? []) : []
  return names.some((name) => matches(name.toLowerCase(), field.toLowerCase()))
}

function matches(name: string, field: string): boolean {
  return name.endsWith('*') ? field.startsWith(name.slice(0, -1)) : field === name
}
