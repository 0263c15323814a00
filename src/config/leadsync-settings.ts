import { join, resolve } from 'node:path'
import type { AlertSettings, FollowUpRules, OwnDomains, QualificationRules, StageRule } from '../core/index.ts'
import { alertSettings } from './alerts-file.ts'
import { followUpRules, ownerEntries } from './follow-ups-settings.ts'
import type { LeadsyncFile } from './leadsync-file.ts'

export interface IntakeToken {
  readonly name: string
  readonly value: string
  readonly tags: readonly string[]
  readonly offer: { readonly publisherId: string; readonly offerId: string } | null
}

export interface ApiToken {
  readonly name: string
  readonly value: string
}

export interface AdminSettings {
  readonly host: string
  readonly port: number
  readonly username: string
  /** Null: to be generated. */
  readonly password: string | null
  /** Null: nobody operates the queues by the board. */
  readonly operator: { readonly username: string; readonly password: string } | null
  readonly showPersonalData: boolean
}

/** `leadsync.yaml`, with every default filled in and every path absolute. */
export interface LeadsyncSettings {
  readonly dataDir: string
  readonly intake: {
    readonly host: string
    readonly port: number
    readonly tokens: readonly IntakeToken[]
    readonly apiTokens: readonly ApiToken[]
    readonly trustProxy: boolean | readonly string[]
    readonly testLeads: 'hold' | 'deliver'
  }
  readonly admin: AdminSettings
  readonly redis: { readonly mode: 'embedded' } | { readonly mode: 'url'; readonly url: string }
  readonly journal: { readonly dir: string; readonly keepDays: number }
  readonly stages: readonly StageRule[]
  readonly stageOrder: readonly string[]
  readonly ownDomains: OwnDomains
  readonly qualification: QualificationRules
  readonly followUps: FollowUpRules
  /** CRMs that `followUps.owner` names, also those that are not there. */
  readonly followUpOwners: readonly string[]
  readonly doNotContact: Readonly<LeadsyncFile['doNotContact']>
  readonly workers: Readonly<LeadsyncFile['workers']>
  readonly alerts: AlertSettings
  readonly log: Readonly<LeadsyncFile['log']>
  readonly memory: Readonly<LeadsyncFile['memory']>
  readonly quarantine: Readonly<LeadsyncFile['quarantine']>
  /** `journalDays` is `journal.keepDays`: the markers that find duplicates must outlive every replay. */
  readonly retention: Readonly<LeadsyncFile['retention']> & { readonly journalDays: number }
}

/** Fills in what depends on other keys. Relative paths are taken from the working directory, as a shell would. `crms`: the names of those that are enabled. */
export function leadsyncSettings(read: LeadsyncFile, crms: readonly string[]): LeadsyncSettings {
  const dataDir = resolve(read.dataDir)
  const { intake, admin, redis } = read
  return {
    dataDir,
    intake: {
      ...intake,
      tokens: intake.tokens.filter((token) => token.value !== '').map((token) => ({ ...token, offer: offerOf(token.offer) })),
      apiTokens: intake.apiTokens.filter((token) => token.value !== ''),
    },
    admin: {
      ...admin,
      password: admin.password === '' ? null : admin.password,
      operator: admin.operator.password === '' ? null : admin.operator,
    },
    redis:
      (redis.mode ?? (redis.url === '' ? 'embedded' : 'url')) === 'url' ? { mode: 'url', url: redis.url } : { mode: 'embedded' },
    journal: { dir: resolve(read.journal.dir ?? join(dataDir, 'journal')), keepDays: read.journal.keepDays },
    stages: read.stages,
    stageOrder: read.stageOrder,
    ownDomains: read.ownDomains,
    qualification: read.qualification,
    followUps: followUpRules(read.followUps, crms),
    followUpOwners: ownerEntries(read.followUps).map(({ crm }) => crm),
    doNotContact: read.doNotContact,
    workers: read.workers,
    alerts: alertSettings(read.alerts),
    log: read.log,
    memory: read.memory,
    quarantine: read.quarantine,
    retention: { ...read.retention, journalDays: read.journal.keepDays },
  }
}

/** Publisher ids hold no dot, offer ids may: the first dot separates. */
function offerOf(offer: LeadsyncFile['intake']['tokens'][number]['offer']): IntakeToken['offer'] {
  if (offer === undefined) return null
  if (typeof offer !== 'string') return offer
  const dot = offer.indexOf('.')
  return { publisherId: offer.slice(0, dot), offerId: offer.slice(dot + 1) }
}
