import { codeWords, type ErrorRow, statusWords } from '../kit/error-row.ts'
import { oneRecordErrors } from '../kit/one-record.ts'
import { type TokenRule, TokenRules } from './auth/token-rules.ts'
import { FixedTokenRefused, type Rule, Rules, type StatusRule, StatusRules, Unknown } from './rules.ts'

/** All that Dataverse and Microsoft Entra ID may say, in the order in which it is tried. */
export const dynamicsErrors: readonly ErrorRow[] = [
  ...oneRecordErrors,
  ...Rules.map(rowOf),
  { ...FixedTokenRefused, says: '401, with `auth: static-token`' },
  ...StatusRules.map(rowOfStatus),
  { ...Unknown, says: 'any other status' },
  ...TokenRules.map(rowOfToken),
]

function rowOf({ id, codes, status, code, say, field }: Rule): ErrorRow {
  const only = status === undefined ? '' : `, with ${status}`
  return { id, says: `${codeWords(codes)}${only}`, code, say, ...(field === undefined ? {} : { field }) }
}

function rowOfStatus({ id, status, of, code, say }: StatusRule): ErrorRow {
  const where = of === undefined ? '' : ', of a record'
  return { id, says: `${statusWords(status)} without a code of the above${where}`, code, say }
}

function rowOfToken({ codes: [first, ...others], code, say }: TokenRule): ErrorRow {
  const names = [first, ...others].map((one) => `AADSTS${one}`)
  return { id: `token-${first}`, says: `${codeWords(names)}, when a token is asked for`, code, say }
}
