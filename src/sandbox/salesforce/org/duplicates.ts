import type { SoqlValue } from '../soql/org.ts'
import type { Instance } from './instance.ts'
import type { RowError, WriteOptions } from './org.ts'
import type { Row } from './tables.ts'

type Values = Readonly<Record<string, SoqlValue>>
type Person = 'Lead' | 'Contact'

const matchRules = { Lead: 'Standard_Lead_Match_Rule_v1_0', Contact: 'Standard_Contact_Match_Rule_v1_1' } as const
const matchFields = ['Email', 'LastName', 'Company', 'AccountId']

/**
 * The org's duplicate rule: same e-mail, or same last name and company, among Leads and Contacts whoever owns them. A rule set
 * to alert lets a write through that says allowSave, one set to block never does.
 */
export function checkDuplicates(
  instance: Instance,
  objectName: string,
  merged: Values,
  changes: Values,
  options: WriteOptions,
): RowError | null {
  if (objectName !== 'Lead' && objectName !== 'Contact') return null
  const mode = instance.rules.duplicates[objectName]
  if (mode === 'off' || (mode === 'alert' && options.allowDuplicates)) return null
  if (!matchFields.some((name) => name in changes)) return null
  const found = (['Lead', 'Contact'] as const)
    .map((kind) => ({ kind, rows: findTwins(instance, kind, objectName, merged) }))
    .filter(({ rows }) => rows.length > 0)
  if (found.length === 0) return null
  const message = instance.say.duplicatesFound()
  return {
    code: 'DUPLICATES_DETECTED',
    message,
    fields: [],
    duplicateResult: {
      allowSave: mode === 'alert',
      duplicateRule: `Standard_${objectName}_Duplicate_Rule`,
      duplicateRuleEntityType: objectName,
      errorMessage: message,
      matchResults: found.map(({ kind, rows }) => matchResult(kind, rows, options.includeRecordDetails)),
    },
  }
}

function findTwins(instance: Instance, kind: Person, ownKind: Person, merged: Values): Row[] {
  const email = fold(merged.Email)
  const name = fold(merged.LastName)
  const company = fold(companyOf(instance, ownKind, merged))
  return [...instance.tables.rows(kind)].filter((row) => {
    if (row.Id === merged.Id || row.IsDeleted === true || row.IsConverted === true) return false
    if (email !== '' && fold(row.Email) === email) return true
    return name !== '' && company !== '' && fold(row.LastName) === name && fold(companyOf(instance, kind, row)) === company
  })
}

function companyOf(instance: Instance, kind: Person, row: Values): SoqlValue {
  if (kind === 'Lead') return row.Company ?? null
  return instance.tables.find('Account', String(row.AccountId ?? ''))?.Name ?? null
}

function matchResult(kind: Person, rows: readonly Row[], details: boolean): unknown {
  return {
    entityType: kind,
    errors: [],
    matchEngine: 'FuzzyMatchEngine',
    matchRecords: rows.map((row) => ({
      additionalInformation: [],
      fieldDiffs: [],
      matchConfidence: 100.0,
      record: {
        attributes: { type: kind, url: `/services/data/v68.0/sobjects/${kind}/${row.Id}` },
        Id: row.Id,
        ...(details ? row : {}),
      },
    })),
    rule: matchRules[kind],
    size: rows.length,
    success: true,
  }
}

function fold(value: SoqlValue | undefined): string {
  return String(value ?? '').toLowerCase()
}
