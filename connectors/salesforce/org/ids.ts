const Letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

/**
 * The 18 characters of an id, whichever of its two spellings came: the last three say which letters of the 15 are capitals, so that the
 * long one survives tools that ignore letter case. https://help.salesforce.com/s/articleView?id=000385585
 */
export function longId(id: string): string {
  if (id.length !== 15) return id
  const checks = [0, 5, 10].map((from) => {
    const capitals = [...id.slice(from, from + 5)].map((letter, place) => (/[A-Z]/.test(letter) ? 1 << place : 0))
    return Letters[capitals.reduce((sum: number, bit) => sum + bit, 0)]
  })
  return `${id}${checks.join('')}`
}

/** Whether a text has the form of an id, of the objects with these first three characters if any are given. */
export function isId(text: string, ...prefixes: readonly string[]): boolean {
  if (!/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(text)) return false
  return prefixes.length === 0 || prefixes.some((prefix) => text.startsWith(prefix))
}
