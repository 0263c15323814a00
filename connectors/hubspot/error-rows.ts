import { codeWords, type ErrorRow, statusWords } from '../kit/error-row.ts'
import { oneRecordErrors } from '../kit/one-record.ts'
import { AnyOther, type Meaning, Meanings, problemId } from './problems.ts'
import { type Rule, Rules, Unknown } from './rules.ts'

/** All that HubSpot may say, in the order in which it is tried. */
export const hubspotErrors: readonly ErrorRow[] = [
  ...oneRecordErrors,
  ...Object.entries(Meanings).map(([code, meaning]) => rowOfProblem(code, meaning)),
  rowOfProblem(null, AnyOther),
  ...Rules.map(rowOf),
  { ...rowOf(Unknown), says: 'any other status' },
]

function rowOfProblem(code: string | null, { code: meant = 'invalid', say }: Meaning): ErrorRow {
  const says = code === null ? '400, any other code of a property' : `400, \`${code}\` of a property`
  const advice = meant === 'conflict' ? 'It is looked up again.' : 'Correct the lead, the mapping or the portal, then replay.'
  return { id: problemId(code), says, code: meant, say: `"FIELD" ${say}. ${advice}` }
}

function rowOf({ id, status, category, policy, text, code, say }: Rule): ErrorRow {
  const parts = [
    statusWords(status),
    ...(category === undefined ? [] : [codeWords([category])]),
    ...(policy === undefined ? [] : [`policy ${codeWords([policy])}`]),
    ...(text === undefined ? [] : [`a text with “${text.source.split('|').join('” or “')}”`]),
  ]
  return { id, says: parts.join(', '), code, say }
}
