import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { readInstallation } from '../config/installation.ts'
import type { IntakeToken } from '../config/leadsync-settings.ts'
import type { Config, CrmConfig } from '../config/load.ts'
import { formatProblem } from '../config/problem.ts'
import { DeliveryError, type Lead } from '../core/index.ts'
import { createInterpreter } from '../intake/interpret.ts'
import { createUlids } from '../intake/ulids.ts'
import { InstallationKey, Scripts } from '../store/redis.ts'
import { createLog } from './log.ts'
import { openStoreRedis } from './open-store.ts'
import { type PlannedLead, plannedLeads, readText } from './plan-leads.ts'
import { type DeliveryPreview, formatPreview, openPreviews, type PreviewParts } from './preview-delivery.ts'
import { printJson, printLines } from './print.ts'
import { DefaultConfigDir, readConfig } from './read-config.ts'
import { WrongUse } from './wrong-use.ts'

const TimeoutMs = 60_000

/** What one CRM would do, or a sentence why nobody can say. */
type Planned = DeliveryPreview | { readonly crm: string; readonly error: string }

interface PlannedForAll extends PlannedLead {
  readonly crms: readonly Planned[]
}

/**
 * `plan FILE`: what would become of these leads in every CRM, and nothing is written anywhere. Exit code 1 when a CRM could not be asked, 2 for
 * what is no lead.
 */
export async function plan(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: 'string', default: DefaultConfigDir },
      crm: { type: 'string' },
      token: { type: 'string' },
      json: { type: 'boolean', default: false },
      'show-personal-data': { type: 'boolean', default: false },
    },
  })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new WrongUse('name one file with leads, or - for the standard input')
  const config = readConfig(values.config)
  const chosen = chosenCrms(config, values.crm)
  const installation = await readInstallation(config.leadsync.dataDir)
  const secret = installation?.secret ?? randomBytes(32).toString('hex')
  const leads = plannedLeads(await readText(file), {
    interpreter: interpreterOf(config, secret),
    token: tokenNamed(config, values.token),
    nextId: createUlids(Date.now),
    now: Date.now,
  })
  const known = await openKnown(config, installation?.id ?? null)
  const crms = chosen.map((crm) => openCrm(crm, { config, secret, store: known.scripts, now: Date.now, fetch: globalThis.fetch }))
  const notes = [
    ...(known.problem === null ? [] : [`${known.problem} Everybody is planned for as somebody whom Leadsync does not know.`]),
    ...(installation === null ? ['There is no installation yet: contact ids are made up.'] : []),
  ]
  const shown = { json: values.json, showPersonalData: values['show-personal-data'] }
  try {
    if (!shown.json && notes.length > 0) printLines(notes)
    const planned: PlannedForAll[] = []
    for (const one of leads) {
      const forAll = { ...one, crms: await Promise.all(crms.map((crm) => crm.of(one.lead))) }
      planned.push(forAll)
      if (!shown.json) printLines(linesOf(forAll, shown))
    }
    if (shown.json) printJson({ notes, leads: planned.map((one) => facts(one, shown)) })
    return planned.some((one) => one.crms.some((crm) => 'error' in crm)) ? 1 : 0
  } finally {
    await Promise.all(crms.map((crm) => crm.stop()))
    known.close()
  }
}

function chosenCrms({ crms, disabled }: Config, name: string | undefined): readonly CrmConfig[] {
  if (name === undefined) return crms
  const found = crms.filter((crm) => crm.name === name)
  if (found.length > 0) return found
  const why = disabled.includes(name) ? 'it is disabled' : `there are ${crms.map((crm) => crm.name).join(', ') || 'none'}`
  throw new WrongUse(`there is no CRM ${name} to plan for; ${why}`)
}

/** What comes by the marketplace comes by one of its tokens, whose tags a CRM may ask for. */
function tokenNamed({ leadsync }: Config, name: string | undefined): IntakeToken | null {
  const { tokens } = leadsync.intake
  if (name === undefined) return tokens[0] ?? null
  const token = tokens.find((one) => one.name === name)
  if (token) return token
  throw new WrongUse(`there is no token ${name}; there are ${tokens.map((one) => one.name).join(', ') || 'none'}`)
}

function interpreterOf({ leadsync }: Config, secret: string) {
  const { stages, ownDomains, intake } = leadsync
  return createInterpreter({ secret, stages, ownDomains, testLeads: intake.testLeads }, createLog('warn'))
}

interface KnownData {
  /** Null: there is none to be asked. */
  readonly scripts: Scripts | null
  readonly problem: string | null
  close(): void
}

/** Looks only: a Redis that is nobody's yet stays nobody's. */
async function openKnown(config: Config, installation: string | null): Promise<KnownData> {
  const opened = await openStoreRedis(config, 'plan')
  if ('problem' in opened) return { scripts: null, problem: opened.problem, close: () => undefined }
  const { redis } = opened
  const close = () => redis.disconnect()
  if (installation !== null && (await redis.get(InstallationKey)) === installation)
    return { scripts: new Scripts(redis, installation), problem: null, close }
  return { scripts: null, problem: 'This Redis does not hold the data of this installation.', close }
}

interface OpenCrm {
  of(lead: Lead): Promise<Planned>
  stop(): Promise<void>
}

function openCrm(crm: CrmConfig, parts: Omit<PreviewParts, 'crm'>): OpenCrm {
  if (!crm.ok) {
    const error = `its file can't be used, its leads wait: ${crm.problems.map(formatProblem).join('; ')}`
    return { of: async () => ({ crm: crm.name, error }), stop: async () => undefined }
  }
  const previews = openPreviews({ ...parts, crm })
  return {
    async of(lead) {
      try {
        return await previews.of(lead, AbortSignal.timeout(TimeoutMs))
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error
        return { crm: crm.name, error: error.message }
      }
    },
    stop: () => previews.stop(),
  }
}

interface Showing {
  readonly showPersonalData: boolean
}

function linesOf({ lead, held, crms }: PlannedForAll, showing: Showing): readonly string[] {
  return [
    `lead ${shownId(lead, showing)}: ${held ? 'held until a person sends it on; then:' : 'accepted'}`,
    ...crms.flatMap((one) => ('error' in one ? [`${one.crm}: can't be planned: ${one.error}`] : formatPreview(one, showing))),
  ]
}

function facts({ lead, held, crms }: PlannedForAll, showing: Showing) {
  const each = crms.map((one) => {
    if ('error' in one) return one
    const { personal, ...hidden } = one
    return showing.showPersonalData ? { ...hidden, ...personal() } : hidden
  })
  return { lead: shownId(lead, showing), status: held ? 'held' : 'accepted', crms: each }
}

/** An id from outside may be an e-mail address. */
function shownId({ id }: Lead, { showPersonalData }: Showing): string {
  return showPersonalData || !id.includes('@') ? id : '(hidden)'
}
