import type { DecideRules } from '../../src/core/index.ts'
import { CrmDelivery } from '../../src/delivery/crm-delivery.ts'
import { OrgBinding } from '../../src/delivery/org-binding.ts'
import { RedisContactClaims } from '../../src/store/contact-claims.ts'
import type { CrmStand } from '../kit/crm-stand.ts'
import { Noon } from '../kit/made-lead.ts'
import { LockMs } from '../kit/store-parts.ts'

/** Where a process ends: before its n-th writing into the ledger of what the CRM took, say. */
export interface Death {
  readonly at: 'of' | 'recordWrite' | 'settle'
  /** Counted from 1. */
  readonly call: number
}

export interface Mortal {
  readonly delivery: CrmDelivery
  /** Resolves when it has ended. */
  readonly died: Promise<void>
  /** Ledger keys of leads whose write it recorded. */
  readonly recorded: readonly string[]
  /** And those that it settled, though it did not live to tell. */
  readonly settled: readonly string[]
}

/** A process of its own that ends at that step: nothing that it had begun comes back, its lock stays, and it frees nothing. */
export function mortalDelivery(stand: CrmStand, rules: DecideRules, death: Death): Mortal {
  const { store, connector, crm } = stand
  const calls: Record<Death['at'], number> = { of: 0, recordWrite: 0, settle: 0 }
  const recorded: string[] = []
  const settled: string[] = []
  const died = Promise.withResolvers<void>()
  let alive = true

  function ends(name: string): boolean {
    if (!(name in calls)) return !alive
    calls[name as Death['at']] += 1
    if (name === death.at && calls[name] === death.call) {
      alive = false
      died.resolve()
    }
    return !alive
  }

  function living<T extends object>(port: T): T {
    return new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...args: readonly unknown[]) => {
          if (ends(String(name))) return new Promise(() => undefined)
          if (name === 'recordWrite') recorded.push((args[1] as { leadKey: string }).leadKey)
          if (name === 'settle') settled.push(String(args[1]))
          return Reflect.apply(method, target, args)
        }
      },
    })
  }

  const signal = new AbortController().signal
  const now = () => Date.parse(Noon)
  const org = new OrgBinding({ crm: crm.name, sharedOrg: false, connector, orgs: store.orgs, signal, now })
  const delivery = new CrmDelivery({
    crm: crm.name,
    connector,
    org,
    accept: {},
    rules,
    lockMs: LockMs,
    signal,
    now,
    ledger: living(store.ledger),
    lock: living(store.lock),
    contacts: living(new RedisContactClaims(store.scripts, LockMs)),
    suppression: living(store.suppression),
  })
  return { delivery, died: died.promise, recorded, settled }
}
