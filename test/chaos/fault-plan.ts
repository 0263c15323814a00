import type { Random } from '../kit/chance.ts'
import { type CrmName, CrmNames } from './crms.ts'
import { shuffled } from './people.ts'

/** Which process, connection or CRM a fault befalls. */
export type Target = 'redis' | 'intake' | Worker | CrmName
export type Worker = 'worker-1' | 'worker-2'

export interface PlannedFault {
  readonly kind: FaultKind
  readonly target: Target
  /** It strikes when so many leads were answered. */
  readonly after: number
  /** How long it lasts, or how long what it ends stays away. */
  readonly ms: number
  /** How many requests it befalls, where it is a CRM's. */
  readonly times: number
}

interface Kind {
  readonly weight: number
  readonly on: readonly Target[]
  /** From … to. */
  readonly ms: readonly [number, number]
  /** Also part of a run that has little time. */
  readonly always: boolean
}

const Workers: readonly Target[] = ['worker-1', 'worker-2']
const Connections: readonly Target[] = ['redis', ...CrmNames]
const OfCrm = { on: CrmNames, ms: [0, 0], always: true } as const

/** `ms` of what freezes a worker is longer than its locks live: somebody else takes its jobs over, and then it wakes. */
const Kinds = {
  workerKilled: { weight: 4, on: Workers, ms: [100, 1_000], always: true },
  intakeKilled: { weight: 4, on: ['intake'], ms: [100, 1_000], always: true },
  workerRestarted: { weight: 2, on: Workers, ms: [0, 500], always: false },
  workerFrozen: { weight: 3, on: Workers, ms: [3_000, 6_000], always: true },
  intakeFrozen: { weight: 2, on: ['intake'], ms: [1_000, 4_000], always: false },
  clockMoved: { weight: 2, on: Workers, ms: [-90_000, 45_000], always: false },
  redisKilled: { weight: 3, on: ['redis'], ms: [200, 1_500], always: true },
  redisFrozen: { weight: 2, on: ['redis'], ms: [1_000, 4_000], always: false },
  /** Once, not by weight. */
  redisEmptied: { weight: 0, on: ['redis'], ms: [500, 1_500], always: true },
  connectionsCut: { weight: 4, on: Connections, ms: [0, 0], always: true },
  connectionsStalled: { weight: 3, on: Connections, ms: [1_000, 4_000], always: false },
  connectionsSlow: { weight: 2, on: Connections, ms: [2_000, 5_000], always: false },
  connectionsHalfOpen: { weight: 2, on: Connections, ms: [500, 3_000], always: false },
  crmTooManyRequests: { weight: 2, ...OfCrm },
  crmFails500: { weight: 2, ...OfCrm },
  crmFailsHtml: { weight: 2, ...OfCrm },
  crmUnavailable503: { weight: 2, ...OfCrm },
  crmResets: { weight: 2, ...OfCrm },
  crmHangs: { weight: 2, ...OfCrm },
  crmSlow: { weight: 1, ...OfCrm },
  crmCommitsAndHangs: { weight: 3, ...OfCrm },
  crmCommitsAndResets: { weight: 3, ...OfCrm },
  crmRowsFail: { weight: 3, ...OfCrm, on: ['salesforce', 'dynamics'] },
  crmTokenExpired: { weight: 2, ...OfCrm, on: ['salesforce'] },
} satisfies Record<string, Kind>

export type FaultKind = keyof typeof Kinds
export const FaultKinds = Object.keys(Kinds) as readonly FaultKind[]

/** A fault for so many leads, once each kind has had its turn. */
const LeadsPerFault = 60
/** With fewer leads only what is `always` part of it, each once: there is no time for more. */
const ShortRun = 500
const MostTimes = 4

/** Pure: the chance decides all. In the order in which they strike. */
export function makeFaults(chance: Random, leads: number): readonly PlannedFault[] {
  const each = FaultKinds.filter((kind) => leads >= ShortRun || Kinds[kind].always)
  const more = leads >= ShortRun ? Math.max(0, Math.round(leads / LeadsPerFault) - each.length) : 0
  const kinds = shuffled(chance, [...each, ...Array.from({ length: more }, () => pickKind(chance))])
  const gap = leads / (kinds.length + 1)
  return kinds.map((kind, index) => makeFault(chance, kind, Math.round((index + 0.5 + chance.next() * 0.8) * gap)))
}

function makeFault(chance: Random, kind: FaultKind, after: number): PlannedFault {
  const { on, ms }: Kind = Kinds[kind]
  return { kind, target: chance.pick(on), after, ms: chance.between(ms[0], ms[1]), times: chance.between(1, MostTimes) }
}

function pickKind(chance: Random): FaultKind {
  let left = chance.between(
    1,
    FaultKinds.reduce((sum, kind) => sum + Kinds[kind].weight, 0),
  )
  for (const kind of FaultKinds) {
    left -= Kinds[kind].weight
    if (left <= 0) return kind
  }
  return 'workerKilled'
}
