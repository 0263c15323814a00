/** One thing that is wrong with the configuration: where it is, what it is, and what would be right. Never holds a value, only keys. */
export interface Problem {
  /** As an editor opens it from the working directory. */
  readonly file: string
  /** 1-based; null when the file itself is the problem. */
  readonly line: number | null
  readonly column: number | null
  /** `intake.tokens[0].value`; empty for the whole file. */
  readonly key: string
  readonly message: string
}

export type Path = readonly PropertyKey[]

/** What a check found in a file's data, before it is known where that stands in the file. */
export interface Finding {
  readonly path: Path
  readonly message: string
  /** The message may hold some of what stands there, which must not be shown where a `${…}` was filled in. */
  readonly quotes?: boolean
}

/** `config/crm/hubspot.yaml:12:5 mapping.contact.firstname: …`, which editors and terminals turn into a link. */
export function formatProblem(problem: Problem): string {
  const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`
  return problem.key === '' ? `${place}: ${problem.message}` : `${place} ${problem.key}: ${problem.message}`
}

/** `['intake', 'tokens', 0]` → `intake.tokens[0]`. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += text === '' ? String(step) : `.${String(step)}`
  }
  return text
}

/** As they stand in the file: a schema reports unknown keys last, a person reads from top to bottom. */
export function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}
