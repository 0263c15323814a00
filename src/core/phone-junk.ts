const Ascending = '01234567890123456789'
const Descending = '98765432109876543210'
const LongestCountryCode = 3
const ShortestNumber = 7

/**
 * Whether a number is what people type to get past a form: one to three digits repeated, or digits counted up or down, behind any
 * country prefix. Such numbers join strangers, so that calling a real one junk is the smaller mistake.
 */
export function isJunkNumber(digits: string): boolean {
  const significant = digits.replace(/^00(?=[1-9])/, '')
  for (let prefix = 0; prefix <= LongestCountryCode; prefix += 1) {
    const rest = significant.slice(prefix)
    if (rest.length < ShortestNumber) return false
    if (Ascending.includes(rest) || Descending.includes(rest) || /^(\d{1,3}?)\1+$/.test(rest)) return true
  }
  return false
}
