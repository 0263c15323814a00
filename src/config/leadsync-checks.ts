import { isFreeMail, stageRank } from '../core/index.ts'
import { alertFindings } from './alerts-file.ts'
import { portClashes, tokenClashes } from './clashes.ts'
import { conditionFindings, within } from './condition-checks.ts'
import { followUpFindings } from './follow-ups-checks.ts'
import type { LeadsyncFile } from './leadsync-file.ts'
import type { Finding } from './problem.ts'

/**
 * What no schema can say about `leadsync.yaml`: the rules that span keys. No message quotes a value that a `${…}` may have filled in, unless it
 * says so.
 */
export function leadsyncFindings(file: LeadsyncFile): readonly Finding[] {
  return [
    ...tokenClashes(file),
    ...portClashes(file),
    ...ownDomainFindings(file),
    ...stageOrderFindings(file),
    ...qualificationFindings(file),
    ...bandFindings(file),
    ...followUpFindings(file, knownStages(file)),
    ...alertFindings(file),
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

function qualificationFindings(file: LeadsyncFile): readonly Finding[] {
  const known = knownStages(file)
  return file.qualification.rules.flatMap(({ when }, index) =>
    within(['qualification', 'rules', index, 'when'], conditionFindings(when, known)),
  )
}

function knownStages({ stages, stageOrder }: LeadsyncFile): readonly string[] {
  return [...stageOrder, ...stages.flatMap(({ stage }) => stage ?? [])]
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
