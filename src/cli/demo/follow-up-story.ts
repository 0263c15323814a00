import { type FollowUpPlan, leadKey, type PlannedStep } from '../../core/index.ts'
import { findContact } from '../../store/contact-lookup.ts'
import { planOf } from '../../store/follow-up-lookup.ts'
import { findLead } from '../../store/lead-lookup.ts'
import type { Scripts } from '../../store/redis.ts'
import { RotationRule } from './config.ts'
import type { Fed } from './feed.ts'
import type { Story } from './sample.ts'
import type { SandboxTask } from './sandbox-view.ts'
import { recordList } from './story.ts'

/** CRM → the tasks that stand there, by their ids. */
type Tasks = ReadonlyMap<string, ReadonlyMap<string, SandboxTask>>

const TypeWords = { call: 'call', email: 'e-mail', todo: 'to-do' } as const

/** How leads are followed up, in words: from the store and the tasks in the CRMs. What nothing is known of is left out. */
export async function tellFollowUps(fed: readonly Fed[], scripts: Scripts, tasks: Tasks): Promise<readonly string[]> {
  const cadence = await firstPlanOf(fed, 'a cadence', scripts)
  const refused = await firstPlanOf(fed, 'taken back', scripts)
  const told = [
    ['A cadence', cadence && cadenceText(cadence, tasks)],
    ['A rotation', rotationText(await plansBy(RotationRule, fed, scripts), tasks)],
    ['Taken back', refused && takenBackText(refused, tasks)],
    ['Too old', await tooOldText(fed, scripts)],
  ]
  return told.flatMap(([title, text]) => (text ? [`${title}: ${text}`] : []))
}

async function firstPlanOf(fed: readonly Fed[], story: Story, scripts: Scripts): Promise<FollowUpPlan | null> {
  const first = fed.find(({ sample }) => sample.story === story)
  return first ? planOf(scripts, leadKey(first.leadId)) : null
}

async function plansBy(rule: string, fed: readonly Fed[], scripts: Scripts): Promise<readonly FollowUpPlan[]> {
  const keys = new Set(fed.map(({ leadId }) => leadKey(leadId)))
  const plans = await Promise.all([...keys].map((key) => planOf(scripts, key)))
  return plans.filter((plan) => plan !== null).filter(({ steps }) => steps.some((step) => step.rule === rule))
}

function cadenceText({ crm, steps }: FollowUpPlan, tasks: Tasks): string {
  const made = steps.filter(({ task }) => task !== null)
  const each = steps.map((step) => attemptText(crm, step, made[0]?.madeAt ?? null, tasks))
  const left = steps.filter(({ state }) => state === 'waiting').length
  const rest = left === 0 ? 'It is at its end' : `${left} to come`
  return `Tina, who started a test drive, has ${count(made.length, 'task')} in ${crm}: ${each.join(', ')}. ${rest}; the demo has seconds where the shipped rule has days.`
}

function attemptText(crm: string, step: PlannedStep, start: number | null, tasks: Tasks): string {
  const { type, task, madeAt, state, reason } = step
  if (task === null) return `no ${TypeWords[type]} (${state}${reason === null ? '' : `: ${reason}`})`
  const after =
    madeAt === null || start === null || madeAt === start ? 'at once' : `${((madeAt - start) / 1_000).toFixed(1)} s later`
  return `${TypeWords[type]} ${subjectOf(crm, task.id, tasks)} ${after}`
}

/** Whom a contact's task is, and whom the CRM itself shows for it. */
function rotationText(plans: readonly FollowUpPlan[], tasks: Tasks): string | null {
  const owners = new Map<string, Set<string>>()
  for (const { crm, contactId, steps } of plans) {
    for (const { task, owner } of steps) {
      if (task === null || owner === null) continue
      const name = `${owner} (${tasks.get(crm)?.get(task.id)?.owner ?? 'nobody'} in ${crm})`
      owners.set(name, (owners.get(name) ?? new Set()).add(contactId))
    }
  }
  if (owners.size === 0) return null
  const each = [...owners].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, { size }]) => `${size} to ${name}`)
  const people = new Set([...owners.values()].flatMap((contacts) => [...contacts])).size
  return `${people} people asked to be contacted, and sales have them in turn: ${each.join(', ')}.`
}

function takenBackText({ crm, steps }: FollowUpPlan, tasks: Tasks): string {
  const each = steps.map(({ step, state, task }) => {
    if (task === null) return `${step} is ${state}`
    return `${step} is ${state} (${crm} has ${subjectOf(crm, task.id, tasks)} as ${tasks.get(crm)?.get(task.id)?.status ?? 'gone'})`
  })
  const reason = steps.find((one) => one.reason !== null)?.reason ?? 'Nothing was taken back.'
  return `Vera asked to be contacted, then came her no. Of her ${count(steps.length, 'step')} ${each.join(', ')}. ${reason}`
}

async function tooOldText(fed: readonly Fed[], scripts: Scripts): Promise<string | null> {
  const one = fed.find(({ sample }) => sample.story === 'too old')
  const lead = one ? await findLead(scripts, one.leadId) : null
  const contact = lead?.contactId ? await findContact(scripts, lead.contactId) : null
  if (!lead || !contact) return null
  const said = contact.timeline.find(({ event, lead: key }) => event === 'follow-up' && key === lead.key)
  return `Felix was met at a fair days ago. He is entered (${recordList(contact.records)}). ${said?.reason ?? 'Nothing was decided yet.'}`
}

function subjectOf(crm: string, task: string, tasks: Tasks): string {
  return `"${tasks.get(crm)?.get(task)?.subject ?? 'gone'}"`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
