import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TokenRules as EntraRules } from '../../connectors/dynamics/auth/token-rules.ts'
import { TokenRules as SalesforceTokenRules } from '../../connectors/salesforce/auth/token-rules.ts'
import { errorReference, errorTables } from '../../src/cli/error-reference.ts'
import { root } from '../kit/image.ts'

const rows = Object.entries(errorTables).flatMap(([connector, table]) => table.map((row) => ({ ...row, connector })))

describe('docs/errors.md', () => {
  it('is what the error tables say (npm run schema)', () => {
    expect(readFileSync(join(root, 'docs/errors.md'), 'utf8')).toBe(errorReference())
  })

  it('names each row once, in words that can be linked to', () => {
    const names = rows.map(({ connector, id }) => `${connector}/${id}`)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => !/^[a-z]+\/[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([])
    expect(names.length).toBeGreaterThan(150)
  })

  it('has a sentence in every row', () => {
    expect(rows.filter(({ say }) => !/[.]$/.test(say) || say.length < 20)).toEqual([])
  })

  it.each([
    ['hubspot', 0],
    ['salesforce', SalesforceTokenRules.length],
    ['dynamics', EntraRules.length],
  ] as const)('holds what the login of %s may say as well', (connector, count) => {
    const ids = (errorTables[connector] ?? []).map(({ id }) => id)
    expect(ids.filter((id) => id.startsWith('token-'))).toHaveLength(count)
  })
})
