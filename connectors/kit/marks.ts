import { createHash } from 'node:crypto'

const Marker = /leadsync:[0-9a-f]{24}/g
const Sealed = /^(?<body>.*?) ?\[leadsync:[0-9a-f]{24}\.(?<seal>[0-9a-f]{16})\]$/

/** What marks a task or note as ours in its text. Hashed, so that whatever an id holds, no CRM changes it; `kind` keeps their ids apart. */
export function markerOf(kind: string, id: string): string {
  return `leadsync:${hash(`${kind}\0${id}`, 24)}`
}

export function markersIn(text: string): readonly string[] {
  return [...text.matchAll(Marker)].map(([marker]) => marker)
}

/**
 * A seal over what was written. CRMs don't say whether a person changed a task or an automation only looked at it, so what was sent is
 * compared with what is there.
 */
export function sealOf(parts: readonly unknown[]): string {
  return hash(JSON.stringify(parts), 16)
}

/** What stands before `[marker.seal]` in a text of one line, and the seal; null where it does not end so. */
export function unsealed(line: string): { readonly body: string; readonly seal: string } | null {
  const { body, seal } = Sealed.exec(line)?.groups ?? {}
  return body === undefined || seal === undefined ? null : { body, seal }
}

/** With each run of white space as one space: CRMs store line breaks in their own way. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits)
}
