import { readInstallation } from '../config/installation.ts'
import type { Config } from '../config/load.ts'
import { DeliveryError } from '../core/index.ts'
import type { DeadLetter } from '../queue/dead-letters.ts'
import { leadBody } from '../store/lead-lookup.ts'
import type { Scripts } from '../store/redis.ts'
import { type DeliveryPreview, formatPreview, previewDelivery } from './preview-delivery.ts'

/** What a replay would send now, or a sentence why that can't be told. */
export type LetterPlan = { readonly preview: DeliveryPreview } | { readonly problem: string }

/** Somebody waits at the terminal. */
const PatienceMs = 10_000

/** Asks the CRM, and writes nothing there. */
export async function planLetter({ crm: name, lead, step }: DeadLetter, config: Config, scripts: Scripts): Promise<LetterPlan> {
  if (step !== null) return { problem: 'It is a task of a follow-up: `leadsync lead` shows what it is about.' }
  const crm = config.crms.find((one) => one.name === name)
  if (!crm?.ok) return { problem: "The CRM's file can't be used now: `leadsync check` says why." }
  const [installation, body] = await Promise.all([readInstallation(config.leadsync.dataDir), leadBody(scripts, lead)])
  if (installation === null) return { problem: `There is no installation in ${config.leadsync.dataDir}.` }
  if (body === null) return { problem: 'The lead itself is no longer kept.' }
  const { secret } = installation
  const signal = AbortSignal.timeout(PatienceMs)
  try {
    const asked = { store: scripts, config, secret, crm, lead: body, signal, now: Date.now, fetch: globalThis.fetch }
    return { preview: await previewDelivery(asked) }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    if (signal.aborted) return { problem: `The CRM did not answer within ${PatienceMs / 1_000} s.` }
    return { problem: `The CRM can't be asked now: ${error.message}` }
  }
}

export function planLines(plan: LetterPlan, showPersonalData: boolean): readonly string[] {
  if ('problem' in plan) return [`What a replay would send now is not known. ${plan.problem}`]
  return ['By its file as it is now, a replay would:', ...formatPreview(plan.preview, { showPersonalData })]
}

/** For `--json`. */
export function planFacts(plan: LetterPlan, showPersonalData: boolean): object {
  if ('problem' in plan) return { plan: null, planProblem: plan.problem }
  const { preview } = plan
  return { plan: showPersonalData ? { ...preview, ...preview.personal() } : preview, planProblem: null }
}
