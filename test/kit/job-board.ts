import type { FollowUpJobs } from '../../src/delivery/follow-ups/ports.ts'

export type BoardJobName = 'deliver' | 'fire' | 'look' | 'task' | 'withdraw' | 'ask'

export interface BoardJob {
  readonly id: string
  readonly name: BoardJobName
  readonly crm: string
  /** Of a delivery its lead, of the others their step. */
  readonly about: string
  readonly contact: string
  /** In ms since the epoch; 0: at once. */
  at: number
}

/** Completed ones of these are kept, so that asking for them again adds nothing. */
const Kept: readonly BoardJobName[] = ['deliver']

/** What the queues would hold, durably: a job that was in hand when its process died is handed out again, and an id that is known is not added. */
export class JobBoard {
  readonly #jobs = new Map<string, BoardJob>()
  readonly #done = new Set<string>()
  readonly #failed = new Map<string, BoardJob>()
  /** The one that was handed out last. */
  inHand: BoardJob | null = null

  get waiting(): readonly BoardJob[] {
    return [...this.#jobs.values()]
  }

  get failed(): readonly BoardJob[] {
    return [...this.#failed.values()]
  }

  add(job: BoardJob): void {
    if (this.#jobs.has(job.id) || this.#done.has(job.id) || this.#failed.has(job.id)) return
    this.#jobs.set(job.id, job)
  }

  /** The next one whose time has come; it stays until it is done. */
  next(now: number, only: (job: BoardJob) => boolean = () => true): BoardJob | null {
    const due = this.waiting.filter((job) => job.at <= now && only(job)).toSorted((a, b) => a.at - b.at)
    this.inHand = due[0] ?? null
    return this.inHand
  }

  done({ id, name }: BoardJob): void {
    this.#jobs.delete(id)
    if (Kept.includes(name)) this.#done.add(id)
  }

  fail(job: BoardJob): void {
    this.#jobs.delete(job.id)
    this.#failed.set(job.id, job)
  }

  /** A person sends all dead letters back. */
  replay(): void {
    for (const job of this.#failed.values()) this.#jobs.set(job.id, job)
    this.#failed.clear()
  }

  /** Redis has lost them. */
  clear(): void {
    this.#jobs.clear()
    this.#done.clear()
    this.#failed.clear()
  }

  /** Not the one that is in hand. */
  #drop(id: string): boolean {
    if (this.#jobs.has(id) && this.inHand?.id === id) return false
    this.#jobs.delete(id)
    this.#failed.delete(id)
    return true
  }

  /** As the queues are asked; `pass` is what every exchange of the asking process goes through. */
  jobsThrough(pass: (exchange: () => Promise<void>) => Promise<void>): FollowUpJobs {
    const add = (name: BoardJobName, id: string, crm: string, about: string, contact: string, at: number) =>
      pass(async () => this.add({ id, name, crm, about, contact, at }))
    return {
      fire: ({ crm, contactId }, step, at) => add('fire', `fire.${step}.${at}`, crm, step, contactId, at),
      look: ({ crm, contactId }, step, at) => add('look', `look.${step}.${at}`, crm, step, contactId, at),
      make: ({ crm, contactId }, step) => add('task', `task.${step}`, crm, step, contactId, 0),
      withdraw: ({ crm, contactId }, step) => add('withdraw', `withdraw.${step}`, crm, step, contactId, 0),
      ask: ({ crm, contactId }, step) => add('ask', `ask.${step}`, crm, step, contactId, 0),
      drop: async (_, step) => {
        let isGone = true
        await pass(async () => {
          isGone = this.#drop(`task.${step}`)
        })
        return isGone
      },
    }
  }
}
