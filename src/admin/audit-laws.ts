import { StepStates } from '../core/index.ts'
import { OutcomeCounts } from '../store/counters.ts'

/** A sum that must hold, or one number in two places. */
export interface Law {
  /** `received = accepted + duplicates + …`, or what was counted. */
  readonly law: string
  readonly ok: boolean
  /** The numbers, and what they mean where they differ. */
  readonly says: string
}

/** Every counter by its name; what is not there is 0. */
export type CounterHash = Readonly<Record<string, string>>
/** How many of each the ledger holds, by the counter's name. */
export type Found = ReadonlyMap<string, number>

export interface LedgerReading {
  /** Before and after the ledger was read: between them the truth moved. */
  readonly before: CounterHash
  readonly after: CounterHash
  readonly found: Found
}

const Waiting = ['delivered', 'suppressed', 'notWanted', 'parked', 'discarded', 'forgotten', 'waiting'] as const
/** Never of an entry that aged out: something waits for these, and for as long they stay. */
const NeverAged = /:(waiting|parked|followUps:(waiting|due|making|withdrawing|failed))$/

/** What must hold in any one reading, however busy the installation is: each script moves all its counters at once. */
export function sumLaws(counters: CounterHash): readonly Law[] {
  const read = (name: string) => Number(counters[name] ?? 0)
  const perCrm = crmsIn(Object.keys(counters)).flatMap((crm) => [
    sum(`${crm}: accepted`, read(`crm:${crm}:accepted`), Waiting, (name) => read(`crm:${crm}:${name}`)),
    sum(`${crm}: delivered`, read(`crm:${crm}:delivered`), ['created', 'updated', 'unchanged'], (name) =>
      read(`crm:${crm}:${name}`),
    ),
    sum(`${crm}: follow-up steps planned`, read(`crm:${crm}:followUps:planned`), StepStates, (state) =>
      read(`crm:${crm}:followUps:${state}`),
    ),
  ])
  return [sum('received', read('received'), ['accepted', 'duplicates', 'quarantined', 'held'], read), ...perCrm]
}

/**
 * The counters against what the ledger holds. `mayHaveAged`: the installation is older than its entries are kept, so that there may be fewer; but
 * never more, and never fewer of what is still open. What moved meanwhile is allowed for.
 */
export function ledgerLaws({ before, after, found }: LedgerReading, mayHaveAged: boolean): readonly Law[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after), ...found.keys()])].filter(isInLedger).sort()
  return names.map((name) => {
    const [was, is, holds] = [Number(before[name] ?? 0), Number(after[name] ?? 0), found.get(name) ?? 0]
    const motion = motionOf(name, before, after)
    const isMore = holds > Math.max(was, is) + motion
    const isFewer = holds < Math.min(was, is) - motion
    // Of somebody who was forgotten the plan goes, and its steps stay counted.
    const aged = isFewer && (mayHaveAged || name.includes(':followUps:')) && !NeverAged.test(name)
    return {
      law: titleOf(name),
      ok: aged || !(isMore || isFewer),
      says: saysOf({ counted: is, holds, aged, isMore, isFewer, motion }),
    }
  })
}

interface Compared {
  readonly counted: number
  readonly holds: number
  readonly aged: boolean
  readonly isMore: boolean
  readonly isFewer: boolean
  readonly motion: number
}

function saysOf({ counted, holds, aged, isMore, isFewer, motion }: Compared): string {
  const numbers = `${counted} counted, ${holds} in the ledger`
  if (aged) return `${numbers}: ${counted - holds} have aged out (retention.ledgerDays), or were forgotten`
  if (isMore) return `${numbers}: counters were lost, or belong to another Redis`
  if (isFewer) return `${numbers}: entries are missing, and none here is old enough to have aged out (retention.ledgerDays)`
  return counted === holds ? numbers : `${numbers}: ${motion} moved meanwhile`
}

function sum(title: string, total: number, parts: readonly string[], read: (name: string) => number): Law {
  const there = parts.filter((name) => read(name) !== 0)
  const shown = there.map((name) => `${read(name)} ${name}`).join(' + ')
  const added = parts.reduce((all, name) => all + read(name), 0)
  const ok = added === total && parts.every((name) => read(name) >= 0)
  return { law: `${title} = ${parts.join(' + ')}`, ok, says: `${total} ${ok ? '=' : '≠'} ${shown === '' ? '0' : shown}` }
}

/** What is in the quarantine came in as such; what was discarded there stays counted, so there may be fewer. */
export function quarantineLaw(counters: CounterHash, jobs: number): Law {
  const counted = Number(counters.held ?? 0) + Number(counters.quarantined ?? 0)
  return {
    law: 'the quarantine holds at most what was held or quarantined',
    ok: jobs <= counted,
    says: `${jobs} there, ${counted} counted${jobs < counted ? ': the others were discarded or have aged out' : ''}`,
  }
}

/** How much moved among the counters that share this one's entries. */
function motionOf(name: string, before: CounterHash, after: CounterHash): number {
  const scope = scopeOf(name)
  const all = new Set([...Object.keys(before), ...Object.keys(after)].filter((one) => scopeOf(one) === scope))
  let moved = 0
  for (const one of all) moved += Math.abs(Number(after[one] ?? 0) - Number(before[one] ?? 0))
  return moved
}

function scopeOf(name: string): string {
  const [kind, crm, followUps] = name.split(':')
  return kind === 'crm' ? `${crm}:${followUps === 'followUps'}` : ''
}

/** Duplicates have no entry, and some counters count other things than entries. */
function isInLedger(name: string): boolean {
  const [kind, , what = '', state = ''] = name.split(':')
  if (kind !== 'crm') return name === 'accepted' || name === 'held' || name === 'quarantined'
  if (what === 'followUps') return StepStates.some((one) => one === state)
  return what === 'accepted' || OutcomeCounts.some((one) => one === what)
}

function titleOf(name: string): string {
  const [kind, crm, what, state] = name.split(':')
  if (kind !== 'crm') return `leads: ${name}`
  return what === 'followUps' ? `${crm}: follow-up steps ${state}` : `${crm}: ${what}`
}

function crmsIn(names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => /^crm:([^:]+):/.exec(name)?.[1] ?? []))].sort()
}
