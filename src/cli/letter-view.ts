import type { DeadLetter, DeadLetterFilter, DeadLetters } from '../queue/dead-letters.ts'
import { type ConfigNow, configsNow } from './config-now.ts'
import { countLines, letterDetails, letterLine } from './dead-letter-text.ts'
import { planFacts, planLetter, planLines } from './letter-plan.ts'
import type { LettersAsked } from './letters-asked.ts'
import { printJson, printLines } from './print.ts'

const Nothing = 'Nothing waits for a person.'
const Unknown: ConfigNow = { file: null, daemon: null }

/** `limit` of them (null: all), and how many there are by CRM and code. */
export async function listLetters({ letters, filter, config, store, json }: LettersAsked, limit: number | null): Promise<number> {
  const shown: DeadLetter[] = []
  const counts: Record<string, Record<string, number>> = {}
  let total = 0
  for await (const page of letters.pages(filter)) {
    total += page.letters.length
    shown.push(...page.letters.slice(0, limit === null ? undefined : limit - shown.length))
    for (const letter of page.letters) tally(counts, letter)
  }
  if (json) {
    const now = await configsNow(config, store.scripts)
    printJson({ deadLetters: shown.map((letter) => ({ ...letter, configNow: now.get(letter.crm) ?? Unknown })), total, counts })
    return 0
  }
  const at = Date.now()
  const rest = total - shown.length
  const more = rest === 0 ? [] : [`and ${rest} more: --limit ${total} prints all of them`]
  printLines(
    total === 0
      ? [await nothingText(letters, filter)]
      : [...shown.map((one) => letterLine(one, at)), ...more, '', ...countLines(counts)],
  )
  return 0
}

/** Counted one by one: a queue's failed jobs may be marks, which are nobody's to replay. */
async function nothingText(letters: DeadLetters, { crm, code, offer, parked }: DeadLetterFilter): Promise<string> {
  const chosen = [crm, code, offer, parked?.from, parked?.until].some((one) => one !== undefined)
  let all = 0
  if (chosen) for await (const page of letters.pages()) all += page.letters.length
  if (all === 0) return Nothing
  return `Nothing that waits for a person fits what you asked for; ${all} in all ${all === 1 ? 'waits' : 'wait'}.`
}

function tally(counts: Record<string, Record<string, number>>, { crm, code }: DeadLetter): void {
  counts[crm] ??= {}
  const ofCrm = counts[crm]
  const word = code ?? 'no longer known'
  ofCrm[word] = (ofCrm[word] ?? 0) + 1
}

export interface ShowOptions {
  /** Whether the CRM is asked what a replay would send. */
  readonly plan: boolean
  /** Whether that is shown with the person's own values. */
  readonly personal: boolean
}

/** All that is known comes first: a CRM that is down must not keep it from whoever asks. */
export async function showLetters(asked: LettersAsked, id: string, { plan, personal }: ShowOptions): Promise<number> {
  const { letters, filter, config, store, json } = asked
  const found = await letters.find(id, filter)
  if (found.length === 0) return notAmongThem()
  const now = await configsNow(config, store.scripts)
  const configOf = ({ crm }: DeadLetter) => now.get(crm) ?? Unknown
  if (!json) printLines(found.flatMap((one) => letterDetails(one, configOf(one), Date.now())))
  const shown: object[] = []
  for (const one of found) {
    const planned = plan ? await planLetter(one, config, store.scripts) : null
    if (!json && planned) printLines(['', ...planLines(planned, personal)])
    shown.push({ ...one, configNow: configOf(one), ...(planned ? planFacts(planned, personal) : {}) })
  }
  if (json) printJson({ deadLetters: shown })
  return 0
}

export function notAmongThem(): number {
  process.stderr.write('That is not among the dead letters: leadsync dead-letters list shows them.\n')
  return 1
}
