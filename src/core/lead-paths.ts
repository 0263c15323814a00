import type { z } from 'zod'
import { Lead, Offer, Person } from './lead.ts'
import { nearMatches } from './near-matches.ts'
import type { Qualification } from './qualify.ts'

/** What a mapping reads. */
export type LeadScope = Lead & {
  readonly contactId: string
  readonly score: number
  /** One text. */
  readonly scoreReasons: string
  readonly priority: Qualification['priority']
}

/** A fresh object each time, as Liquid's `increment` writes into the outermost one. */
export function leadScope(lead: Lead, contactId: string, { score, reasons, priority }: Qualification): LeadScope {
  return { ...lead, contactId, score, scoreReasons: reasons.join('; '), priority }
}

const Groups: Readonly<Record<string, readonly string[]>> = { offer: parts(Offer), person: parts(Person) }
/** Their keys are the sender's: any is allowed. */
const OpenGroups: readonly string[] = ['campaign', 'raw']
const NotForCrms: readonly string[] = ['v']
const Singles = [
  ...parts(Lead).filter((name) => !(name in Groups) && !OpenGroups.includes(name) && !NotForCrms.includes(name)),
  ...['contactId', 'score', 'scoreReasons', 'priority'],
]
const Known = [...Singles, ...Object.entries(Groups).flatMap(([group, names]) => names.map((name) => `${group}.${name}`))]

function parts(shape: z.ZodObject): string[] {
  return Object.keys(shape.shape)
}

/** `person.email` → its segments. A campaign parameter's own name may contain dots. */
export function pathSegments(path: string): string[] {
  const [root = '', ...rest] = path.split('.')
  if (rest.length === 0) return [root]
  return root === 'campaign' ? [root, rest.join('.')] : [root, ...rest]
}

/** Why these segments name no single value of a lead, as a sentence with the nearest right ones; null when they do. `further` may be meant, too. */
export function pathFault(segments: readonly string[], further: readonly string[] = []): string | null {
  const [root = '', part, ...rest] = segments
  const path = segments.join('.')
  if (OpenGroups.includes(root))
    return part ? null : `"${root}" is a group, not a value: name one of its keys, like ${root}.NAME.`
  const names = Object.hasOwn(Groups, root) ? Groups[root] : undefined
  if (names && part === undefined)
    return `"${root}" is a group, not a value: name one of ${names.map((name) => `${root}.${name}`).join(', ')}.`
  if (names?.includes(part ?? '') && rest.length === 0) return null
  if (Singles.includes(root) && part === undefined) return null
  return `A lead has no "${path}". ${advice(path, further)}`
}

/** What is meant by part of a path alone (`person.emial`, `emial`), or where all paths are listed. */
function advice(path: string, further: readonly string[]): string {
  const near = nearMatches(path, [...Known, ...further])
  const tail = path.split('.').at(-1)?.toLowerCase() ?? ''
  const sameTail = Known.filter((known) => known.split('.').at(-1)?.toLowerCase() === tail)
  const matches = [...new Set([...sameTail, ...near])].slice(0, 3)
  return matches.length > 0 ? `Did you mean ${matches.join(' or ')}?` : 'leadsync schema lead lists what there is.'
}

/** What stands at the path, own keys only, so that no path reaches into a prototype. */
export function readPath(scope: LeadScope, segments: readonly string[]): unknown {
  let value: unknown = scope
  for (const segment of segments) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined
    value = (value as Record<string, unknown>)[segment]
  }
  return value
}
