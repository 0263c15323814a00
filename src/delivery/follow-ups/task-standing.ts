import { DeliveryError, workedReason } from '../../core/index.ts'
import type { BatchedConnector } from '../batched-connector.ts'
import type { FollowUps } from './ports.ts'
import type { SlaWatch } from './sla-watch.ts'

export interface TaskStandingOptions {
  readonly crm: string
  readonly connector: BatchedConnector
  readonly followUps: FollowUps
  readonly sla: SlaWatch
}

/** How the task of a step stands in the CRM: whether somebody worked on it, and away with it where the answer is no. */
export class TaskStanding {
  readonly #options: TaskStandingOptions

  constructor(options: TaskStandingOptions) {
    this.#options = options
  }

  /** Puts the task aside; one that a person has begun or ended is left to them. */
  async withdraw(id: string): Promise<string> {
    const { crm, connector, followUps } = this.#options
    const facts = await followUps.facts(id)
    if (facts?.step.state !== 'withdrawing' || facts.step.task === null) return facts?.step.state ?? 'unknown'
    const { status, touched } = await connector.withdrawTask(facts.step.task)
    if (status === 'open' && !touched) {
      throw new DeliveryError('unavailable', `${crm}: a task that is to be withdrawn is still open. It is asked again.`)
    }
    const [to, say] = withdrawnAs(status)
    await followUps.move({ id, from: ['withdrawing'], to, say })
    return to
  }

  /** Asks whether somebody worked on it. */
  async look(id: string): Promise<string> {
    const { connector, followUps, sla } = this.#options
    const facts = await followUps.facts(id)
    if (facts?.step.state !== 'made' || facts.step.task === null) return facts?.step.state ?? 'unknown'
    const { plan, step } = facts
    const { status, touched } = await connector.readTask(facts.step.task)
    if (status !== 'open' || touched) {
      // One that was deleted ends the follow-up, too, but whether anybody has worked on it nobody can tell.
      if (status !== 'gone') await followUps.judge(id, 'worked')
      await followUps.move({ id, from: ['made'], to: 'worked', say: workedReason(step) })
      return 'worked'
    }
    await sla.untouched(plan, step)
    return 'untouched'
  }
}

function withdrawnAs(status: 'open' | 'completed' | 'withdrawn' | 'gone'): ['withdrawn' | 'kept', string] {
  switch (status) {
    case 'withdrawn':
      return ['withdrawn', 'Its task was withdrawn.']
    case 'gone':
      return ['withdrawn', 'Its task was to be withdrawn, and is not there any more.']
    case 'completed':
      return ['kept', 'Its task was to be withdrawn, but somebody had completed it.']
    case 'open':
      return ['kept', 'Its task was to be withdrawn, but somebody works on it: it is left to them.']
  }
}
