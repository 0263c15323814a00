import type { DeadLetter, DeadLetters } from '../queue/dead-letters.ts'
import { notAmongThem } from './letter-view.ts'
import type { LettersAsked } from './letters-asked.ts'
import { printJson, printLines } from './print.ts'
import { createProgress } from './progress.ts'
import { WrongUse } from './wrong-use.ts'

export interface LetterChange {
  readonly verb: 'replay' | 'discard'
  readonly yes: boolean
}

interface Changed {
  readonly done: number
  readonly skipped: number
}

/** All that the filter lets through. Ended half-way, the same command goes on with those that are left. */
export async function changeAll({ letters, filter, json }: LettersAsked, { verb, yes }: LetterChange): Promise<number> {
  if (verb === 'discard' && !yes) {
    let chosen = 0
    for await (const page of letters.pages(filter)) chosen += page.letters.length
    throw notSure(chosen)
  }
  const progress = createProgress({ total: await letters.count(filter), stream: process.stderr, now: Date.now })
  const word = wordOf(verb)
  let [looked, done, skipped] = [0, 0, 0]
  for await (const page of letters.pages(filter)) {
    const changed = await change(letters, verb, page.letters)
    looked += page.looked
    done += changed.done
    skipped += changed.skipped
    progress.reached(looked, `${done} ${word}`)
  }
  progress.end()
  return report({ done, skipped }, verb, json)
}

export async function changeOne(
  { letters, filter, json }: LettersAsked,
  id: string,
  { verb, yes }: LetterChange,
): Promise<number> {
  const chosen = await letters.find(id, filter)
  if (chosen.length === 0) return notAmongThem()
  if (verb === 'discard' && !yes) throw notSure(chosen.length)
  return report(await change(letters, verb, chosen), verb, json)
}

/** A page together: ten thousand one after the other would take minutes of round trips. */
async function change(letters: DeadLetters, verb: LetterChange['verb'], chosen: readonly DeadLetter[]): Promise<Changed> {
  const changed = await Promise.all(
    chosen.map((letter) => (verb === 'replay' ? letters.replay(letter) : letters.discard(letter, 'A person gave it up.'))),
  )
  const done = changed.filter(Boolean).length
  return { done, skipped: chosen.length - done }
}

function report({ done, skipped }: Changed, verb: LetterChange['verb'], json: boolean): number {
  const word = wordOf(verb)
  if (json) printJson({ [word]: done, skipped })
  else printLines([`${done} ${word}${skipped > 0 ? `, ${skipped} left: somebody else took them up meanwhile` : ''}`])
  return skipped === 0 ? 0 : 1
}

function notSure(count: number): WrongUse {
  return new WrongUse(`discard gives up ${count} of them for good: add --yes if that is what you want`)
}

function wordOf(verb: LetterChange['verb']): string {
  return verb === 'replay' ? 'replayed' : 'discarded'
}
