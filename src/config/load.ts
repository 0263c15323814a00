import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { ConnectorModule } from '../core/index.ts'
import { listCrmFiles, readSecret, readSource } from './config-files.ts'
import { crmFindings } from './crm-checks.ts'
import { crmFile, crmSettings, type ReadyCrm } from './crm-settings.ts'
import type { Environment, Surroundings } from './interpolate.ts'
import { leadsyncFindings } from './leadsync-checks.ts'
import { LeadsyncFile } from './leadsync-file.ts'
import { type LeadsyncSettings, leadsyncSettings } from './leadsync-settings.ts'
import { type Finding, formatPath, inFileOrder, type Problem } from './problem.ts'
import { validate } from './validate.ts'
import type { YamlSource } from './yaml-source.ts'

/** What `connectors/registry.ts` exports: connector key → module. */
export type ConnectorRegistry = Readonly<Record<string, ConnectorModule>>

/** A CRM whose file can't be used: its deliveries are kept waiting, the other CRMs go on. */
export interface BlockedCrm {
  readonly name: string
  readonly ok: false
  readonly problems: readonly Problem[]
}

export type CrmConfig = ReadyCrm | BlockedCrm

export interface Config {
  readonly leadsync: LeadsyncSettings
  /** In the order of their names; those with `enabled: false` are not among them. */
  readonly crms: readonly CrmConfig[]
  /** Names of the CRMs whose files say `enabled: false`. */
  readonly disabled: readonly string[]
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export interface LoadOptions {
  readonly env?: Environment
  readonly connectors: ConnectorRegistry
}

/**
 * Reads `leadsync.yaml` and `crm/*.yaml` below `dir`. A broken CRM file blocks that CRM only; with a broken `leadsync.yaml`, or a `crm`
 * directory whose CRMs can't be told, nothing is loaded and the problems of all files are returned. Never throws for what stands in the
 * files. Synchronous: it runs once, before anything else.
 */
export function loadConfig(dir: string, { env = process.env, connectors }: LoadOptions): LoadedConfig {
  const surroundings: Surroundings = { env, readSecret: (path) => readSecret(resolve(dir, path), path) }
  const problems: Problem[] = []

  const files = listCrmFiles(join(dir, 'crm'))
  const crms: CrmConfig[] = []
  const disabled: string[] = []
  for (const name of files.names) {
    const crm = loadCrm(name, join(dir, 'crm', `${name}.yaml`), surroundings, connectors)
    if (crm === 'disabled') disabled.push(name)
    else crms.push(crm)
  }

  const enabled = crms.map(({ name }) => name)
  const leadsync = loadLeadsync(join(dir, 'leadsync.yaml'), surroundings, enabled)
  if (Array.isArray(leadsync)) problems.push(...inFileOrder(leadsync))
  problems.push(...files.problems)

  if (problems.length === 0 && !Array.isArray(leadsync)) return { ok: true, config: { leadsync, crms, disabled } }
  return { ok: false, problems: [...problems, ...crms.flatMap((crm) => (crm.ok ? [] : crm.problems))] }
}

/** `enabled`: the names of the CRMs. */
function loadLeadsync(file: string, surroundings: Surroundings, enabled: readonly string[]): LeadsyncSettings | Problem[] {
  const source = readSource(file, surroundings)
  if (Array.isArray(source)) return source
  if (source.value === undefined) return [...source.problems]
  const checked = validate(LeadsyncFile, source)
  const problems = [...source.problems, ...(checked.ok ? [] : checked.problems)]
  if (!checked.ok) return problems
  const findings = leadsyncFindings(checked.value)
  problems.push(...findings.map((finding) => (finding.quotes ? unquoted(finding, source) : atPlace(finding, source))))
  return problems.length > 0 ? problems : leadsyncSettings(checked.value, enabled)
}

function atPlace({ path, message }: Finding, source: YamlSource): Problem {
  return source.problemAt(path, message)
}

/** A finding may quote a literal of the file; what a ${…} stands for is never quoted. */
function unquoted({ path, message }: Finding, source: YamlSource): Problem {
  const filledIn = source.interpolated.has(formatPath(path))
  return source.problemAt(path, filledIn ? `what its \${…} stands for does not fit here` : message)
}

function loadCrm(name: string, file: string, surroundings: Surroundings, connectors: ConnectorRegistry): CrmConfig | 'disabled' {
  const source = readSource(file, surroundings)
  if (Array.isArray(source)) return blocked(name, source)
  const { value } = source
  if (value === undefined) return blocked(name, source.problems)

  // Before anything else: a CRM that is switched off needs no token in its environment.
  const enabled = validate(z.object({ enabled: z.boolean().default(true) }), source)
  if (enabled.ok && !enabled.value.enabled) return 'disabled'

  const kind = validate(z.object({ connector: z.enum(Object.keys(connectors)) }), source)
  const module = kind.ok ? connectors[kind.value.connector] : undefined
  if (!kind.ok || module === undefined) {
    return blocked(name, [...source.problems, ...(kind.ok ? [] : kind.problems)])
  }

  const checked = validate(crmFile(kind.value.connector, module), source)
  if (!checked.ok) return blocked(name, [...source.problems, ...checked.problems])
  // Again by the connector's own schema: rules that it laid over several keys are lost when its keys are put beside ours.
  const own = validate(module.settings, source, pick(value, Object.keys(module.settings.shape)))
  if (!own.ok) return blocked(name, [...source.problems, ...own.problems])
  const findings = crmFindings(checked.value, own.value, module).map((finding) => unquoted(finding, source))
  const problems = [...source.problems, ...findings]
  return problems.length > 0 ? blocked(name, problems) : crmSettings(name, checked.value, own.value)
}

function blocked(name: string, problems: readonly Problem[]): BlockedCrm {
  return { name, ok: false, problems: inFileOrder(problems) }
}

function pick(value: object, keys: readonly string[]): Record<string, unknown> {
  const wanted = new Set(keys)
  return Object.fromEntries(Object.entries(value).filter(([key]) => wanted.has(key)))
}
