import {
  type Connector,
  type CrmAdmin,
  DeliveryError,
  type Fields,
  type Judged,
  type MatchKeys,
  type RecordWrite,
} from '../../../src/core/index.ts'
import { BatchedConnector } from '../../../src/delivery/batched-connector.ts'
import { Noon } from '../../kit/made-lead.ts'
import type { ContractHarness, CrmFacts, FaultRule } from './harness.ts'
import { openTap, type Taken } from './tap.ts'
import type { Witness } from './witness.ts'

/** What the guarantees are tested on. */
export interface Bench extends ContractHarness {
  /** A connector before an empty CRM. */
  open(options?: OpenOptions): Promise<Stand>
  /** Ends all that was opened. Not after each test: some run beside each other. */
  close(): Promise<void>
}

export interface OpenOptions {
  readonly timeoutMs?: number
  /** Armed before the connector is made; else it has read the catalog already. */
  readonly blind?: FaultRule | null
}

export interface StoredRecord {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** One CRM and one connector to it. */
export interface Stand {
  /** The stand-in's own address, for sales. */
  readonly url: string
  readonly connector: Connector
  /** The same one as the deliveries use it. */
  readonly batched: BatchedConnector
  /** What the connector has sent. */
  readonly sent: readonly Taken[]
  /** Another process's connector to the same CRM. */
  restart(): Promise<Connector>
  /** Another process's admin of the same CRM. */
  admin(): CrmAdmin
  arm(...rules: readonly FaultRule[]): Promise<void>
  heal(): Promise<void>
  /** The connectors' clock goes on; else it stands at noon. */
  pass(ms: number): void
  records(): Promise<readonly StoredRecord[]>
  /** What a match reads of the one record, by its id. */
  read(id: string, ...fields: readonly string[]): Promise<Fields>
}

/** Leads, contacts and values of the suite belong to people of this domain, so that a leak is seen wherever it comes from. */
const Domain = 'people.example'
export const anySignal = () => new AbortController().signal

/**
 * For a request that hangs, among others that must not: with the shortest one, those of a dozen stands that describe their CRM in one process at a
 * time did not get through on a busy machine.
 */
export function briefTimeoutMs({ shortestTimeoutMs }: CrmFacts): number {
  return 2 * shortestTimeoutMs
}

export function createBench(harness: ContractHarness, witness: Witness): Bench {
  const closers: (() => Promise<void>)[] = []

  async function open({ timeoutMs, blind = null }: OpenOptions = {}): Promise<Stand> {
    const crm = await harness.start()
    const tap = await openTap(crm.url)
    witness.wire.push(tap.taken)
    for (const url of [crm.url, tap.url]) witness.expectedOrigins.add(url)
    const connectors: Connector[] = []
    let passed = 0
    closers.push(async () => {
      for (const connector of connectors) await connector.stop()
      await tap.stop()
      await crm.stop()
    })
    const arm = (...rules: readonly FaultRule[]) => post(`${crm.url}/_sandbox/faults`, rules)

    const dependencies = { crm: 'sales', fetch: globalThis.fetch, now: () => Date.parse(Noon) + passed, log: witness.log }
    const options = { baseUrl: tap.url, timeoutMs: timeoutMs ?? null, dependencies }

    async function connect(): Promise<Connector> {
      const connector = witness.watch(harness.connect(options))
      connectors.push(connector)
      if (!blind) await connector.catalog(anySignal())
      return connector
    }

    if (blind) await arm(blind)
    const connector = await connect()
    return {
      url: crm.url,
      connector,
      batched: new BatchedConnector(connector, anySignal()),
      sent: tap.taken,
      restart: connect,
      admin: () => witness.watch(harness.connectAdmin(options)),
      arm,
      heal: () => post(`${crm.url}/_sandbox/faults`, []),
      pass(ms) {
        passed += ms
      },
      records: () => recordsOf(crm.url),
      async read(id, ...fields) {
        const asked = keys(harness.facts, { contactIds: [], record: { object: harness.facts.target, id }, fields })
        const [match] = good(await connector.match([asked], anySignal()))
        if (match?.kind !== 'one') throw new Error(`The record ${id} was not found.`)
        return match.record.fields
      },
    }
  }
  return {
    ...harness,
    open,
    async close() {
      await Promise.all(closers.map((close) => close()))
    },
  }
}

export function emailOf(n: number): string {
  return `p${n}@${Domain}`
}

export function contactIdOf(n: number): string {
  return `5d1e0000-0000-5000-8000-${String(n).padStart(12, '0')}`
}

/** The write that enters the n-th person; `email: null` for one who has none. */
export function creation(
  { facts }: ContractHarness,
  { identity }: Connector,
  n: number,
  { email = emailOf(n), fields = {} }: { readonly email?: string | null; readonly fields?: Fields } = {},
): RecordWrite {
  const names = identity(facts.target)
  const contactId = contactIdOf(n)
  const own = { [names.contactId]: contactId, ...(email === null ? {} : { [names.email]: email }) }
  return {
    object: facts.target,
    recordId: null,
    contactId,
    email,
    fields: { ...own, ...facts.newFields(n), ...fields },
    required: Object.keys(own),
  }
}

export function update({ facts }: ContractHarness, n: number, recordId: string, fields: Fields): RecordWrite {
  return { object: facts.target, recordId, contactId: contactIdOf(n), email: emailOf(n), fields, required: [] }
}

export function keys(
  { target, fields: { text } }: CrmFacts,
  { fields = [text], ...some }: Partial<Omit<MatchKeys, 'fields'>> & { readonly fields?: readonly string[] } = {},
): MatchKeys {
  return { contactIds: [], email: null, record: null, fields: { [target]: fields }, ...some }
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

/** All values, or the first error. */
export function good<T>(judged: readonly Judged<T>[]): T[] {
  return judged.map((one) => {
    if (one instanceof DeliveryError) throw one
    return one
  })
}

/** One answer per item: a call that rejects, as it may when nothing was judged, says the same of all. */
export async function each<T>(count: number, call: Promise<readonly Judged<T>[]>): Promise<readonly Judged<T>[]> {
  try {
    return await call
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    return range(count).map(() => error)
  }
}

async function recordsOf(url: string): Promise<readonly StoredRecord[]> {
  const response = await fetch(`${url}/_sandbox/records`)
  return ((await response.json()) as { records: StoredRecord[] }).records
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
}
