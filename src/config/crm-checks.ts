import { type ConnectorModule, compileMapping, type FieldRule, isOptOutField, MappingError } from '../core/index.ts'
import { type CrmFile, mappingRules } from './crm-settings.ts'
import { isLoopbackHost } from './loopback.ts'
import type { Finding, Path } from './problem.ts'

/** What no schema can say about a CRM file: the rules that span keys, and those that keep Leadsync away from the CRM's own opt-outs. */
export function crmFindings(
  file: CrmFile,
  settings: Readonly<Record<string, unknown>>,
  module: ConnectorModule,
): readonly Finding[] {
  return [
    ...ruleFindings(file),
    ...optOutFindings(file, module),
    ...markerFindings(file),
    ...lastLeadFindings(file),
    ...baseUrlFindings(settings),
    ...targetFindings(file, settings),
  ]
}

/** One rule at a time, since compiling stops at the first that can't work and a person wants to see all of them. */
function ruleFindings(file: CrmFile): readonly Finding[] {
  const findings: Finding[] = []
  for (const [object, fields] of Object.entries(mappingRules(file))) {
    for (const [field, rule] of Object.entries(fields)) {
      const fault = ruleFault(object, field, rule)
      if (fault === null) continue
      const shorthand = typeof file.mapping[object]?.[field] === 'string'
      findings.push({
        path: ['mapping', object, field, ...(fault.key === null || shorthand ? [] : [fault.key])],
        message: fault.message,
      })
    }
  }
  return findings
}

function ruleFault(object: string, field: string, rule: FieldRule): MappingError | null {
  try {
    compileMapping({ [object]: { [field]: rule } })
    return null
  } catch (error) {
    if (error instanceof MappingError) return error
    throw error
  }
}

function optOutFindings(file: CrmFile, module: ConnectorModule): readonly Finding[] {
  const findings: Finding[] = []
  for (const [object, fields] of Object.entries(mappingRules(file))) {
    const message = "Leadsync never writes the CRM's own opt-out fields; remove this line"
    for (const field of Object.keys(fields)) {
      if (isOptOutField(module.optOutFields, object, field)) findings.push({ path: ['mapping', object, field], message })
    }
    for (const { path, field } of ownFields(file)) {
      if (isOptOutField(module.optOutFields, object, field))
        findings.push({
          path,
          message: "is the CRM's own opt-out field, which Leadsync never writes; name a field of Leadsync's own",
        })
    }
  }
  return findings
}

function ownFields(file: CrmFile): readonly { path: Path; field: string }[] {
  const markers = Object.entries(file.doNotContact.markers).filter(
    (marker): marker is [string, string] => marker[1] !== undefined,
  )
  const { as, field } = file.touches
  return [
    ...markers.map(([marker, name]) => ({ path: ['doNotContact', 'markers', marker], field: name })),
    ...(as === 'field' ? [{ path: ['touches', 'field'], field }] : []),
  ]
}

/** A marker follows the suppression's state only, and the history is added to: nothing else may write either. */
function markerFindings(file: CrmFile): readonly Finding[] {
  const findings: Finding[] = []
  const seen = new Map<string, string>()
  for (const { path, field } of ownFields(file)) {
    const folded = field.toLowerCase()
    const other = seen.get(folded)
    if (other !== undefined) findings.push({ path, message: `is the same field as ${other}; each needs its own` })
    seen.set(folded, path.join('.'))
  }
  for (const [object, fields] of Object.entries(mappingRules(file))) {
    for (const field of Object.keys(fields)) {
      const marker = seen.get(field.toLowerCase())
      if (marker !== undefined)
        findings.push({ path: ['mapping', object, field], message: `is already ${marker}; remove this line` })
    }
  }
  return findings
}

function lastLeadFindings(file: CrmFile): readonly Finding[] {
  const field = file.lastLeadField
  if (field === undefined) return []
  const findings: Finding[] = []
  for (const [object, fields] of Object.entries(mappingRules(file))) {
    const rule = fields[field]
    if (rule !== undefined && rule.from === 'occurredAt' && rule.policy === 'overwrite') continue
    const right = `mapping.${object}.${field}: { from: occurredAt, type: datetime, policy: overwrite }`
    findings.push({ path: ['lastLeadField'], message: `needs ${right}, or an old lead can't be told from a new one` })
  }
  return findings
}

/** New records of a kind without a mapping would be entered with hardly more than an e-mail. */
function targetFindings(file: CrmFile, { target }: Readonly<Record<string, unknown>>): readonly Finding[] {
  if (typeof target !== 'string' || file.mapping[target] !== undefined) return []
  return [{ path: ['target'], message: `needs mapping.${target}, by which the new records are written` }]
}

/** Bearer tokens and people's data must not cross a network in the clear; a sandbox on this machine may. */
function baseUrlFindings(settings: Readonly<Record<string, unknown>>): readonly Finding[] {
  const baseUrl = settings.baseUrl
  if (typeof baseUrl !== 'string') return []
  const url = URL.parse(baseUrl)
  const path = ['baseUrl']
  if (url === null) return [{ path, message: 'must be an address that begins with https://' }]
  if (url.username !== '' || url.password !== '') return [{ path, message: 'must not hold a user name or password' }]
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))) return []
  return [{ path, message: 'must begin with https://; plain http:// is allowed for 127.0.0.1 and localhost only' }]
}
