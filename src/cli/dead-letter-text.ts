import { age } from '../admin/status-text.ts'
import type { CrmAnswer } from '../core/index.ts'
import type { DeadLetter } from '../queue/dead-letters.ts'
import type { ConfigNow } from './config-now.ts'

/** CRM → code → how many. */
export type LetterCounts = Readonly<Record<string, Readonly<Record<string, number>>>>

export function letterLine({ id, code, reason, parkedAt }: DeadLetter, now: number): string {
  return `${id}  ${code ?? '-'}  ${when(parkedAt, now)}  ${reason}`
}

/** A line for each CRM, the most frequent code first. */
export function countLines(counts: LetterCounts): readonly string[] {
  const width = Math.max(0, ...Object.keys(counts).map((crm) => crm.length))
  return Object.entries(counts).map(([crm, codes]) => {
    const often = Object.entries(codes).sort(([, a], [, b]) => b - a)
    return `${crm.padEnd(width)}  ${often.map(([code, count]) => `${count} ${code}`).join(', ')}`
  })
}

export function letterDetails(letter: DeadLetter, config: ConfigNow, now: number): readonly string[] {
  const { id, crm, leadId, lead, step, code, reason, parkedAt, parks, tries } = letter
  return [
    `${step === null ? 'delivery' : 'follow-up'} ${id}`,
    `  CRM: ${crm}`,
    `  lead: ${leadId ?? 'no longer in the ledger'} (key ${lead}); leadsync lead shows its history`,
    `  code: ${code ?? 'no longer known'}`,
    `  parked: ${parkedAt ?? 'unknown'} (${when(parkedAt, now)})${parks > 1 ? `, for the ${ordinal(parks)} time` : ''}; ${triesText(tries)}`,
    `  reason: ${reason}`,
    `  answer: ${answerText(letter.answer)}`,
    `  settings: ${settingsText(letter.config, config)}`,
  ]
}

/** What the CRM said of the try: its status, codes and field names, none of its own text. */
function answerText(answer: CrmAnswer | null): string {
  if (answer === null) return 'none: Leadsync decided this itself, or the CRM said nothing'
  const { status, code, correlationId, fields } = answer
  return [
    ...(status === null ? [] : [`HTTP ${status}`]),
    ...(code === null ? [] : [`code ${code}`]),
    ...(fields.length === 0 ? [] : [`about ${fields.join(', ')}`]),
    ...(correlationId === null ? [] : [`correlation id ${correlationId}`]),
  ].join(', ')
}

function settingsText(parked: string | null, { file, daemon }: ConfigNow): string {
  const before = parked === null ? 'not noted when it was parked' : `${parked} when it was parked`
  if (file === null) return `${before}; its file can't be used now (leadsync check says why), so that a replayed one waits`
  const compared = parked === null ? '' : parked === file ? ': the same' : ': changed since'
  const stale = daemon !== null && daemon !== file ? `; the daemon began with ${daemon}: restart it before you replay` : ''
  return `${before}, ${file} in its file now${compared}${stale}`
}

function triesText(tries: number): string {
  return tries === 1 ? 'tried once since it came in or was replayed' : `tried ${tries} times since it came in or was replayed`
}

function ordinal(count: number): string {
  const ending = { one: 'st', two: 'nd', few: 'rd', other: 'th' } as Readonly<Record<string, string>>
  return `${count}${ending[new Intl.PluralRules('en', { type: 'ordinal' }).select(count)] ?? 'th'}`
}

function when(at: string | null, now: number): string {
  return at === null ? 'unknown' : age(at, now)
}
