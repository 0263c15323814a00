import type { BenchChild } from './child.ts'

export interface SandboxRecord {
  readonly object: string
  readonly fields: Readonly<Record<string, unknown>>
}

const RememberedRequests = 10_000

/** Those that it was sent; null when there were more than it remembers. */
export async function requestsTo(sandbox: BenchChild): Promise<number | null> {
  const { length } = (await read<{ requests: unknown[] }>(sandbox, 'requests')).requests
  return length === RememberedRequests ? null : length
}

/** Requests for every 1,000 of `count`, rounded. */
export function per1000(before: number | null, after: number | null, count: number): number | null {
  return before === null || after === null ? null : Math.round(((after - before) * 1_000) / count)
}

export async function recordsIn(sandbox: BenchChild): Promise<readonly SandboxRecord[]> {
  return (await read<{ records: SandboxRecord[] }>(sandbox, 'records')).records
}

async function read<T>({ url }: BenchChild, what: string): Promise<T> {
  const response = await fetch(`${url}/_sandbox/${what}`)
  if (!response.ok) throw new Error(`The sandbox answered ${response.status}.`)
  return (await response.json()) as T
}
