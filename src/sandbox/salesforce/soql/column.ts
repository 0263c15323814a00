import type { QueryableField, QueryableObject, QueryableRow, SoqlValue } from './org.ts'
import { malformed, SoqlProblem } from './problem.ts'
import type { Located, Scope } from './scope.ts'
import type { FieldPath } from './syntax.ts'

/** One relationship on the way to a field. */
export interface Step {
  readonly name: string
  /** What the `attributes` of the parent call it. */
  readonly type: string
  follow(from: Located): Located | null
}

/** A field of the object that is queried, or of a parent of it. */
export interface Column {
  readonly field: QueryableField
  readonly steps: readonly Step[]
  /** The value in the record at the end of the steps. */
  valueIn(located: Located): SoqlValue
  /** The value in a record of the object that is queried; null where a parent is missing. */
  read(row: QueryableRow): SoqlValue
}

/** Where a path has come to: one object, or Name, which Salesforce shows where a reference may lead to several. */
interface Place {
  readonly name: string
  readonly objects: readonly QueryableObject[]
  readonly isPolymorphic: boolean
}

/** "Each specified relationship can be up to five levels": SOQL reference, Understanding Relationship Query Limitations. */
const longestPath = 5

const nameColumns = new Set(
  'id name alias email firstname isactive lastname phone profileid title type userroleid username'.split(' '),
)

const typeOfName: QueryableField = { name: 'Type', type: 'string', filterable: true, relationshipName: null, referenceTo: [] }

/** Finds what a path means; throws INVALID_FIELD for a field or relationship that isn't there (or isn't shown to the user). */
export function resolveColumn(path: FieldPath, scope: Scope): Column {
  const names = withoutPrefix(path, scope)
  if (names.length - 1 > longestPath) throw malformed('SOQL relationship paths may have five levels at most', path.at)
  const steps: Step[] = []
  let place: Place = { name: scope.object.name, objects: [scope.object], isPolymorphic: false }
  for (const name of names.slice(0, -1)) {
    const field = referenceIn(place, name, path)
    place = placeBehind(field, scope)
    steps.push(makeStep(name, field, place, scope))
  }
  return makeColumn(fieldIn(place, names.at(-1) ?? '', path), steps, scope)
}

function withoutPrefix({ names }: FieldPath, scope: Scope): readonly string[] {
  const [first = '', ...rest] = names
  const isPrefix = same(first, scope.alias ?? '') || same(first, scope.object.name)
  return isPrefix && rest.length > 0 ? rest : names
}

function referenceIn(place: Place, name: string, path: FieldPath): QueryableField {
  const fields = place.isPolymorphic ? [] : place.objects.flatMap((object) => object.fields)
  const field = fields.find((one) => one.relationshipName !== null && same(one.relationshipName, name))
  if (field !== undefined) return field
  const advice =
    "If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
  throw new SoqlProblem('INVALID_FIELD', `Didn't understand relationship '${name}' in field path. ${advice}`, path.at)
}

function placeBehind(field: QueryableField, scope: Scope): Place {
  const objects = field.referenceTo.map((name) => scope.org.object(name)).filter((object) => object !== null)
  const isPolymorphic = field.referenceTo.length > 1
  return { name: isPolymorphic ? 'Name' : (field.referenceTo[0] ?? ''), objects, isPolymorphic }
}

function fieldIn(place: Place, name: string, path: FieldPath): QueryableField {
  if (place.isPolymorphic && same(name, typeOfName.name)) return typeOfName
  const fields = place.objects.flatMap((object) => object.fields)
  const isShown = !place.isPolymorphic || nameColumns.has(name.toLowerCase())
  const field = isShown ? fields.find((one) => same(one.name, name)) : undefined
  if (field !== undefined) return field
  const advice =
    "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
  throw new SoqlProblem('INVALID_FIELD', `No such column '${name}' on entity '${place.name}'. ${advice}`, path.at)
}

function makeStep(name: string, field: QueryableField, { name: type, objects }: Place, scope: Scope): Step {
  function follow({ row }: Located): Located | null {
    const id = row[field.name]
    return typeof id === 'string' ? scope.find(objects, id) : null
  }
  return { name: field.relationshipName ?? name, type, follow }
}

function makeColumn(field: QueryableField, steps: readonly Step[], scope: Scope): Column {
  function valueIn({ object, row }: Located): SoqlValue {
    return field === typeOfName ? object.name : (row[field.name] ?? null)
  }
  function read(row: QueryableRow): SoqlValue {
    let located: Located | null = { object: scope.object, row }
    for (const step of steps) located = located === null ? null : step.follow(located)
    return located === null ? null : valueIn(located)
  }
  return { field, steps, valueIn, read }
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
