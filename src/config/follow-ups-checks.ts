import { conditionFindings, within } from './condition-checks.ts'
import type { FollowUpsFile } from './follow-ups-file.ts'
import { type FollowUpContext, ruleFindings } from './follow-ups-rule-checks.ts'
import { businessHours, ownerEntries, ownHours } from './follow-ups-settings.ts'
import type { Finding, Path } from './problem.ts'

/** What no schema can say about `followUps:`. `stages`: all that a lead may have. */
export function followUpFindings(file: FollowUpContext, stages: readonly string[]): readonly Finding[] {
  const { followUps } = file
  return within(
    ['followUps'],
    [
      ...ownerFindings(followUps, stages),
      ...timeFindings(followUps),
      ...peopleFindings(followUps),
      ...rotationFindings(followUps.assign, ['assign']),
      ...followUps.rules.flatMap(({ assign }, index) => rotationFindings(assign, ['rules', index, 'assign'])),
      ...ruleFindings(file, stages),
    ],
  )
}

function ownerFindings(followUps: FollowUpsFile, stages: readonly string[]): readonly Finding[] {
  const { owner } = followUps
  const unconditional = new Set<string>()
  return ownerEntries(followUps).flatMap(({ crm, when }, index) => {
    const path = typeof owner === 'string' ? ['owner'] : ['owner', index]
    const name = typeof owner === 'string' || typeof owner[index] === 'string' ? path : [...path, 'crm']
    const findings: Finding[] = []
    if (unconditional.has(crm))
      findings.push({ path: name, message: 'stands above without when, so this entry never counts; remove one of them' })
    if (when === undefined) unconditional.add(crm)
    else findings.push(...within([...path, 'when'], conditionFindings(when, stages)))
    return findings
  })
}

function timeFindings(followUps: FollowUpsFile): readonly Finding[] {
  const findings: Finding[] = []
  if (followUps.warnHours >= followUps.slaHours)
    findings.push({ path: ['warnHours'], message: 'must be less than slaHours, or every lead would be about to be late at once' })
  if (!isDay(businessHours(followUps))) findings.push({ path: ['businessHours', 'to'], message: NoDay })
  for (const [owner, own] of Object.entries(followUps.people)) {
    if (own.businessHours !== undefined && !isDay(ownHours(own, businessHours(followUps))))
      findings.push({
        path: ['people', owner, 'businessHours', own.businessHours.to === undefined ? 'from' : 'to'],
        message: dayFault(own.businessHours),
      })
  }
  return findings
}

/** The other end of the day may be that of the others. */
function dayFault({ to }: { readonly to?: string | undefined }): string {
  return to === undefined ? 'must be earlier than to; hours that pass midnight are not possible' : NoDay
}

const NoDay = 'must be later than from; hours that pass midnight are not possible'

/** `HH:mm` sorts as the times do. */
function isDay({ from, to }: { readonly from: string; readonly to: string }): boolean {
  return from < to
}

function peopleFindings({ people }: FollowUpsFile): readonly Finding[] {
  const owners = Object.keys(people)
  const message = 'stands above in other letters, which make no difference; keep one of them'
  return repeated(owners).map((index) => ({ path: ['people', owners[index] ?? ''], message }))
}

function rotationFindings(assign: FollowUpsFile['assign'] | undefined, path: Path): readonly Finding[] {
  if (assign === undefined || typeof assign === 'string') return []
  const { rotation, otherwise } = assign
  if (otherwise !== undefined) return rotationFindings(otherwise, [...path, 'otherwise'])
  const message = 'stands in the rotation already; each has one turn'
  return repeated(rotation ?? []).map((index) => ({ path: [...path, 'rotation', index], message }))
}

/** The places of those that stood before, letter case ignored. */
function repeated(names: readonly string[]): readonly number[] {
  const folded = names.map((name) => name.trim().toLowerCase())
  return folded.flatMap((name, index) => (folded.indexOf(name) < index ? [index] : []))
}
