/**
 * A text in SOQL, quotes included. SOQL has no bound parameters, so this is the only way that a value of a lead gets into a query.
 * https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm
 */
export function literal(value: string): string {
  return `'${value.replace(Special, escaped)}'`
}

/** `Field IN ('a','b')`. An empty list is a defect of the caller: `IN ()` is refused. */
export function inList(field: string, values: readonly string[]): string {
  if (!FieldPath.test(field)) throw new Error('A SOQL field must be letters, digits, _ and dots.')
  if (values.length === 0) throw new Error(`SOQL takes no empty list for ${field}.`)
  return `${field} IN (${values.map((value) => literal(value)).join(',')})`
}

const FieldPath = /^[A-Za-z]\w*(\.[A-Za-z]\w*)*$/
// Control characters too: some of them end a statement or a request line somewhere on the way. Half a surrogate pair can't be sent as UTF-8.
const Special = /[\\'\p{Cc}\u2028\u2029]|\p{Cs}/gu
const Named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' }

function escaped(character: string): string {
  if (character === '\\' || character === "'") return `\\${character}`
  const code = character.charCodeAt(0)
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  return Named[character] ?? `\\u${code.toString(16).padStart(4, '0').toUpperCase()}`
}
