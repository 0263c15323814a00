import { nearMatches, stageRank } from '../core/index.ts'
import type { ReadyCrm } from './crm-settings.ts'
import { followUpLines } from './describe-follow-ups.ts'
import type { Config } from './load.ts'

/** What a valid configuration means, line by line, for `leadsync check`: no secret, and every likely oversight as a line that begins with `note:`. */
export function describeConfig(config: Config): readonly string[] {
  const { intake, admin, redis, journal, dataDir } = config.leadsync
  const redisLine = redis.mode === 'embedded' ? `redis: embedded, data in ${dataDir}` : 'redis: the server of redis.url'
  const lines = [
    `intake: ${address(intake)}, tokens ${list(intake.tokens)}, API tokens ${list(intake.apiTokens)}, test leads ${intake.testLeads === 'hold' ? 'held' : 'delivered'}`,
    `admin: ${address(admin)}, user ${admin.username}, password ${admin.password === null ? 'generated at the start' : 'set'}, ${admin.operator === null ? 'no operator board' : `operator ${admin.operator.username}${admin.showPersonalData ? ' who sees personal data' : ''}`}`,
    redisLine,
    `journal: ${journal.dir}, kept ${journal.keepDays} days`,
    ...followUpLines(config.leadsync.followUps),
  ]
  for (const crm of config.crms) lines.push(crm.ok ? crmLine(crm) : `crm ${crm.name}: blocked, ${crm.problems.length} problem(s)`)
  for (const name of config.disabled) lines.push(`crm ${name}: disabled`)
  return [...lines, ...notes(config)]
}

function notes(config: Config): readonly string[] {
  const { intake, admin } = config.leadsync
  const known = new Set([...intake.tokens, ...intake.apiTokens].map((token) => token.name.toLowerCase()))
  const found: string[] = []
  if (intake.tokens.length === 0) found.push('note: intake.tokens is empty, so the marketplace has no URL to send leads to')
  for (const { name } of shortTokens(config)) {
    found.push(
      `note: the token ${name} is short enough to be guessed, and it alone keeps strangers out; openssl rand -hex 24 makes a good one`,
    )
  }
  if (admin.showPersonalData && admin.operator === null) {
    found.push('note: admin.showPersonalData does nothing, as there is no operator board (admin.operator.password is empty)')
  }
  found.push(...leadNotes(config), ...ownerNotes(config))
  if (config.crms.length === 0) found.push('note: no CRM is enabled, so every lead will be unrouted')
  for (const crm of config.crms) {
    const strangers = crm.ok ? (crm.accept.tokens ?? []).filter((name) => !known.has(name.toLowerCase())) : []
    for (const name of strangers) found.push(`note: crm ${crm.name} accepts the token "${name}", which intake does not have`)
    if (crm.ok && crm.lastLeadField === null) {
      found.push(
        `note: crm ${crm.name} has no lastLeadField, so without the ledger (aged out, rebuilt) a late lead may overwrite what a newer one said`,
      )
    }
  }
  return found
}

function leadNotes({ leadsync: { stages, stageOrder, ownDomains } }: Config): readonly string[] {
  const found: string[] = []
  const given = new Set(stages.flatMap(({ stage }) => stage ?? []))
  for (const stage of stageOrder.length === 0 ? [] : given) {
    if (stageRank(stage, stageOrder) === -1)
      found.push(`note: stages gives the stage "${stage}", which stageOrder does not have, so it never replaces one that it has`)
  }
  if (ownDomains.domains.length === 0 && ownDomains.leads !== 'deliver') {
    found.push(`note: ownDomains.leads is ${ownDomains.leads}, but ownDomains.domains names none`)
  }
  if (ownDomains.domains.length > 0 && ownDomains.leads === 'deliver') {
    found.push('note: ownDomains.leads is deliver, so ownDomains.domains does nothing; tag and hold do')
  }
  return found
}

/** No mistake of its own: a file that is renamed or taken away must stop nothing else. */
function ownerNotes({ leadsync, crms, disabled }: Config): readonly string[] {
  const known = [...crms.map(({ name }) => name), ...disabled]
  const strangers = [...new Set(leadsync.followUpOwners)].filter((name) => !known.includes(name))
  return strangers.map((name) => {
    const [near] = nearMatches(name, known)
    const meant = near === undefined ? '' : `; did you mean ${near}?`
    return `note: followUps.owner names "${name}", but there is no crm/${name}.yaml${meant}`
  })
}

const ShortestGoodToken = 16

function shortTokens({ leadsync }: Config): readonly { readonly name: string }[] {
  return [...leadsync.intake.tokens, ...leadsync.intake.apiTokens].filter(({ value }) => value.length < ShortestGoodToken)
}

function crmLine(crm: ReadyCrm): string {
  const mapped = Object.entries(crm.mapping).map(([object, fields]) => `${object} (${Object.keys(fields).length} fields)`)
  const accepts = Object.values(crm.accept).some((wanted) => wanted !== undefined)
    ? `only ${Object.keys(crm.accept).join(', ')} as listed`
    : 'all leads'
  return `crm ${crm.name}: ${crm.connector}, ${mapped.join(', ')}, accepts ${accepts}, do-not-contact ${crm.doNotContact.mode}`
}

function address({ host, port }: { readonly host: string; readonly port: number }): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port === 0 ? '(any free port)' : port}`
}

function list(tokens: readonly { readonly name: string }[]): string {
  return tokens.length === 0 ? 'none' : tokens.map((token) => token.name).join(', ')
}
