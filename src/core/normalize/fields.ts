import { isJsonObject, type JsonObject } from './keys.ts'
import { scalarText } from './text.ts'
import { type ReadTime, readTime } from './time.ts'

export interface LeadProblem {
  /** Dotted, e.g. `person.email`; empty for the lead itself. */
  readonly path: string
  /** A sentence for a person; it quotes nothing of the lead. */
  readonly message: string
}

/**
 * Reads fields of our own schema and gathers everything that is wrong, so that a sender sees it all at once. Zod is not used here: it
 * has no words for "null is absent, a number is fine for text", and its messages quote what was sent.
 */
export class FieldReader {
  readonly problems: LeadProblem[]
  readonly #object: JsonObject
  readonly #prefix: string

  constructor(object: JsonObject, prefix: string, problems: LeadProblem[] = []) {
    this.#object = object
    this.#prefix = prefix
    this.problems = problems
  }

  /** `demand` goes on from the path: `must be …`. */
  problem(name: string, demand: string): void {
    const path = `${this.#prefix}${name}`
    this.problems.push({ path, message: `${path} ${demand}.` })
  }

  text(name: string): string | null {
    const value = this.#value(name)
    const text = scalarText(value)
    if (value !== null && text === null) this.problem(name, 'must be text')
    return text
  }

  texts(name: string): readonly string[] {
    const value = this.#value(name) ?? []
    const texts = Array.isArray(value) ? value.map(scalarText) : [null]
    if (texts.includes(null)) this.problem(name, 'must be a list of texts')
    return texts.filter((text) => text !== null)
  }

  flag(name: string): boolean | null {
    const value = this.#value(name)
    if (value === null || typeof value === 'boolean') return value
    this.problem(name, 'must be true or false')
    return null
  }

  time(name: string): ReadTime | null {
    const text = this.#blankable(name)
    const time = text === null ? null : readTime(text)
    if (text !== null && time === null)
      this.problem(name, 'must be an ISO 8601 time with its zone, such as 2026-11-23T10:00:00Z, or a day')
    return time
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null {
    const text = this.#blankable(name)
    const found = allowed.find((option) => option === text) ?? null
    if (text !== null && found === null) this.problem(name, `must be one of ${allowed.join(', ')}`)
    return found
  }

  object(name: string): JsonObject | null {
    const value = this.#value(name)
    if (value === null || isJsonObject(value)) return value
    this.problem(name, 'must be an object')
    return null
  }

  /** The fields of an object within; of an empty one where it is absent. */
  inside(name: string): FieldReader {
    return new FieldReader(this.object(name) ?? {}, `${this.#prefix}${name}.`, this.problems)
  }

  #blankable(name: string): string | null {
    return this.text(name)?.trim() || null
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? null) : null
  }
}
