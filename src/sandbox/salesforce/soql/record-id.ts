const suffixDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

/**
 * The 18-character form of a record id, in which two ids are the same exactly when they are equal; null for text that
 * is no id. Of 15 characters the case counts; the last three of 18 hold the case of the others, so that it doesn't.
 */
export function fullId(text: string): string | null {
  if (/^[0-9a-z]{15}$/i.test(text)) return text + suffixOf(text)
  if (!/^[0-9a-z]{15}[a-z0-5]{3}$/i.test(text)) return null
  const suffix = text.slice(15).toUpperCase()
  const restored = [...text.slice(0, 15)].map((letter, index) =>
    isUpper(suffix, index) ? letter.toUpperCase() : letter.toLowerCase(),
  )
  const id = restored.join('')
  // A suffix that calls a digit upper case belongs to no id.
  return suffixOf(id) === suffix ? id + suffix : null
}

/** https://help.salesforce.com/s/articleView?id=000385203: five letters give one digit, the first of them its lowest bit. */
function suffixOf(id: string): string {
  return [0, 5, 10]
    .map((start) => {
      const bits = [...id.slice(start, start + 5)].map((letter, index) => (/[A-Z]/.test(letter) ? 1 << index : 0))
      return suffixDigits.charAt(bits.reduce((sum, bit) => sum + bit, 0))
    })
    .join('')
}

function isUpper(suffix: string, index: number): boolean {
  const bits = suffixDigits.indexOf(suffix.charAt(Math.floor(index / 5)))
  return (bits & (1 << (index % 5))) !== 0
}
