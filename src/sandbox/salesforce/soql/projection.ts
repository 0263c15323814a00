import { type Column, resolveColumn, type Step } from './column.ts'
import { SoqlProblem } from './problem.ts'
import type { Located, Scope } from './scope.ts'
import type { FieldPath } from './syntax.ts'

export type View = Readonly<Record<string, unknown>>

type Show = (located: Located) => unknown

/** Makes what shows a record as the SELECT asks: `attributes`, fields in its order, each parent as one object or null. */
export function compileProjection(paths: readonly FieldPath[], scope: Scope): (located: Located) => View {
  const columns = paths.map((path) => resolveColumn(path, scope))
  refuseTwice(columns, paths)
  return shape(columns, 0, scope.object.name, scope)
}

/** Shows a record by the columns that lead through it; `depth` is how many of their steps have led here. */
function shape(columns: readonly Column[], depth: number, type: string, scope: Scope): (located: Located) => View {
  const shows = new Map<string, Show>()
  for (const column of columns) {
    const step = column.steps[depth]
    if (step === undefined) shows.set(column.field.name, (located) => column.valueIn(located))
    else if (!shows.has(step.name)) shows.set(step.name, showParent(step, columns, depth, scope))
  }
  return (located) => {
    const view: Record<string, unknown> = { attributes: scope.org.attributes(type, located.object.name, located.row) }
    for (const [name, show] of shows) view[name] = show(located)
    return view
  }
}

function showParent(step: Step, columns: readonly Column[], depth: number, scope: Scope): Show {
  const through = columns.filter((column) => column.steps[depth]?.name === step.name)
  const show = shape(through, depth + 1, step.type, scope)
  return (located) => {
    const parent = step.follow(located)
    return parent === null ? null : show(parent)
  }
}

function refuseTwice(columns: readonly Column[], paths: readonly FieldPath[]): void {
  const seen = new Set<string>()
  for (const [index, { steps, field }] of columns.entries()) {
    const name = [...steps, field].map((part) => part.name).join('.')
    if (seen.has(name)) throw new SoqlProblem('INVALID_FIELD', `duplicate field selected: ${name}`, paths[index]?.at ?? null)
    seen.add(name)
  }
}
