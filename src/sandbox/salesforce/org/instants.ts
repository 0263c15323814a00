/** `2026-11-23T10:00:00.000+0000`: Salesforce keeps whole seconds and drops the rest without a word. */
export function toDatetime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}.000+0000`
}

/** The date in UTC. */
export function toDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
