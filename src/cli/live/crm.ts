import type { ReadyCrm } from '../../config/crm-settings.ts'
import { type Catalog, type Connector, compileMapping, DeliveryError, type Finding, withOwnFields } from '../../core/index.ts'
import { requireOrg } from '../../delivery/org-binding.ts'
import type { CrmStates, OrgBindings } from '../../delivery/ports.ts'
import { openConnector } from '../open-connector.ts'
import { clockProblem } from './clock.ts'
import { findingsAbout, type LiveFinding } from './finding.ts'

const TimeoutMs = 60_000

/** What is asked of Redis about a CRM; null when Redis can't be reached, or does not hold our data. */
export interface KnownOfCrms {
  readonly orgs: Pick<OrgBindings, 'check'>
  readonly states: Pick<CrmStates, 'blocked'>
}

export interface CrmChecks {
  readonly known: KnownOfCrms | null
  /** Who is to be given tasks there. */
  readonly owners: readonly string[]
  now(): number
}

/** Whether a CRM would take leads: it can be reached, is the org that it was, has the fields that the mapping names, and the people who follow up. */
export async function crmFindings(crm: ReadyCrm, { known, owners, now }: CrmChecks): Promise<readonly LiveFinding[]> {
  const { error, warning } = findingsAbout(`crm ${crm.name}`)
  const clock = watchedFetch(now, `the CRM ${crm.name}`)
  const connector = openConnector(crm, { fetch: clock.fetch, now })
  const signal = AbortSignal.timeout(TimeoutMs)
  const findings: LiveFinding[] = []
  try {
    const blocked = (await known?.states.blocked(crm.name)) ?? null
    if (blocked) findings.push(warning(`its queue stands still since ${blocked.since}: ${blocked.reason}`))
    const catalog = await connector.catalog(signal)
    findings.push(await orgFinding(crm, catalog, known))
    findings.push(...(await mappingFindings(crm, connector, catalog, signal)))
    findings.push(...(await ownerFindings(crm, connector, owners, signal)))
  } catch (problem) {
    if (!(problem instanceof DeliveryError)) throw problem
    findings.push(error(problem.message))
  } finally {
    await connector.stop()
  }
  const skew = clock.problem()
  return skew ? [...findings, warning(skew)] : findings
}

async function orgFinding(crm: ReadyCrm, { org }: Catalog, known: KnownOfCrms | null): Promise<LiveFinding> {
  const { ok, warning, error } = findingsAbout(`crm ${crm.name}`)
  if (org === null) return warning('can be reached, but its credential may not read which org it belongs to')
  if (known === null) return ok(`answers as org ${org}`)
  try {
    const bound = await requireOrg({ crm: crm.name, org, sharedOrg: crm.sharedOrg }, (claim) => known.orgs.check(claim))
    return ok(`answers as org ${org}, to which ${bound ? 'it is bound' : 'the first delivery will bind it'}`)
  } catch (problem) {
    if (!(problem instanceof DeliveryError)) throw problem
    return error(problem.message)
  }
}

async function mappingFindings(
  crm: ReadyCrm,
  connector: Connector,
  catalog: Catalog,
  signal: AbortSignal,
): Promise<readonly LiveFinding[]> {
  const { ok } = findingsAbout(`crm ${crm.name}`)
  const found = await connector.verify(compileMapping(withOwnFields(crm)), catalog, signal)
  if (found.length === 0) return [ok('has everything that the mapping needs')]
  return found.map((finding) => ({ severity: finding.severity, about: `crm ${crm.name}`, message: mappingText(finding) }))
}

async function ownerFindings(
  crm: ReadyCrm,
  connector: Connector,
  owners: readonly string[],
  signal: AbortSignal,
): Promise<readonly LiveFinding[]> {
  const { ok, warning } = findingsAbout(`crm ${crm.name}`)
  if (owners.length === 0) return []
  const answers = await connector.assignees(owners, signal)
  const unknown = owners.filter((_, index) => answers[index] === null)
  const failed = answers.find((answer) => answer instanceof DeliveryError)
  if (failed instanceof DeliveryError) return [warning(failed.message)]
  if (unknown.length === 0) return [ok('knows everybody who is to follow up')]
  return unknown.map((owner) =>
    warning(`${owner}, whom followUps or qualification names, can't be given tasks there: no active user is known by that`),
  )
}

function mappingText({ object, field, message }: Finding): string {
  const where = [object, field].filter((part) => part !== null).join('.')
  return where === '' ? message : `${where}: ${message}`
}

/** A `fetch` that compares the clock of whoever answers with ours. */
function watchedFetch(now: () => number, whose: string): { fetch: typeof globalThis.fetch; problem(): string | null } {
  let problem: string | null = null
  return {
    problem: () => problem,
    fetch: async (...request) => {
      const asked = now()
      const answer = await globalThis.fetch(...request)
      const date = Date.parse(answer.headers.get('date') ?? '')
      if (!Number.isNaN(date)) problem = clockProblem(date, asked, now(), whose)
      return answer
    },
  }
}
