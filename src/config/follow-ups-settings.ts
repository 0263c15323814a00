import {
  type Assignment,
  type BusinessHours,
  createTemplateEngine,
  FollowUpNames,
  type FollowUpRule,
  type FollowUpRules,
  type FollowUpStep,
} from '../core/index.ts'
import type { FollowUpsFile } from './follow-ups-file.ts'

const MsPerHour = 3_600_000
const MsPerDay = 24 * MsPerHour
const DayNumbers = { mon: 1, tue: 2, wed: 3, thu: 4, fri: 5, sat: 6, sun: 7 } as const

type RuleFile = FollowUpsFile['rules'][number]
type AssignFile = FollowUpsFile['assign']
type Engine = ReturnType<typeof createTemplateEngine>

/** A checked `followUps:` as the rules that it stands for. `crms`: the names of those that are enabled; the others have no tasks. */
export function followUpRules(read: FollowUpsFile, crms: readonly string[]): FollowUpRules {
  const engine = followUpTemplates()
  const hours = businessHours(read)
  return {
    crms: ownersOf(read, crms),
    rules: read.rules.map((rule) => ruleOf(rule, read.slaHours, engine)),
    maxLeadAgeMs: ms(read.maxLeadAgeHours),
    slaMs: ms(read.slaHours),
    warnMs: ms(read.warnHours),
    minGapMs: ms(read.minGapHours),
    most: { count: read.mostPerContact.count, withinMs: Math.round(read.mostPerContact.days * MsPerDay) },
    hours,
    people: Object.entries(read.people).map(([owner, own]) => ({ owner, hours: ownHours(own, hours) })),
    assign: assignmentOf(read.assign, 'default'),
  }
}

/** For subjects and bodies. */
export function followUpTemplates(): Engine {
  return createTemplateEngine(FollowUpNames)
}

/** `owner` written out, whichever CRMs it names. */
export function ownerEntries({ owner }: Pick<FollowUpsFile, 'owner'>) {
  return (typeof owner === 'string' ? [owner] : owner).map((entry) => (typeof entry === 'string' ? { crm: entry } : entry))
}

/** The names of a rule's steps: their own, or their numbers from 1. */
export function stepNames({ steps }: Pick<RuleFile, 'steps'>): readonly string[] {
  return steps.map(({ name }, index) => name ?? String(index + 1))
}

/** When all work who have no hours of their own. */
export function businessHours({ timeZone, businessHours: { days, from, to }, holidays }: FollowUpsFile): BusinessHours {
  return { timeZone, days: dayNumbers(days), from, to, holidays }
}

/** What somebody's own entry does not say is as for the others. */
export function ownHours(own: FollowUpsFile['people'][string], others: BusinessHours): BusinessHours {
  const { days, from = others.from, to = others.to } = own.businessHours ?? {}
  return {
    timeZone: own.timeZone ?? others.timeZone,
    days: days === undefined ? others.days : dayNumbers(days),
    from,
    to,
    holidays: own.holidays ?? others.holidays,
  }
}

function dayNumbers(days: readonly (keyof typeof DayNumbers)[]): readonly number[] {
  return [...new Set(days.map((day) => DayNumbers[day]))].sort()
}

function ownersOf(read: FollowUpsFile, crms: readonly string[]): FollowUpRules['crms'] {
  const entries = ownerEntries(read)
  if (entries.length === 0) return crms.toSorted().map((crm) => ({ crm, when: null }))
  return entries.filter(({ crm }) => crms.includes(crm)).map((entry) => ({ crm: entry.crm, when: entry.when ?? null }))
}

function ruleOf(rule: RuleFile, slaHours: number, engine: Engine): FollowUpRule {
  const names = stepNames(rule)
  return {
    name: rule.name,
    when: rule.when ?? null,
    allowParallel: rule.allowParallel,
    assign: rule.assign === undefined ? null : assignmentOf(rule.assign, rule.name),
    steps: rule.steps.map((step, index) => stepOf(step, names[index] ?? '', slaHours, engine)),
  }
}

function stepOf(step: RuleFile['steps'][number], name: string, slaHours: number, engine: Engine): FollowUpStep {
  return {
    name,
    afterMs: ms(step.afterHours),
    dueWithinMs: ms(step.dueWithinHours ?? slaHours),
    type: step.type,
    priority: step.priority ?? null,
    subject: engine(step.subject),
    body: engine(step.body),
    evenIfWorked: step.evenIfWorked,
  }
}

/** `key`: whose turns a rotation counts; that of a table's `otherwise` counts the same. */
function assignmentOf(read: AssignFile, key: string): Assignment {
  if (typeof read === 'string') return read.toLowerCase() === 'crm' ? { kind: 'crm' } : { kind: 'fixed', owner: read }
  if (read.rotation !== undefined) return { kind: 'rotation', key, owners: read.rotation }
  const { offers = {}, countries = {}, otherwise } = read
  return { kind: 'table', offers, countries, otherwise: otherwise === undefined ? null : assignmentOf(otherwise, key) }
}

function ms(hours: number): number {
  return Math.round(hours * MsPerHour)
}
