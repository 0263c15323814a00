/** They are written without spaces, so where a word ends can't be told: in them a part of a text counts as a word. */
const Unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}]/u

/** The words of a text, in lower case and one spelling, with a space around each: made once, then asked for many phrases. */
export function wordsOf(text: string | null): string {
  const words =
    (text ?? '')
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  return ` ${words.join(' ')} `
}

/** Whether the words hold this word or these words in a row: whole ones, since "CTO" is no part of a "director". A phrase without letters or digits is never held. */
export function holdsPhrase(words: string, phrase: string): boolean {
  const wanted = wordsOf(phrase)
  if (wanted.trim() === '') return false
  return words.includes(Unspaced.test(wanted) ? wanted.trim() : wanted)
}
