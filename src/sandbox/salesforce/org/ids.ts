const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const suffixAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'
const server = 'gL00000'

/**
 * The id of the n-th record of an object, 18 characters. Counted in base 62 as Salesforce does: ids of 15 characters may differ
 * only in case, so that a client which compares or stores them without case mixes people up here too.
 */
export function makeId(keyPrefix: string, n: number): string {
  let rest = n
  let counter = ''
  for (let place = 0; place < 5; place += 1) {
    counter = digits.charAt(rest % digits.length) + counter
    rest = Math.floor(rest / digits.length)
  }
  return withSuffix(`${keyPrefix}${server}${counter}`)
}

/** The 18 characters of an id of 15 or 18; null when it is no id. */
export function toFullId(id: string): string | null {
  if (!/^(?:[0-9a-zA-Z]{15}|[0-9a-zA-Z]{18})$/.test(id)) return null
  const full = withSuffix(id.slice(0, 15))
  return id.length === 15 || full === id ? full : null
}

// The suffix holds which letters are capitals, five to a character:
// https://help.salesforce.com/s/articleView?id=000385008
function withSuffix(id: string): string {
  let suffix = ''
  for (const chunk of [id.slice(0, 5), id.slice(5, 10), id.slice(10, 15)]) {
    const bits = [...chunk].reduce((sum, letter, place) => sum + (letter >= 'A' && letter <= 'Z' ? 2 ** place : 0), 0)
    suffix += suffixAlphabet.charAt(bits)
  }
  return id + suffix
}
