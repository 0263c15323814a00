import { codeWords, type ErrorRow, statusWords } from '../kit/error-row.ts'
import { oneRecordErrors } from '../kit/one-record.ts'
import { type TokenRule, TokenRules } from './auth/token-rules.ts'
import { type Rule, Rules, type StatusRule, StatusRules, UnknownRecord, UnknownRequest } from './rules.ts'

/** All that Salesforce may say, in the order in which it is tried. */
export const salesforceErrors: readonly ErrorRow[] = [
  ...oneRecordErrors,
  ...Rules.map(rowOf),
  { ...rowOf(UnknownRecord), says: 'any other code, of a record' },
  ...StatusRules.map(rowOfStatus),
  { ...UnknownRequest, says: 'any other status' },
  ...TokenRules.map(rowOfToken),
]

function rowOf({ id, codes, of, code, say, field }: Rule): ErrorRow {
  const where = of === undefined ? '' : `, of a ${of}`
  return { id, says: `${codeWords(codes)}${where}`, code, say, ...(field === undefined ? {} : { field }) }
}

function rowOfStatus({ id, status, code, say }: StatusRule): ErrorRow {
  return { id, says: `${statusWords(status)} without a code of the above`, code, say }
}

function rowOfToken({ error, auth, code, say }: TokenRule): ErrorRow {
  const flow = auth === undefined ? '' : `, of \`auth: ${auth}\``
  const id = ['token', ...error.toLowerCase().split('_'), ...(auth === undefined ? [] : [auth])].join('-')
  return { id, says: `\`${error}\`${flow}, when a token is asked for`, code, say }
}
