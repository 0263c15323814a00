import { type QualificationCondition, stageRank } from '../core/index.ts'
import type { Finding, Path } from './problem.ts'

/** What is wrong with a condition, whatever it is for. `stages`: all that a lead may have. */
export function conditionFindings(when: QualificationCondition, stages: readonly string[]): readonly Finding[] {
  return [...emptiness(when), ...unknownStages(when, stages), ...contradictions(when)]
}

/** The findings of a part, as those of the whole. */
export function within(path: Path, findings: readonly Finding[]): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, path: [...path, ...finding.path] }))
}

function emptiness(when: QualificationCondition): readonly Finding[] {
  const message = 'is empty, so every lead would fit; name what the rule is about, e.g. { has: [phone] }'
  return Object.values(when).every((asked) => asked === undefined) ? [{ path: [], message }] : []
}

function unknownStages({ stages = [] }: QualificationCondition, known: readonly string[]): readonly Finding[] {
  const message = 'is no stage: neither stages nor stageOrder has it; correct it, or add it to stageOrder'
  return stages.flatMap((stage, index) => (stageRank(stage, known) === -1 ? [{ path: ['stages', index], message }] : []))
}

function contradictions({ has = [], lacks = [], freeMail }: QualificationCondition): readonly Finding[] {
  return lacks.flatMap((part, index) => {
    const path = ['lacks', index]
    if (has.includes(part)) return [{ path, message: 'stands under has, too, so no lead fits; remove one of them' }]
    if (part === 'email' && freeMail !== undefined)
      return [{ path, message: 'does not go with freeMail: a lead without an e-mail fits neither; remove one of them' }]
    return []
  })
}
