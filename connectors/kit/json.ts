/** What a text says as JSON, or undefined where it is none: gateways answer with HTML or nothing at all. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
