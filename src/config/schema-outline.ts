import { z } from 'zod'
import type { Path } from './problem.ts'

/** As much of a JSON Schema as we read. */
export interface Outline {
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly default?: unknown
  readonly const?: unknown
  readonly required?: readonly string[]
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Outline>>
  readonly additionalProperties?: Outline | boolean
  readonly items?: Outline
  readonly anyOf?: readonly Outline[]
  readonly oneOf?: readonly Outline[]
  readonly enum?: readonly unknown[]
}

/** The keys that a schema knows at a path: what a mistyped key was meant to be. */
export function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  return outlinesAt(schema, path).flatMap((outline) => Object.keys(outline.properties ?? {}))
}

/** What the schema's author says about the value at a path, or null. */
export function descriptionAt(schema: z.ZodType, path: Path): string | null {
  return outlinesAt(schema, path).find((outline) => outline.description !== undefined)?.description ?? null
}

/** The texts that are allowed at a path where the schema is a choice of several. */
export function enumAt(schema: z.ZodType, path: Path): readonly string[] {
  const values = outlinesAt(schema, path).flatMap((outline) => outline.enum ?? [])
  return values.filter((value) => typeof value === 'string')
}

/**
 * Walks the JSON Schema instead of the zod object: that is plain data, without the dozen wrappers (default, optional, pipe…) that would have to be
 * unwrapped one by one. Only reached when there is a problem to explain.
 */
function outlinesAt(schema: z.ZodType, path: Path): readonly Outline[] {
  let current = branches(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Outline)
  for (const step of path) {
    current = current.flatMap((outline) => {
      const next = typeof step === 'number' ? outline.items : (outline.properties?.[String(step)] ?? outline.additionalProperties)
      return typeof next === 'object' ? branches(next) : []
    })
  }
  return current
}

function branches(outline: Outline): readonly Outline[] {
  return [outline, ...[...(outline.anyOf ?? []), ...(outline.oneOf ?? [])].flatMap((branch) => branches(branch))]
}
