import { isFreeMail, type QualificationCondition, stageRank } from '../core/index.ts'
import { portClashes, tokenClashes } from './clashes.ts'
import type { LeadsyncFile } from './leadsync-file.ts'
import type { Finding } from './problem.ts'

/** What no schema can say about `leadsync.yaml`: the rules that span keys. No message quotes a value. */
export function leadsyncFindings(file: LeadsyncFile): readonly Finding[] {
  return [
    ...tokenClashes(file),
    ...portClashes(file),
    ...ownDomainFindings(file),
    ...stageOrderFindings(file),
    ...conditionFindings(file),
    ...bandFindings(file),
  ]
}

/** Everybody with such an address would be taken for the publisher's own. */
function ownDomainFindings({ ownDomains }: LeadsyncFile): readonly Finding[] {
  const message = 'is a provider of free e-mail, where customers are, too; name domains of your own company only'
  return ownDomains.domains.flatMap((domain, index) =>
    isFreeMail(domain) ? [{ path: ['ownDomains', 'domains', index], message }] : [],
  )
}

function stageOrderFindings({ stageOrder }: LeadsyncFile): readonly Finding[] {
  return stageOrder.flatMap((stage, index) =>
    stageRank(stage, stageOrder) < index
      ? [{ path: ['stageOrder', index], message: 'stands in the order already; a stage has one place' }]
      : [],
  )
}

function conditionFindings({ qualification, stages, stageOrder }: LeadsyncFile): readonly Finding[] {
  const known = [...stageOrder, ...stages.flatMap(({ stage }) => stage ?? [])]
  return qualification.rules.flatMap(({ when }, index) => {
    const path = ['qualification', 'rules', index, 'when']
    return [...emptiness(when), ...unknownStages(when, known), ...contradictions(when)].map((finding) => ({
      ...finding,
      path: [...path, ...finding.path],
    }))
  })
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

/** A band that no score can reach is a mistake in its number or its place. */
function bandFindings({ qualification: { rules, bands } }: LeadsyncFile): readonly Finding[] {
  const most = sum(rules.map(({ score }) => Math.max(0, score)))
  const least = sum(rules.map(({ score }) => Math.min(0, score)))
  return bands.flatMap(({ from }, index) => {
    const path = ['qualification', 'bands', index, 'from']
    const above = bands[index - 1]?.from
    if (above !== undefined && from >= above)
      return [{ path, message: 'must be below the band before it; write the bands from the highest to the lowest' }]
    if (from > most) return [{ path, message: 'can never be reached: the scores of all rules together are less' }]
    if (above !== undefined && above <= least)
      return [{ path, message: 'can never be reached: no score is below the band before it; remove one of them' }]
    return []
  })
}

function sum(scores: readonly number[]): number {
  return scores.reduce((total, score) => total + score, 0)
}
