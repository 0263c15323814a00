interface SandboxRecord {
  readonly object: string
  readonly id: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface SandboxTotals {
  readonly contacts: number
  readonly tasks: number
  /** Since the sandbox was started. */
  readonly requests: number
}

/** What stands in a sandbox CRM now. */
export async function sandboxTotals(url: string): Promise<SandboxTotals> {
  const { records } = await read<{ records: SandboxRecord[] }>(`${url}/_sandbox/records`)
  const { requests } = await read<{ requests: unknown[] }>(`${url}/_sandbox/requests`)
  const count = (...objects: string[]) => records.filter(({ object }) => objects.includes(object)).length
  return { contacts: count('contact', 'lead'), tasks: count('task'), requests: requests.length }
}

async function read<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`The sandbox answered ${response.status}.`)
  return (await response.json()) as T
}
