import type { Queue } from 'bullmq'
import { type Connector, DeliveryError, type Log } from '../core/index.ts'
import type { OrgBinding } from '../delivery/org-binding.ts'
import type { CrmStates } from '../delivery/ports.ts'

const ProbeEveryMs = 5 * 60_000
const ProbeTimeoutMs = 60_000

export interface BlockedProbeOptions {
  readonly crm: string
  readonly queue: Queue
  readonly connector: Connector
  readonly org: Pick<OrgBinding, 'confirm'>
  readonly states: Pick<CrmStates, 'block' | 'unblock' | 'blocked'>
  readonly log: Log
  readonly everyMs?: number
}

/** Asks a blocked CRM now and then whether it works again. Lifts only our own pauses: one without our note is a person's. */
export class BlockedProbe {
  readonly #options: BlockedProbeOptions
  readonly #stopped = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(options: BlockedProbeOptions) {
    this.#options = options
  }

  /** Probes at once, then every five minutes. */
  start(): void {
    const { crm, log, everyMs = ProbeEveryMs } = this.#options
    let running = false
    const run = () => {
      // While Redis hangs a probe hangs with it: one is enough.
      if (running) return
      running = true
      this.probe()
        .catch((error: unknown) => log.warn({ crm, error }, 'the probe of a blocked CRM could not run'))
        .finally(() => {
          running = false
        })
    }
    run()
    this.#timer = setInterval(run, everyMs)
    this.#timer.unref()
  }

  async probe(): Promise<void> {
    const { crm, queue, connector, org, states, log } = this.#options
    const blocked = await states.blocked(crm)
    if (!blocked) return
    try {
      const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(ProbeTimeoutMs)])
      // A CRM that answers, but as the wrong org, would be lifted and blocked again, with an alert each time.
      await org.confirm((await connector.catalog(signal)).org)
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      log.debug({ crm, code: error.code }, 'the CRM is still blocked')
      return
    }
    // In this order, as a pause without our note would pass for a person's, and outlast everything, if we were killed between the two.
    await queue.resume()
    await states.unblock(crm)
    // A delivery that failed meanwhile has paused it again, and its note went with the old one.
    if (await queue.isPaused()) await states.block(crm, blocked)
    log.info({ crm }, 'the CRM answers again: its queue goes on')
  }

  stop(): void {
    this.#stopped.abort()
    clearInterval(this.#timer)
  }
}
